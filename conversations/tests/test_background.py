import pytest
from django.conf import settings
from django.db import connection, transaction
from django.db.models import TextChoices
from django_q.models import OrmQ

from conversations.background import bells, run_later
from conversations.background.pulse import beat

BEAT = f"{beat.__module__}.{beat.__name__}"


@pytest.fixture(params=["ring_socket", "ring_redis"])
def rings(request, monkeypatch):
    """Whether a transaction was open each time somebody rang the bell."""
    if request.param == "ring_redis":
        monkeypatch.setattr(settings, "REDIS_URL", "redis://127.0.0.1:9/0")
    elif connection.vendor != "sqlite":
        pytest.skip("the socket is SQLite's bell; PostgreSQL's own waits by itself")
    seen = []
    monkeypatch.setattr(
        f"conversations.background.broker.{request.param}",
        lambda *_where: seen.append((transaction.get_connection().in_atomic_block,)),
    )
    return seen


@pytest.mark.django_db
def test_a_task_is_kept_with_its_name_and_its_arguments():
    run_later(BEAT, 7, "seven")
    task = OrmQ.objects.get().task
    assert (task["func"], task["args"], task["kwargs"]) == (BEAT, (7, "seven"), {})


@pytest.mark.django_db(transaction=True)
def test_a_rollback_leaves_no_task_and_wakes_nobody(rings):
    def ring_up():
        run_later(BEAT)
        raise LookupError

    with pytest.raises(LookupError), transaction.atomic():
        ring_up()
    assert not OrmQ.objects.exists()
    assert rings == []


@pytest.mark.django_db(transaction=True)
def test_workers_are_woken_after_the_commit_and_not_before(rings):
    with transaction.atomic():
        run_later(BEAT)
        assert rings == []
    assert rings == [(False,)]
    assert OrmQ.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_wake_up_that_fails_harms_neither_the_caller_nor_the_task(monkeypatch):
    def fail(_name):
        raise RuntimeError("nobody at home")

    monkeypatch.setattr("conversations.background.broker.ring_socket", fail)
    run_later(BEAT)
    assert OrmQ.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_redis_that_is_down_costs_a_moment_once_and_says_so_once(caplog, monkeypatch):
    monkeypatch.setattr(settings, "REDIS_URL", "redis://127.0.0.1:9/0")
    monkeypatch.setattr(
        "conversations.background.broker.ring_redis", bells._RedisRinger().ring
    )
    for _ in range(20):
        run_later(BEAT)
    assert OrmQ.objects.count() == 20
    assert [r.levelname for r in caplog.records if "Redis" in r.message] == ["WARNING"]


class Colour(TextChoices):
    RED = "red"


@pytest.mark.django_db
@pytest.mark.parametrize("argument", [None, True, 1.5, b"1", [1], Colour.RED, object()])
def test_only_plain_numbers_and_texts_are_passed(argument):
    with pytest.raises(TypeError, match="neither an int nor a str"):
        run_later(BEAT, argument)
    assert not OrmQ.objects.exists()


@pytest.mark.parametrize("name", ["", "beat", "a..b", "a.b()", "os.system; x", beat])
def test_the_function_is_given_by_its_dotted_name(name):
    with pytest.raises((ValueError, TypeError)):
        run_later(name)


def test_a_text_too_long_for_a_task_is_refused():
    with pytest.raises(ValueError, match="pass an id"):
        run_later(BEAT, "x" * 10_001)
