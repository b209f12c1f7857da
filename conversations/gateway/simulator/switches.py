"""The fault switches: what goes wrong on this network, by wish."""

from dataclasses import asdict, dataclass, fields
from typing import Self

from conversations.models import SimulatedFaults

MAX_DELAY_SECONDS = 60


@dataclass(frozen=True, kw_only=True)
class Switches:
    """All off by default. `delay_seconds`: how late reports and texts come in."""

    duplicate_webhooks: bool = False
    reorder_webhooks: bool = False
    delay_seconds: int = 0
    lose_receipts: bool = False
    api_error: bool = False
    api_timeout: bool = False
    api_lost_answer: bool = False

    @classmethod
    def now(cls) -> Self:
        """As they are set at this moment."""
        row = SimulatedFaults.objects.order_by("pk").first()
        if row is None:
            return cls()
        return cls(**{field.name: getattr(row, field.name) for field in fields(cls)})

    def save(self) -> None:
        """Set the switches for everybody, from the next webhook or request on."""
        SimulatedFaults.objects.update_or_create(pk=1, defaults=asdict(self))
