"""The ways in which people ask for no more texts, or for texts again.

Carriers act on a lone keyword. The FCC wants more: a request counts in any reasonable
words (47 CFR 64.1200(a)(10)). The patterns here are fixed, so that the same message
always gets the same answer, and each must cover the whole of what it is tried on:
"stop by at 5?" is not a stop, because "by at 5" is left over.

They are matched against plain words, as `keywords` prepares them: small letters, no
accents, no apostrophes ("dont"), one blank between words.
"""

import re

_KEYWORD = "stop|stopall|unsubscribe|cancel|cancelar|end|quit|revoke|optout|opt out"

COURTESY = re.compile(
    r"\b(?:please|pls|plz|kindly|thanks|thank you|thx|ty|por favor|gracias|merci)\b"
)
"""Says nothing about what is asked: a polite STOP is a STOP."""

# No word list below is the start of another in the same group, so that a long message
# has one reading only and matching stays linear.
_OPENING = (
    "(?:(?:hi|hello|hey|hola|ok|okay|no|nope|yes|yeah|sorry|just|so|and|ya|im|i am"
    "|not interested|i said|i told you to|reply|text|send"
    "|(?:can|could|would|will) you|you (?:need|have) to|i (?:want|need) you to) )*"
)
_CLOSING = (
    "(?: (?:now|right now|already|immediately|asap|forever|again|ever|anymore|any more"
    "|no more|at all|completely|ya|mas))*"
)
_ME = (
    "(?:me|us|(?:this|my|our)"
    " (?:number|phone|phone number|cell|cell phone|mobile|line))"
)
_MORE = (
    "(?:(?:any|anymore|more|further|all|the|these|those|this|your|ur|such|automated"
    "|automatic|unwanted|marketing) )*"
)
_TEXTS = "(?:texts|txts|text messages|messages|msgs|sms|sms messages|notifications)"
_TEXT = f"(?:{_TEXTS}|text|txt|text message|message|msg|spam|reminders)"
_TEXTING = "(?:texting|txting|messaging|messageing|contacting|spamming|bothering)"
_LIST = (
    "(?:(?:your|ur|the|this|that|these|all|any|of|every) )*"
    "(?:(?:text|texting|sms|call|calling|contact|mailing|marketing|phone|messaging) )*"
    "(?:lists?|texts|messages|contacts|database|system|records)"
)

# What stays a request whatever else the message says.
_EXPLICIT = [
    f"(?:stop|quit) {_TEXTING} {_ME}",
    f"(?:stop|quit) sending {_ME}(?: {_MORE}{_TEXT}| this| these| stuff)",
    f"(?:stop|quit) (?:sending |with )?{_MORE}{_TEXT}",
    f"(?:end|cancel) {_MORE}{_TEXTS}",
    f"no more {_MORE}{_TEXTS}",
    f"(?:do not|dont|never) (?:text|txt|message|msg|contact|spam) {_ME}"
    " (?:again|anymore|any more|ever|ever again|no more)",
    f"(?:do not|dont|never) send (?:{_ME} )?(?:any|anymore|more|further)"
    f" {_MORE}{_TEXT}",
    f"i (?:do not|dont|no longer) want (?:to (?:get|receive) )?{_MORE}{_TEXTS}"
    "(?: from (?:you|u))?",
    "i (?:do not|dont|no longer) want to be (?:texted|contacted|messaged)",
    "(?:i (?:want|wish|need|would like)|id like) to (?:opt out|unsubscribe"
    f"|be removed|stop (?:getting|receiving) {_MORE}{_TEXTS})",
    f"(?:remove|take|delete|get|drop) (?:{_ME}|my name) (?:off|from|off of) {_LIST}",
    f"un ?subscribe {_ME}",
    f"opt {_ME} out",
    "i (?:hereby )?(?:revoke|withdraw) (?:my |all )?consent",
]
# A reason may follow these without a full stop: "stop texting me I found someone".
_REASON = (
    "(?: (?:i|im|ive|we|weve|because|cause|you|youve|youre|this is|its|or|who|and"
    "|about|from|of|at this|on this|to this|wrong)(?: .*)?)?"
)

