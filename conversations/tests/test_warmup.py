from django.core.exceptions import ImproperlyConfigured

from conversations import warmup
from conversations.gateway.choice import carrier


def test_warming_up_sends_nothing_and_opens_no_database(stub):
    warmup.warm()

    assert stub.requests == 0


def test_a_carrier_that_is_not_set_up_does_not_stop_the_start(monkeypatch):
    def not_set_up():
        raise ImproperlyConfigured

    monkeypatch.setattr(warmup, "carrier", not_set_up)
    warmup.warm()
    assert carrier is not not_set_up
