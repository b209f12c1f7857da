"""Who works in the demo, and with which password."""

from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password

from crm.businesses import add_member
from crm.models import Business, Membership

# Everybody can read it here: the demo belongs on a machine without a real carrier.
PASSWORD = "missed-call-demo"  # noqa: S105 - meant to be known
EVERYTHING = "demo@missedcall.example"

_OWNER = Membership.Role.OWNER
_DESK = Membership.Role.FRONT_DESK

TEAMS: dict[str, tuple[tuple[str, str, str, str], ...]] = {
    "northside-heating": (
        ("dana@northside.example", "Dana", "Reyes", _OWNER),
        ("sam@northside.example", "Sam", "Okafor", _DESK),
    ),
    "maple-street-dental": (
        ("priya@maplestreet.example", "Priya", "Nair", _OWNER),
        ("leo@maplestreet.example", "Leo", "Brandt", _DESK),
    ),
    "harbor-law": (
        ("ruth@harborlaw.example", "Ruth", "Castellanos", _OWNER),
        ("ken@harborlaw.example", "Ken", "Ito", _DESK),
    ),
}
_AGENCY = (EVERYTHING, "Alex", "Morgan", _OWNER)


def hire_team(business: Business) -> None:
    """Give a demo business its owner, its front desk, and the agency behind all."""
    password = make_password(PASSWORD)
    for email, first, last, role in (*TEAMS[business.slug], _AGENCY):
        user = add_member(business, email=email, role=role)
        if not user.has_usable_password():
            user.first_name, user.last_name = first, last
            user.password = password
            user.save(update_fields=["first_name", "last_name", "password"])


def sign_ins() -> list[str]:
    """Lines that say how to get in; none where the demo was not loaded."""
    people = [EVERYTHING, *(team[0][0] for team in TEAMS.values())]
    known = get_user_model().objects.filter(username__in=people)
    if not known.filter(username=EVERYTHING).exists():
        return []
    there = set(known.values_list("username", flat=True))
    roles = {EVERYTHING: "owner of all three"} | {
        team[0][0]: f"owner of {slug.replace('-', ' ').title()}"
        for slug, team in TEAMS.items()
    }
    lines = [f"    {email:<28}{roles[email]}" for email in people if email in there]
    return ["  Demo sign-ins, all with the password " + PASSWORD, *lines]