# What is a request only as the whole message.
_WHOLE = [
    "stop+(?: (?:it|this|that|all|everything|stop+))*",
    "un ?subscribed?(?: all)?|unsub|unsuscribe|unsubcribe|unsubscibe",
    "opt ?out(?: all)?|i opt out|i am opting out|opting out",
    "revoke consent",
    f"(?:stop|quit) {_TEXTING}",
    f"(?:stop|quit) calling(?: {_ME})?",
    f"(?:do not|dont|never) (?:text|txt|message|msg|contact|spam)(?: {_ME})?",
    f"(?:do not|dont|never) call {_ME} (?:again|anymore|any more|ever|ever again)",
    f"(?:do not|dont|never) send (?:{_ME} )?{_MORE}{_TEXTS}",
    f"no {_TEXTS}",
    f"(?:remove|delete|erase|lose) (?:{_ME}|my name)",
    f"take {_ME} off",
    "leave me alone|go away",
    f"how (?:do|can) i (?:opt out|unsubscribe|stop {_MORE}{_TEXT})",
    "(?:you have (?:the )?|this is (?:the )?(?:a )?)?wrong (?:number|person)",
    # Spanish and French, as far as people around a +1 number write them.
    "alto|pare|paren|parar|basta|detente|detener|detenganse|baja|arret|arretez",
    "(?:dar|dame|denme|darme|deme) de baja",
    "no me (?:escrib(?:an|as|a)|mand(?:en|es|e)|envi(?:en|es|e)|texte(?:en|es|e)"
    "|contact(?:en|es|e)|molest(?:en|es|e))(?: mas)?(?: (?:mensajes|textos))?",
    "no me llam(?:en|es|e) mas",
    "no mas (?:mensajes|textos)|no quiero (?:recibir )?(?:mas )?(?:mensajes|textos)",
    "(?:deja|deje|dejen|para|pare|paren) de (?:escribir|mandar|enviar|textear|molestar"
    "|contactar|llamar)me(?: (?:mas )?(?:mensajes|textos))?",
    "(?:quita|quite|quiten|borra|borre|borren|saca|saque|saquen|elimina|elimine|eliminen)"
    "me(?: de (?:la|su|tu|esta) lista)?",
]

KEYWORDS = re.compile(f"(?:{_KEYWORD})(?: (?:{_KEYWORD}))*")
"""The carriers' own words (Twilio's default list), "opt out" apart, and CANCELAR.

Alone or with a polite word only: "ok, cancel" may well mean the appointment.
"""

EXPLICIT = re.compile(f"{_OPENING}(?:{'|'.join(_EXPLICIT)}){_CLOSING}{_REASON}")
"""Requests that count wherever they fill a sentence of the message."""

WHOLE = re.compile(f"{_OPENING}(?:{'|'.join(_WHOLE)}){_CLOSING}")
"""Requests that count when they fill the message."""

OPT_IN = re.compile(
    "start|unstop|start again|opt ?in|opt (?:me )?(?:back )?in|re ?subscribe(?: me)?"
    "|subscribe(?: me)?|(?:start|resume) (?:texting me|texts|messages)(?: again)?"
)
"""Asks for texts again; kept narrow, since consent has to be plain."""

REACTION = re.compile(
    r"\s*(?:liked|loved|disliked|laughed at|emphasized|questioned|reacted \S+ to)"
    r"\s+[\"\u201c]",
    re.IGNORECASE,
)
"""Quotes a text of ours, which may well say how to stop; tried on the raw message."""

SIGNATURE = "sent from my "
"""Added by phones and mail gateways below what somebody wrote."""

HELP = re.compile("help|info|ayuda")
"""Asks who is texting; alone only, since "help, my basement floods" is for people."""
