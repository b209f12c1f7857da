"""Listening to a voicemail: for those who may see the call, and for nobody else."""

import pytest
from django.urls import reverse

from conversations.gateway.choice import carrier
from conversations.gateway.simulator.sound import voicemail_sound
from conversations.gateway.twilio import TwilioCarrier
from conversations.tests import simulated
from conversations.tests.carrier_stub import (
    ACCOUNT,
    TOKEN,
    answer,
    carrier_stub,
    refused,
)
from conversations.tests.factories import CallFactory, PhoneLineFactory
from crm.tests.factories import MembershipFactory

network = simulated.network


@pytest.fixture
def desk(client):
    member = MembershipFactory()
    client.force_login(member.user)
    return PhoneLineFactory(business=member.business)


@pytest.fixture
def call(desk):
    return CallFactory(business=desk.business, line=desk, recording_id="RE1")


@pytest.fixture
def twilio(settings):
    with carrier_stub() as stub:
        settings.TWILIO_API_BASE_URL = stub.address
        settings.TWILIO_ACCOUNT_SID = ACCOUNT
        carrier.cache_clear()
        yield stub
        carrier.cache_clear()


def listen(client, call):
    return client.get(reverse("admin:conversations_call_recording", args=[call.pk]))


@pytest.mark.django_db
def test_the_sound_comes_from_the_carrier_with_our_password(client, call, twilio):
    twilio.answers = [answer(200, "mp3", Content_Type="audio/mpeg")]

    heard = listen(client, call)

    assert (heard.status_code, heard["Content-Type"]) == (200, "audio/mpeg")
    assert heard.content == b"mp3"
    assert "private" in heard["Cache-Control"]
    (asked,) = twilio.asked
    assert asked["path"] == f"/2010-04-01/Accounts/{ACCOUNT}/Recordings/RE1.mp3"
    assert asked["headers"]["Authorization"].startswith("Basic ")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "play",
    [
        refused(20404, 404),
        answer(503, "<html></html>"),
        answer(200, "<html>a page, no sound</html>"),
    ],
)
def test_what_the_carrier_does_not_have_is_not_found(client, call, twilio, play):
    twilio.answers = [play]

    assert listen(client, call).status_code == 404


@pytest.mark.django_db
def test_nobody_listens_to_another_business(client, desk, twilio):
    other = CallFactory(recording_id="RE2")

    assert listen(client, other).status_code == 404
    assert twilio.asked == []


@pytest.mark.django_db
def test_a_stranger_is_sent_to_sign_in(client, call, twilio):
    client.logout()

    assert listen(client, call).status_code == 302
    assert twilio.asked == []


@pytest.mark.django_db(transaction=True)
def test_the_simulator_has_a_sound_to_listen_to(network, line):
    found = carrier().fetch_recording("RE1")

    assert found.content_type == "audio/wav"
    assert found.sound == voicemail_sound()
    assert found.sound.startswith(b"RIFF")


def test_only_the_id_decides_where_the_sound_is_asked_for():
    with carrier_stub() as stub:
        stub.answers = [refused(20404, 404)]
        twilio = TwilioCarrier(ACCOUNT, TOKEN, f"{stub.address}/simulator/carrier")

        assert twilio.fetch_recording("RE9") is None
        (asked,) = stub.asked
        assert asked["path"].startswith("/simulator/carrier/2010-04-01/")
