"""Lines, calls, episodes, threads and messages."""

from conversations.models.calls import Call, Episode
from conversations.models.lines import PhoneLine, RingTarget
from conversations.models.network import SimulatedCall, SimulatedFaults, SimulatedText
from conversations.models.pulse import WorkerPulse
from conversations.models.templates import Template
from conversations.models.threads import Conversation, Message, Receipt

__all__ = [
    "Call",
    "Conversation",
    "Episode",
    "Message",
    "PhoneLine",
    "Receipt",
    "RingTarget",
    "SimulatedCall",
    "SimulatedFaults",
    "SimulatedText",
    "Template",
    "WorkerPulse",
]
