"""Staff pages about calls, threads, lines and words."""

from conversations.admin.calls import CallAdmin
from conversations.admin.episodes import EpisodeAdmin
from conversations.admin.lines import LineAdmin
from conversations.admin.messages import MessageAdmin
from conversations.admin.threads import ConversationAdmin
from conversations.admin.wordings import WordingAdmin

__all__ = [
    "CallAdmin",
    "ConversationAdmin",
    "EpisodeAdmin",
    "LineAdmin",
    "MessageAdmin",
    "WordingAdmin",
]
