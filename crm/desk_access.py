"""What the signed-in person may do, by role and business, read once per request."""

from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.http import HttpRequest
from django.utils import timezone

from crm.models import Business, Membership
from crm.tenancy import businesses_of

_Role = Membership.Role
EVERYBODY = frozenset(_Role.values)
WRITERS = frozenset({_Role.OWNER.value, _Role.MANAGER.value, _Role.FRONT_DESK.value})
MANAGERS = frozenset({_Role.OWNER.value, _Role.MANAGER.value})
SUPERUSERS: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Access:
    """The businesses of one person, with the role in each.

    A superuser has no roles and needs none; ``businesses`` then holds the first two,
    enough to tell whether there is a choice.
    """

    superuser: bool
    businesses: tuple[Business, ...]
    roles: Mapping[int, str]

    def allows(self, roles: frozenset[str], business_id: int | None = None) -> bool:
        """Whether one of ``roles`` is held in that business; None: in any."""
        if self.superuser:
            return True
        if business_id is None:
            return not roles.isdisjoint(self.roles.values())
        return self.roles.get(business_id) in roles

    @property
    def only_business(self) -> Business | None:
        """The business, when there is no choice."""
        return self.businesses[0] if len(self.businesses) == 1 else None

    @property
    def zone(self) -> ZoneInfo:
        """The zone to show clocks in: that of the first business, else ours."""
        if self.businesses:
            return self.businesses[0].zone
        return ZoneInfo(timezone.get_default_timezone_name())


def access_of(request: HttpRequest) -> Access:
    """The access of the request's user; two queries at most, then remembered."""
    remembered = vars(request)
    if "desk_access" not in remembered:
        remembered["desk_access"] = _read(request.user)
    access: Access = remembered["desk_access"]
    return access


def _read(user: AbstractBaseUser | AnonymousUser) -> Access:
    if getattr(user, "is_superuser", False):
        first = tuple(businesses_of(user).order_by("name")[:2])
        return Access(superuser=True, businesses=first, roles={})
    rows = Membership.objects.filter(user_id=user.pk or 0).select_related("business")
    members = list(rows.order_by("business__name"))
    return Access(
        superuser=False,
        businesses=tuple(member.business for member in members),
        roles={member.business_id: member.role for member in members},
    )
