import pytest

from conversations.gateway import twiml
from conversations.gateway.simulator.twiml_reader import TwimlError, read_twiml

URL = "https://text.example.com/x/"


def test_every_document_of_the_product_is_understood():
    documents = [
        twiml.ring(
            targets=["+17735550199", "+17735550198"],
            timeout_seconds=20,
            in_turn=True,
            action_url=URL,
            screen_url=URL,
            leg_status_url=URL,
        ),
        twiml.ask_to_accept(prompt="Press 1.", accept_url=URL, language="en"),
        twiml.greet_and_record(
            greeting="Hello",
            language="es",
            action_url=URL,
            recording_status_url=URL,
            transcript_url=None,
        ),
        twiml.bridge(),
        twiml.reject(),
    ]
    names = [[verb.name for verb in read_twiml(d.encode())] for d in documents]
    assert names == [
        ["Dial"],
        ["Gather", "Hangup"],
        ["Say", "Record", "Hangup"],
        [],
        ["Reject"],
    ]


def test_attributes_words_and_inner_verbs_are_kept():
    document = b"""<Response><Dial timeout="20" sequential="true">
        <Number url="/screen?a=1&amp;b=2"> +17735550199 </Number></Dial></Response>"""
    (dial,) = read_twiml(document)
    assert dial.seconds("timeout", 30) == 20
    assert dial.is_on("sequential")
    assert not dial.is_on("answerOnBridge")
    assert dial.children[0].text == "+17735550199"
    assert dial.children[0].get("url") == "/screen?a=1&b=2"


@pytest.mark.parametrize("written", ["", "soon", "ten"])
def test_an_unreadable_number_of_seconds_is_the_default(written):
    (pause,) = read_twiml(f'<Response><Pause length="{written}"/></Response>'.encode())
    assert pause.seconds("length", 7) == 7


def test_a_document_type_is_refused_so_that_entities_cannot_grow():
    bomb = b'<!DOCTYPE r [<!ENTITY a "aaaa">]><Response><Say>&a;</Say></Response>'
    with pytest.raises(TwimlError, match="document type"):
        read_twiml(bomb)


@pytest.mark.parametrize(
    ("document", "why"),
    [
        (b"", "no XML"),
        (b"Server error", "no XML"),
        (b"<Response><Say></Response>", "no XML"),
        (b"<html/>", "<Response>"),
        (b"<Response>" + b" " * 64_001, "longer than"),
    ],
)
def test_what_is_no_twiml_is_refused_with_the_reason(document, why):
    with pytest.raises(TwimlError, match=why):
        read_twiml(document)
