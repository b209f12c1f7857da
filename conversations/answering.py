"""Answering an episode: decide, write the words, queue the text, or say why not."""

from datetime import datetime
from typing import Any

from booking.links import link_for
from conversations import outbox
from conversations.circumstances import Circumstances, circumstances_of
from conversations.line_book import line_for
from conversations.models import Call, Episode, Message
from conversations.reasons import NEEDS_DESK, Reason
from conversations.textback import TOO_LATE_AFTER, Text, Wait, decide
from conversations.threads import conversation_with
from conversations.verdict import Choice, Outcome
from conversations.wording import Situation
from conversations.words import opening_words, text_back_words
from crm.atomic import in_one_transaction
from crm.desk import open_task
from crm.hours import when_open_words
from crm.leads import find_or_make, first_contact
from crm.models import DeskTask, Lead, LeadEvent
from crm.phones import format_for_people
from crm.timeline import log

_TASK_KINDS = {
    Reason.UNKNOWN_OUTCOME: DeskTask.Kind.UNKNOWN_CALL,
    Reason.IN_CONVERSATION: DeskTask.Kind.IN_CONVERSATION,
    Reason.OWN_LINE: DeskTask.Kind.SETUP,
    Reason.NOT_REGISTERED: DeskTask.Kind.SETUP,
    Reason.BUDGET: DeskTask.Kind.SETUP,
}


@in_one_transaction
def answer_episode(episode_id: int, *, now: datetime) -> Message | None:
    """Bring a pending episode to its decision; return a text that waits to be sent.

    Safe to run any number of times and at once: the episode's row lock serialises,
    and an episode that has its text or its reason is left alone.
    """
    episode = (
        Episode.objects.select_for_update(of=("self",))
        .select_related("business")
        .filter(pk=episode_id)
        .first()
    )
    if episode is None:
        return None
    calls = _missed_calls(episode)
    lead = _lead_of(episode, calls=calls)
    answer = _Answer(episode=episode, calls=calls, lead=lead, now=now)
    message = answer.bring_about()
    log(*answer.story)
    return message


def _missed_calls(episode: Episode) -> list[Call]:
    """As they were missed, oldest first; one that was answered after all is out."""
    missed = episode.calls.exclude(outcome=Outcome.ANSWERED)
    return list(missed.select_related("line").order_by("missed_at", "id"))


def _lead_of(episode: Episode, *, calls: list[Call]) -> Lead | None:
    if not episode.caller:
        return None
    # A new lead keeps the source of the first call; the last one is its latest.
    touches = [episode.source_id, *(call.source_id for call in calls[-1:])]
    leads = [
        find_or_make(
            business=episode.business, phone=episode.caller, source_id=source_id
        )
        for source_id in dict.fromkeys(touches)
    ]
    # The first one knows whether it was made just now.
    lead = leads[0]
    lead.business = episode.business
    return lead


