"""The words a new business starts with, in English and Spanish, for each trade.

Texts are written to fit two GSM-7 segments with a business name of 24 characters, the
link and the opt-out sentence. GSM-7 has no á, í, ó or ú, so the Spanish texts choose
words that need none. Greetings are spoken and spelled in full.

Every sentence has to stay true whatever happens next: a greeting is heard before we
know whether a text can be sent, by people we texted an hour ago and by landlines.
"""

from conversations.wording import Situation

# `<ask>` and `<book>` differ per trade.
_BODIES: dict[str, dict[str, str]] = {
    "en": {
        Situation.IN_HOURS: (
            "Hi {name|there}, this is {business}. Sorry we missed your call. "
            "<ask> <book> {link}"
        ),
        Situation.AFTER_HOURS: (
            "Hi {name|there}, this is {business}. Sorry we missed you. "
            "We are closed now and open {opens|in business hours}. "
            "<ask> <book> {link}"
        ),
        Situation.HOLIDAY: (
            "Hi {name|there}, this is {business}. Sorry we missed you. "
            "We are closed for the holiday and open {opens|in business hours}. "
            "<ask> <book> {link}"
        ),
        Situation.VOICEMAIL: (
            "Hi {name|there}, this is {business}. Sorry we missed you, and thanks "
            "for your message: we will listen to it. <ask> <book> {link}"
        ),
        Situation.KNOWN_CUSTOMER: (
            "Hi {name|there}, {business} here. Good to hear from you, and sorry we "
            "missed your call. <ask> <book> {link}"
        ),
        Situation.UPCOMING_APPOINTMENT: (
            "Hi {name|there}, this is {business}. Sorry we missed your call. "
            "Your appointment is {appointment|as booked}. "
            "Need to change it? Reply here or go to {link}"
        ),
        Situation.HELP_REPLY: (
            "{business}: reply here and our team will read it, or call {phone}. "
            "Msg and data rates may apply. Reply STOP to opt out."
        ),
        Situation.OPT_OUT_CONFIRMATION: (
            "{business}: you are opted out and will get no more texts from us. "
            "Reply START to get them again."
        ),
        Situation.OPT_IN_CONFIRMATION: (
            "{business}: welcome back, you can get our texts again. Msg frequency "
            "varies. Msg and data rates may apply. Reply HELP for help, STOP to "
            "opt out."
        ),
        Situation.GREETING_IN_HOURS: (
            "Thanks for calling {business}, we can't pick up right now. "
            "If this phone can get our texts, look for one from us."
        ),
        Situation.GREETING_AFTER_HOURS: (
            "Thanks for calling {business}, we are closed now and open "
            "{opens|in business hours}. "
            "If this phone can get our texts, look for one from us."
        ),
        Situation.GREETING_HOLIDAY: (
            "Thanks for calling {business}, we are closed for the holiday and open "
            "{opens|in business hours}. "
            "If this phone can get our texts, look for one from us."
        ),
        Situation.GREETING_VOICEMAIL: (
            "Please leave a message for {business} after the tone. "
            "Tell us your name and how we can help."
        ),
    },
    "es": {
        Situation.IN_HOURS: (
            "Hola {name}, somos {business}. Sentimos no haber contestado su llamada. "
            "<ask> <book> {link}"
        ),
        Situation.AFTER_HOURS: (
            "Hola {name}, somos {business}. Sentimos no haber contestado. Estamos "
            "cerrados y abrimos {opens|en nuestro horario}. <ask> <book> {link}"
        ),
        Situation.HOLIDAY: (
            "Hola {name}, somos {business}. Sentimos no haber contestado. Hoy es "
            "feriado y abrimos {opens|en nuestro horario}. <ask> <book> {link}"
        ),
        Situation.VOICEMAIL: (
            "Hola {name}, somos {business}. Sentimos no haber contestado. Gracias "
            "por su mensaje de voz, lo vamos a escuchar. <ask> <book> {link}"
        ),
        Situation.KNOWN_CUSTOMER: (
            "Hola {name}, somos {business}. Gracias por llamarnos, sentimos no haber "
            "contestado. <ask> <book> {link}"
        ),
        Situation.UPCOMING_APPOINTMENT: (
            "Hola {name}, somos {business}. Sentimos no haber contestado su llamada. "
            "Su cita: {appointment|como la tiene reservada}. Para cambiarla, "
            "responda a este mensaje o entre en {link}"
        ),
        Situation.HELP_REPLY: (
            "{business}: responda a este mensaje y nuestro equipo lo lee, o llame: "
            "{phone}. Pueden aplicarse tarifas de mensajes y datos. "
            "Responda STOP para darse de baja."
        ),
        Situation.OPT_OUT_CONFIRMATION: (
            "{business}: ya no le enviaremos mensajes. "
            "Responda START para recibirlos de nuevo."
        ),
        Situation.OPT_IN_CONFIRMATION: (
            "{business}: desde ahora puede recibir nuestros mensajes de nuevo. La "
            "frecuencia cambia. Pueden aplicarse tarifas de mensajes y datos. "
            "Responda HELP para ayuda o STOP para darse de baja."
        ),
        Situation.GREETING_IN_HOURS: (
            "Gracias por llamar a {business}, ahora no podemos contestar. "
            "Si este teléfono puede recibir nuestros mensajes, busque uno nuestro."
        ),
        Situation.GREETING_AFTER_HOURS: (
            "Gracias por llamar a {business}, estamos cerrados y abrimos "
            "{opens|en nuestro horario}. "
            "Si este teléfono puede recibir nuestros mensajes, busque uno nuestro."
        ),
        Situation.GREETING_HOLIDAY: (
            "Gracias por llamar a {business}, hoy es día feriado y abrimos "
            "{opens|en nuestro horario}. "
            "Si este teléfono puede recibir nuestros mensajes, busque uno nuestro."
        ),
        Situation.GREETING_VOICEMAIL: (
            "Por favor, deje un mensaje para {business} después del tono. "
            "Díganos su nombre y en qué podemos ayudarle."
        ),
    },
}

