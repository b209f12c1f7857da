"""A call's evidence in sentences: what happened, and what became of the text."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext as _

from conversations.gateway.errors import explain
from conversations.models import Call, Episode, Message
from conversations.reasons import Reason
from conversations.verdict import Outcome, judge

_PRECISE_BELOW_SECONDS = 10
_SECONDS_BELOW = 120
_UNDER_WAY = frozenset({Message.State.QUEUED, Message.State.SENDING})


def with_texts(calls: QuerySet[Call]) -> QuerySet[Call]:
    """``calls`` with everything that their sentences need, in three queries."""
    texts = Message.objects.filter(kind=Message.Kind.TEXT_BACK)
    return calls.select_related("line", "business", "episode").prefetch_related(
        Prefetch("episode__messages", queryset=texts, to_attr="texts_back")
    )


def tell(call: Call) -> str:
    """What happened, then what became of the text; in the active language.

    Reads the episode and its text unless ``with_texts`` fetched them.
    """
    return f"{happened(call)} {texted(call)}".strip()


def happened(call: Call) -> str:
    """How the call went, in one sentence."""
    if not call.outcome:
        return _under_way(call)
    if call.outcome == Outcome.ANSWERED:
        return _answered(call)
    if call.outcome == Outcome.UNKNOWN:
        reported = call.facts.dial_status or call.facts.final_status
        return _("Unclear: the carrier reported “%s”. See the task.") % reported
    return _missed(call)


def _under_way(call: Call) -> str:
    if call.phase == Call.Phase.ENDED:
        return _("Over, and nobody reported how it went.")
    return _("Ringing now.")


def _answered(call: Call) -> str:
    if call.phase == Call.Phase.TALKING:
        return _("Answered: somebody pressed 1 and is talking now.")
    talked = call.evidence.get("dial_seconds")
    if talked is None or call.ended_at is None:
        return _("Answered: somebody pressed 1.")
    rang = (call.ended_at - call.started_at).total_seconds() - talked
    return _(
        "Answered: somebody pressed 1 after %(rang)s. They talked for %(talk)s."
    ) % {
        "rang": duration(max(round(rang), 0)),
        "talk": duration(talked),
    }


def _missed(call: Call) -> str:
    """The miss itself, then the voicemail and the withheld number on top of it."""
    facts = call.facts
    bare = judge(replace(facts, voicemail_seconds=None, withheld=False)).outcome
    told = _why_missed(call, bare or Outcome.NO_ANSWER)
    if call.outcome == Outcome.VOICEMAIL:
        left = duration(facts.voicemail_seconds or 0)
        told = _("%(told)s Left a voicemail of %(left)s.") % {
            "told": told,
            "left": left,
        }
    if call.outcome == Outcome.VOICEMAIL_EMPTY:
        told = _("%s Reached your voicemail and left nothing.") % told
    if facts.withheld:
        told = _("%s The number was withheld.") % told
    return told


def _why_missed(call: Call, outcome: str) -> str:
    facts = call.facts
    if outcome == Outcome.AFTER_HOURS:
        return {
            "holiday": _("Missed on a holiday (you were closed)."),
        }.get(facts.not_rung, _("Missed outside opening hours (closed)."))
    if facts.not_rung:
        return _not_rung(facts.not_rung)
    if outcome == Outcome.CANCELLED and facts.accepted:
        return _("Missed: somebody pressed 1, but the caller had just hung up.")
    rang = _rang(call)
    return {
        Outcome.BUSY: _("Missed: your phones were busy."),
        Outcome.FAILED: _("Missed: your phones could not be reached."),
        Outcome.CANCELLED: _("Missed: the caller hung up after %s.") % rang,
        Outcome.MACHINE: _(
            "Missed: a voicemail at the desk picked up after %s, nobody pressed 1."
        )
        % rang,
        Outcome.UNKNOWN: _("Missed: the carrier's report was unclear."),
    }.get(Outcome(outcome), _silence(call, rang))


def _not_rung(why: str) -> str:
    if why == "no_phone":
        return _("Missed: this line has no phone to ring.")
    return _("Missed: forwarded by your phone company because nobody answered there.")


def _silence(call: Call, rang: str) -> str:
    if call.facts.swept and not call.facts.dial_status:
        return _("Missed: the carrier never said how the call ended.")
    return _("Missed: rang %s, nobody pressed 1.") % rang


def _rang(call: Call) -> str:
    over = call.missed_at or call.ended_at or call.started_at
    return duration(max(round((over - call.started_at).total_seconds()), 0))


def texted(call: Call) -> str:
    """What became of the text; empty for a call that needs none."""
    episode = call.episode
    if episode is None:
        return _no_episode(call)
    if episode.state == Episode.State.NOT_TEXTED:
        return _("No text: %s.") % _lower_first(str(Reason(episode.reason).label))
    text = _text_back(episode)
    if episode.state == Episode.State.TEXTED:
        return _sent(call, text)
    if episode.state == Episode.State.FAILED:
        return _failed(text)
    return _pending(text)


def _pending(text: Message | None) -> str:
    if text is not None and text.state in _UNDER_WAY:
        return _("The text is on its way.")
    return _("Being handled.")


def _no_episode(call: Call) -> str:
    if call.outcome in ("", Outcome.ANSWERED):
        return ""
    if call.phase == Call.Phase.GREETING:
        return _("The caller may still leave a voicemail.")
    return _("Being handled.")


def _text_back(episode: Episode) -> Message | None:
    fetched: list[Message] | None = getattr(episode, "texts_back", None)
    if fetched is not None:
        return fetched[0] if fetched else None
    return episode.messages.filter(kind=Message.Kind.TEXT_BACK).first()


def _sent(call: Call, text: Message | None) -> str:
    if text is None or text.sent_at is None or call.missed_at is None:
        return _("Texted.")
    later = (text.sent_at - call.missed_at).total_seconds()
    if later < 0:
        return _("Had been texted after an earlier call.")
    return _("Texted %s later.") % duration(later)


def _failed(text: Message | None) -> str:
    if text is None:
        return _("The text did not go.")
    return _("The text did not go: %s") % _lower_first(explain(text.error_code))


def duration(seconds: float | timedelta) -> str:
    """ "0.8 s", "45 s", "3 min 20 s": as exact as people care."""
    if isinstance(seconds, timedelta):
        seconds = seconds.total_seconds()
    if seconds < _PRECISE_BELOW_SECONDS and not float(seconds).is_integer():
        return _("%.1f s") % seconds
    whole = round(seconds)
    if whole < _SECONDS_BELOW:
        return _("%d s") % whole
    minutes, rest = divmod(whole, 60)
    if minutes >= _SECONDS_BELOW:
        return _("%(hours)d h %(minutes)d min") % {
            "hours": minutes // 60,
            "minutes": minutes % 60,
        }
    return _("%(minutes)d min %(seconds)d s") % {"minutes": minutes, "seconds": rest}


def _lower_first(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]


@dataclass(frozen=True)
class Fact:
    """One line of the evidence, for people."""

    name: str
    value: str


def facts_of(call: Call) -> list[Fact]:
    """The evidence as a table: what was reported, and by which rule it was judged."""
    evidence = call.evidence
    rows: list[tuple[str, Any]] = [
        (_("Hours when it rang"), _hours(call.hours_state)),
        (_("Phones rung"), evidence.get("ring_targets")),
        (_("Not rung because"), evidence.get("not_rung")),
        (_("Result of ringing"), evidence.get("dial_status")),
        (_("Each phone"), ", ".join(call.facts.leg_statuses)),
        (_("Key pressed"), _("1 (accepted)") if call.facts.accepted else _("none")),
        (_("Sides were joined"), _yes_no(call.facts.bridged)),
        (_("Who picked up"), evidence.get("answered_by")),
        (_("Last status of the call"), evidence.get("final_status")),
        (_("Talked"), _seconds(evidence.get("dial_seconds"))),
        (_("Whole call"), _seconds(evidence.get("seconds"))),
        (_("Voicemail"), _seconds(evidence.get("voicemail_seconds"))),
        (_("Closed without a report"), _yes_no(call.facts.swept or None)),
        (_("Forwarded from"), call.forwarded_from),
        (_("Rule used"), _rule(call)),
        (_("Carrier's call id"), call.carrier_id),
    ]
    return [Fact(name, str(value)) for name, value in rows if value not in (None, "")]


def _hours(state: str) -> str:
    names = {"open": _("open"), "closed": _("closed"), "holiday": _("holiday")}
    return names.get(state, state)


def _seconds(value: int | None) -> str:
    return "" if value is None else duration(value)


def _yes_no(value: bool | None) -> str:
    return "" if value is None else (_("yes") if value else _("no"))


def _rule(call: Call) -> str:
    if not call.outcome:
        return ""
    outcome = Outcome(call.outcome).label
    if call.outcome == Outcome.ANSWERED:
        return str(outcome)
    choice = call.line.choice_for(call.outcome)
    names = {
        "text": _("send a text"),
        "notify": _("only tell the desk"),
        "ignore": _("do nothing"),
    }
    return f"{outcome}: {names.get(choice, choice)}"
