"""A use case is one transaction, and is repeated when the database asks for it."""

import pytest
from django.db import OperationalError, connection, transaction

from crm import atomic
from crm.atomic import in_one_transaction
from crm.models import Business
from crm.tests.factories import BusinessFactory

pytestmark = pytest.mark.django_db(transaction=True)

TRIES = len(atomic.PAUSES_SECONDS) + 1


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch):
    monkeypatch.setattr(atomic, "PAUSES_SECONDS", (0,) * (TRIES - 1))


def use_case(*, failures, error=OperationalError):
    """A use case that makes a business and fails so many times before it works."""
    left = [error("deadlock detected")] * failures
    ran = []

    @in_one_transaction
    def make(slug, *, name):
        ran.append(connection.in_atomic_block)
        business = BusinessFactory(slug=slug, name=name)
        if left:
            raise left.pop()
        return business

    make.ran = ran
    return make


def test_what_a_use_case_writes_is_there_when_it_returns():
    make = use_case(failures=0)

    business = make("northside", name="Northside")

    assert (business.slug, business.name) == ("northside", "Northside")
    assert make.ran == [True]
    assert not connection.in_atomic_block
    assert Business.objects.get() == business


@pytest.mark.parametrize("failures", range(1, TRIES))
def test_a_deadlock_is_tried_again_from_the_start(failures, caplog):
    make = use_case(failures=failures)

    make("northside", name="Northside")

    assert len(make.ran) == failures + 1
    assert Business.objects.count() == 1
    assert caplog.text.count("Repeating") == failures


def test_a_database_that_keeps_failing_is_not_tried_for_ever():
    make = use_case(failures=TRIES)

    with pytest.raises(OperationalError):
        make("northside", name="Northside")

    assert len(make.ran) == TRIES
    assert not Business.objects.exists()


def test_any_other_error_undoes_everything_and_is_not_repeated():
    make = use_case(failures=1, error=ValueError)

    with pytest.raises(ValueError, match="deadlock"):
        make("northside", name="Northside")

    assert len(make.ran) == 1
    assert not Business.objects.exists()


def test_inside_another_transaction_the_outer_one_decides():
    make = use_case(failures=1)

    with pytest.raises(OperationalError), transaction.atomic():
        make("northside", name="Northside")

    assert len(make.ran) == 1
    assert not Business.objects.exists()


def test_a_use_case_within_a_use_case_is_repeated_as_a_whole():
    make = use_case(failures=1)
    started = []

    @in_one_transaction
    def outer():
        started.append("outer")
        return make("northside", name="Northside")

    outer()

    assert (len(started), len(make.ran)) == (2, 2)
    assert Business.objects.count() == 1


def test_the_use_case_keeps_its_name_and_words():
    @in_one_transaction
    def ring():
        """Ring the bell."""

    assert (ring.__name__, ring.__doc__) == ("ring", "Ring the bell.")