# What we ask for, and what comes before the link.
_TRADES = {
    "en": {
        "general": (
            "Reply here with what you need and our team will read it.",
            "Or book a time:",
        ),
        "hvac": (
            "Reply here with what is wrong, and say so if you have no heat or cooling.",
            "Or book a visit:",
        ),
        "dental": (
            "Reply here with what you need, and say so if you have a toothache or "
            "swelling.",
            "Or book a visit:",
        ),
        # A lawyer's duties can begin with what a stranger confides, hence no details.
        "law": (
            "When may we call you? Please text no details of your case. "
            "This is not legal advice.",
            "Book a consultation:",
        ),
    },
    "es": {
        "general": (
            "Responda con lo que necesita y nuestro equipo lo lee.",
            "O reserve una hora:",
        ),
        "hvac": (
            "Responda con lo que falla y avise si no tiene calor o aire.",
            "O reserve una visita:",
        ),
        "dental": (
            "Responda con lo que necesita y avise si tiene dolor de muelas.",
            "O reserve una cita:",
        ),
        "law": (
            "¿A qué hora le llamamos? No escriba detalles del caso. "
            "Esto no es consejo legal.",
            "Cita:",
        ),
    },
}


def default_body(situation: str, *, language: str, trade: str) -> str:
    """Return the body a new business starts with, its variables still in braces.

    Spanish for any "es" language tag, else English. A trade without words of its own
    gets the general ones; a value that is no `Situation` raises KeyError.
    """
    known = "es" if language.lower().startswith("es") else "en"
    trades = _TRADES[known]
    ask, book = trades.get(trade, trades["general"])
    return _BODIES[known][situation].replace("<ask>", ask).replace("<book>", book)
