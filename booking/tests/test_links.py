"""Personal links."""

from datetime import timedelta

from booking.links import link_for, open_link
from booking.models import BookingLink


def test_a_link_opens_what_it_was_made_for(maria, now):
    address = link_for(lead=maria, ref="episode:12", now=now)

    assert address.startswith("https://text.example.com/b/")
    link = open_link(address.split("/")[4])
    assert (link.lead, link.ref) == (maria, "episode:12")
    assert link.expires_at == now + timedelta(days=30)


def test_the_token_is_not_in_the_database(maria, now):
    token = link_for(lead=maria, ref="", now=now).split("/")[4]

    row = BookingLink.objects.values().get()
    assert token not in str(row)


def test_no_two_links_are_alike(maria, now):
    assert len({link_for(lead=maria, ref="", now=now) for _ in range(20)}) == 20


def test_a_made_up_token_opens_nothing(db):
    assert open_link("made-up") is None