class _Answer:
    """One run over one locked episode. ``story``: what goes on the timeline."""

    def __init__(
        self,
        *,
        episode: Episode,
        calls: list[Call],
        lead: Lead | None,
        now: datetime,
    ) -> None:
        self.episode, self.calls, self.lead, self.now = episode, calls, lead, now
        self.story = [self._missed(call) for call in calls]
        if lead is not None and lead.just_made:
            self.story.insert(0, first_contact(lead, now=now))

    def bring_about(self) -> Message | None:
        """Decide unless that was done; the text that waits to be sent, if any."""
        if self.episode.state != Episode.State.PENDING:
            self._update(next_check_at=None)
            return None
        if self.episode.situation:
            # It has its text. One that was tried has its own time to be tried again.
            return (
                Message.objects.select_related(*outbox.NEEDED)
                .filter(episode=self.episode, kind=Message.Kind.TEXT_BACK)
                .filter(state=Message.State.QUEUED, attempt=0)
                .first()
            )
        return self._decide(self.calls[-1]) if self.calls else None

    def _decide(self, call: Call) -> Message | None:
        found = circumstances_of(self.episode, call=call, lead=self.lead, now=self.now)
        decision = decide(found.facts)
        if call.outcome == Outcome.UNKNOWN and not isinstance(decision, Wait):
            self._ask_the_desk(Reason.UNKNOWN_OUTCOME, call=call)
        if isinstance(decision, Text):
            return self._write(decision.situation, call=call, found=found)
        if isinstance(decision, Wait):
            self._update(next_check_at=decision.until)
        else:
            self._skip(decision.reason, call=call)
        return None

    def _skip(self, reason: Reason, *, call: Call) -> None:
        self._update(state=Episode.State.NOT_TEXTED, reason=reason, next_check_at=None)
        self._tell(
            LeadEvent.Kind.TEXT_BACK_SKIPPED,
            call=call,
            key=f"{call.ref}:skipped",
            data={"reason": reason.value},
        )
        ignored = call.line.choice_for(call.outcome) == Choice.IGNORE
        if reason in NEEDS_DESK and not ignored:
            self._ask_the_desk(reason, call=call)

    def _ask_the_desk(self, reason: Reason, *, call: Call) -> None:
        kind = _TASK_KINDS.get(reason, DeskTask.Kind.CALL_BACK)
        # Settings are mended once, whoever called.
        is_setup = kind == DeskTask.Kind.SETUP
        open_task(
            kind,
            business=self.episode.business,
            lead=self.lead,
            ref=f"line:{call.line_id}:{reason}" if is_setup else self.episode.ref,
            detail=f"{call.get_outcome_display()}. {reason.label}.",
            now=self.now,
            priority=self.episode.priority,
        )

    def _write(
        self, situation: Situation, *, call: Call, found: Circumstances
    ) -> Message:
        """Write the text-back; from here on the outbox owns it."""
        lead, line = self.lead, call.line
        assert lead is not None  # noqa: S101 - decide never texts the withheld
        body = text_back_words(
            lead=lead,
            situation=situation,
            values=self._values(lead, call=call, found=found),
            is_first=not found.introduced,
        )
        draft = outbox.Draft(
            conversation=conversation_with(lead=lead, line=line, now=self.now),
            line=line,
            kind=Message.Kind.TEXT_BACK,
            body=body,
            episode=self.episode,
            good_for=TOO_LATE_AFTER,
        )
        message = outbox.queue(draft, now=self.now)
        self._update(situation=situation)
        self._tell(
            LeadEvent.Kind.TEXT_BACK_QUEUED,
            call=call,
            key=f"{message.ref}:queued",
            data={"situation": situation},
        )
        return message

    def _values(
        self, lead: Lead, *, call: Call, found: Circumstances
    ) -> dict[str, str]:
        """The variables of a text-back, ready to be put into words."""
        business, visit, now = self.episode.business, found.visit, self.now
        language = lead.language or business.language
        entry = line_for(call.line.number)
        # The remembered business has its hours at hand.
        doors = entry.line.business if entry else business
        words = {
            "link": link_for(lead=lead, ref=self.episode.ref, now=now),
            "opens": opening_words(doors, now=now, language=language),
            "phone": format_for_people(business.phone or call.line.number),
        }
        if visit is not None:
            words["appointment"] = when_open_words(
                visit.starts_at, now, business.zone, language
            )
        return words

    def _missed(self, call: Call) -> LeadEvent:
        return LeadEvent(
            kind=LeadEvent.Kind.CALL_MISSED,
            business=self.episode.business,
            lead=self.lead,
            source_id=call.source_id,
            key=f"{call.ref}:missed",
            at=call.missed_at or call.started_at,
            ref=self.episode.ref,
            data={"outcome": call.outcome},
        )

    def _tell(self, kind: str, *, call: Call, key: str, data: dict[str, str]) -> None:
        self.story.append(
            LeadEvent(
                kind=kind,
                business=self.episode.business,
                lead=self.lead,
                source_id=call.source_id,
                key=key,
                at=self.now,
                ref=self.episode.ref,
                data=data,
            )
        )

    def _update(self, **values: Any) -> None:
        """Write to the episode; the lead goes along in the same statement."""
        Episode.objects.filter(pk=self.episode.pk).update(lead=self.lead, **values)
