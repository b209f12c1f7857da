"""Who may see which business (promise P5)."""

from typing import Any

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import QuerySet

from crm.models import Business, Membership

User = AbstractBaseUser | AnonymousUser

_WRITERS = frozenset(
    {Membership.Role.OWNER, Membership.Role.MANAGER, Membership.Role.FRONT_DESK}
)
_MANAGERS = frozenset({Membership.Role.OWNER, Membership.Role.MANAGER})


def businesses_of(user: User) -> QuerySet[Business]:
    """The businesses that ``user`` belongs to; all of them for a superuser."""
    if getattr(user, "is_superuser", False):
        return Business.objects.all()
    if user.pk is None:
        return Business.objects.none()
    return Business.objects.filter(memberships__user_id=user.pk)


def visible[Q: QuerySet[Any]](rows: Q, user: User, *, path: str = "business") -> Q:
    """``rows`` narrowed to the user's businesses; ``path`` leads to the business."""
    if getattr(user, "is_superuser", False):
        return rows
    return rows.filter(**{f"{path}__in": businesses_of(user)})


def may_work(user: User) -> bool:
    """Whether the user may answer clients and finish tasks somewhere."""
    return _has_role(user, _WRITERS)


def may_manage(user: User) -> bool:
    """Whether the user may change lines, hours and words somewhere."""
    return _has_role(user, _MANAGERS)


def _has_role(user: User, roles: frozenset[Membership.Role]) -> bool:
    if getattr(user, "is_superuser", False):
        return True
    if user.pk is None:
        return False
    return Membership.objects.filter(user_id=user.pk, role__in=roles).exists()
