"""`manage.py create_business`, as somebody types it."""

import json
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command

from conversations.models import PhoneLine, Template
from crm.models import Business, LeadSource, Membership

ROOT = Path(__file__).resolve().parents[2]
GOOD = (
    "Acme Plumbing",
    "--timezone=America/Denver",
    "--number=+13035550100",
    "--plan=forwarded",
)


def create(*arguments):
    call_command("create_business", *arguments, "--json", stdout=(out := StringIO()))
    return json.loads(out.getvalue())


def test_it_makes_a_whole_business_and_prints_its_ids(db):
    made = create(*GOOD, "--source", "Radio", "--owner-email", "Ann@acme.example")

    business = Business.objects.get(pk=made["business_id"])
    line = PhoneLine.objects.get(pk=made["line_id"])
    assert (business.name, business.timezone) == ("Acme Plumbing", "America/Denver")
    assert (line.business, line.number, line.plan) == (
        business,
        "+13035550100",
        "forwarded",
    )
    assert line.source == LeadSource.objects.get(pk=made["source_id"], name="Radio")
    assert Template.objects.filter(business=business).exists()
    hours = business.opening_hours.values_list("weekday", "opens__hour", "closes__hour")
    assert sorted(hours) == [(day, 8, 18) for day in range(7)]
    owner = Membership.objects.get(business=business)
    assert owner.user.email == "ann@acme.example"
    assert owner.role == Membership.Role.OWNER
    assert not owner.user.has_usable_password()


def test_a_line_can_ring_several_phones(db):
    made = create(
        *GOOD[:3], "--plan=ring", "--ring", "+13035550111", "--ring", "+13035550112"
    )

    phones = PhoneLine.objects.get(pk=made["line_id"]).targets
    assert list(phones.values_list("number", flat=True)) == [
        "+13035550111",
        "+13035550112",
    ]


def test_without_json_it_says_a_sentence(db):
    call_command("create_business", *GOOD, stdout=(out := StringIO()))

    assert out.getvalue() == "Acme Plumbing answers +13035550100.\n"


def test_two_businesses_of_one_name_get_two_web_names(db):
    create(*GOOD)
    second = create(GOOD[0], GOOD[1], "--number=+13035550101", GOOD[3])

    assert second["slug"] == "acme-plumbing-2"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((*GOOD, "--timezone=Denver"), "“Denver” is no time zone"),
        ((*GOOD, "--number=12"), "is not a phone number we know"),
        ((*GOOD, "--plan=ring"), "needs a phone to ring"),
        ((*GOOD, "--plan=ring", "--ring", "+13035550100"), "cannot ring itself"),
        ((*GOOD, "--plan=ring", "--ring", "x"), "is not a phone number we know"),
        ((*GOOD, "--owner-email", "ann"), "“ann” is no e-mail address"),
        (("  ", *GOOD[1:]), "Give the business a name"),
    ],
)
def test_a_mistake_is_one_sentence_and_nothing_is_written(db, arguments, sentence):
    with pytest.raises(CommandError, match=sentence) as told:
        create(*arguments)

    assert told.value.returncode == 2
    assert not Business.objects.exists()
    assert not get_user_model().objects.exists()


def test_a_number_that_a_line_has_is_refused_and_nothing_is_written(db):
    create(*GOOD)

    with pytest.raises(CommandError, match="already belongs to a line") as told:
        create("Another One", *GOOD[1:])

    assert told.value.returncode == 2
    assert Business.objects.count() == 1


def test_in_a_shell_a_mistake_is_one_line_and_exit_code_2():
    done = subprocess.run(
        [
            sys.executable, "manage.py", "create_business", "Acme",
            "--timezone=Nowhere", "--number=+13035550100", "--plan=forwarded", "--json",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )  # fmt: skip

    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.strip().splitlines()[-1].startswith("CommandError: “Nowhere” is")
    assert "Traceback" not in done.stderr
