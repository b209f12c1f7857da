"""The coloured marks of calls, episodes and texts."""

from django.utils.safestring import SafeString

from conversations.models import Call, Episode, Message
from conversations.verdict import Outcome
from crm.desk_marks import pill

_OUTCOMES = {
    Outcome.ANSWERED: "good",
    Outcome.UNKNOWN: "bad",
    Outcome.VOICEMAIL: "brand",
    Outcome.WITHHELD: "plain",
    Outcome.AFTER_HOURS: "plain",
}
_EPISODES = {
    Episode.State.PENDING: "brand",
    Episode.State.TEXTED: "good",
    Episode.State.NOT_TEXTED: "plain",
    Episode.State.FAILED: "bad",
}
_MESSAGES = {
    Message.State.DELIVERED: "good",
    Message.State.SENT: "good",
    Message.State.UNDELIVERED: "bad",
    Message.State.FAILED: "bad",
    Message.State.UNKNOWN: "bad",
    Message.State.QUEUED: "brand",
    Message.State.SENDING: "brand",
}


def outcome_mark(call: Call) -> SafeString:
    """What became of the call; where it stands while it has no outcome."""
    if not call.outcome:
        return pill(call.get_phase_display(), "brand")
    outcome = Outcome(call.outcome)
    return pill(outcome.label, _OUTCOMES.get(outcome, "warn"))


def episode_mark(episode: Episode) -> SafeString:
    """How the episode ended."""
    state = Episode.State(episode.state)
    return pill(state.label, _EPISODES[state])


def message_mark(message: Message) -> SafeString:
    """How far the text got."""
    state = Message.State(message.state)
    return pill(state.label, _MESSAGES.get(state, "plain"))
