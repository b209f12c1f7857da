import hashlib
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from conversations.gateway.signatures import FORM, form_pairs, is_genuine
from conversations.tests.signature_cases import run_case

URL = "https://text.example.com/webhooks/twilio/voice/?line=7"
TOKEN = "9f8e7d6c5b4a39281706f5e4d3c2b1a0"
PARAMS = [("CallSid", "CA123"), ("From", "+15122345678"), ("Body", "Hi there ")]
PAYLOADS = Path(__file__).parent / "payloads"


class Fields:
    """The SDK's way to see repeated fields, as it does for Django and Flask."""

    def __init__(self, pairs):
        self.pairs = pairs

    def __iter__(self):
        return (name for name, _value in self.pairs)

    def __len__(self):
        return len(self.pairs)

    def getlist(self, name):
        return [value for key, value in self.pairs if key == name]


def signed(url, pairs=(), token=TOKEN):
    return RequestValidator(token).compute_signature(url, Fields(list(pairs)))


def genuine(url=URL, params=PARAMS, body=b"", tokens=(TOKEN,), signature=None):
    return is_genuine(
        urls=[url], params=params, body=body, tokens=tokens, signature=signature
    )


BODY = json.dumps({"name": "Zoë", "n": 1}, ensure_ascii=False).encode()


def hashed(body, url="https://text.example.com/hook"):
    return f"{url}?bodySHA256={hashlib.sha256(body).hexdigest()}"


def test_a_rightly_signed_form_is_genuine():
    assert genuine(signature=signed(URL, PARAMS))


def test_the_example_in_the_sdk_s_own_tests_is_genuine():
    assert is_genuine(
        urls=["https://mycompany.com/myapp.php?foo=1&bar=2"],
        params=[
            ("CallSid", "CA1234567890ABCDE"),
            ("Digits", "1234"),
            ("From", "+14158675309"),
            ("To", "+18005551212"),
            ("Caller", "+14158675309"),
        ],
        body=b"",
        tokens=["12345"],
        signature="RSOYDt4T1cUTdK1PDd93/VVr8B8=",
    )


@pytest.mark.parametrize(
    "signature",
    [None, "", "   ", "nonsense", "RSOYDt4T1cUTdK1PDd93/VVr8B8=", "ключ", "\udcff"],
)
def test_a_missing_blank_wrong_or_odd_signature_is_refused(signature):
    assert not genuine(signature=signature)


@pytest.mark.parametrize(
    "tokens", [[], [""], ["   "], [TOKEN + "x"], ["token\udcff"], None, [None]]
)
def test_without_the_right_token_nothing_is_genuine(tokens):
    assert not genuine(tokens=tokens, signature=signed(URL, PARAMS))


def test_a_blank_token_does_not_open_what_it_signed():
    assert not genuine(tokens=[""], signature=signed(URL, PARAMS, token=""))


def test_one_token_given_for_a_list_is_not_taken_letter_by_letter():
    assert not genuine(tokens=TOKEN, signature=signed(URL, PARAMS, token=TOKEN[0]))


def test_one_address_given_for_a_list_is_refused():
    signature = signed("h", PARAMS)
    assert not is_genuine(
        urls="h", params=PARAMS, body=b"", tokens=[TOKEN], signature=signature
    )


def test_every_token_in_rotation_is_good():
    for token in ("old", "new"):
        signature = signed(URL, PARAMS, token=token)
        assert genuine(tokens=["", "new", "old"], signature=signature)


def test_any_of_our_addresses_is_good_and_no_other():
    signature = signed("http://127.0.0.1:8000/hook", PARAMS)
    ours = ["http://localhost:8000/hook", "http://127.0.0.1:8000/hook"]
    asked = {"params": PARAMS, "body": b"", "tokens": [TOKEN], "signature": signature}
    assert is_genuine(urls=ours, **asked)
    assert not is_genuine(urls=ours[:1], **asked)
    assert not is_genuine(urls=[], **asked)


@pytest.mark.parametrize(
    "other",
    [
        "https://evil.example.com/webhooks/twilio/voice/?line=7",
        "http://text.example.com/webhooks/twilio/voice/?line=7",
        "https://text.example.com/webhooks/twilio/voice/?line=8",
        "https://text.example.com/webhooks/twilio/voice/",
        "https://text.example.com/webhooks/twilio/voice?line=7",
        "https://TEXT.example.com/webhooks/twilio/voice/?line=7",
    ],
)
def test_a_signature_for_another_address_is_refused(other):
    assert not genuine(signature=signed(other, PARAMS))


@pytest.mark.parametrize(
    "changed",
    [
        PARAMS[:-1],
        [*PARAMS, ("Digits", "1")],
        [*PARAMS, ("Digits", "")],
        [*PARAMS[:-1], ("Body", "Hi there")],
        [*PARAMS, ("CallSid", "CA999")],
        [],
    ],
)
def test_a_changed_field_is_refused(changed):
    assert not genuine(params=changed, signature=signed(URL, PARAMS))


def test_repeated_fields_are_signed_sorted_and_once_each():
    pairs = [("M", "b"), ("M", "a"), ("M", "b"), ("A", "1")]
    signature = signed(URL, pairs)
    assert signature == signed(f"{URL}A1MaMb")
    assert genuine(params=pairs, signature=signature)
    assert genuine(params=pairs[::-1], signature=signature)
    assert not genuine(params=[("M", "b"), ("A", "1")], signature=signature)


def test_blank_fields_are_signed_by_their_name():
    pairs = [("Body", ""), ("From", "+1")]
    assert genuine(params=pairs, signature=signed(URL, pairs))
    assert not genuine(params=pairs[1:], signature=signed(URL, pairs))


@pytest.mark.parametrize(
    ("shown", "used"),
    [
        ("https://a.example/x?y=1", "https://a.example:443/x?y=1"),
        ("https://a.example:443/x?y=1", "https://a.example/x?y=1"),
        ("http://a.example/x", "http://a.example:80/x"),
        ("http://a.example:8000/x", "http://a.example/x"),
        ("https://[2001:db8::1]/x", "https://[2001:db8::1]:443/x"),
        ("https://[2001:db8::1]:443/x", "https://[2001:db8::1]/x"),
        ("https://a.example", "https://a.example:443"),
        ("https://a.example?y=1:2", "https://a.example:443?y=1:2"),
    ],
)
def test_the_address_is_tried_with_and_without_the_port(shown, used):
    assert genuine(shown, signature=signed(used, PARAMS))
    assert genuine(shown, signature=signed(shown, PARAMS))


@pytest.mark.parametrize("used", ["https://a.example:8443/x", "https://a.example:80/x"])
def test_a_port_we_do_not_have_is_another_address(used):
    assert not genuine("https://a.example/x", signature=signed(used, PARAMS))


def test_other_schemes_have_no_usual_port():
    assert genuine("wss://a.example/x", signature=signed("wss://a.example/x", PARAMS))
    with_port = signed("wss://a.example:443/x", PARAMS)
    assert not genuine("wss://a.example/x", signature=with_port)


def test_an_address_of_no_known_form_is_compared_as_it_is():
    assert genuine("hook", signature=signed("hook", PARAMS))
    assert not genuine("hook", signature=signed("hook:443", PARAMS))


def test_the_override_fragment_is_not_signed():
    signature = signed(URL, PARAMS)
    assert genuine(f"{URL}#rc=3&rp=5xx,ct,rt", signature=signature)


def test_a_question_mark_at_the_end_is_part_of_the_address():
    url = "https://a.example/x?"
    assert genuine(url, signature=signed(url, PARAMS))


def test_a_get_is_signed_by_its_full_address():
    assert genuine(params=None, signature=signed(URL))
    assert genuine(params=[], signature=signed(URL))
    assert not genuine(params=None, signature=signed(URL.partition("?")[0]))


@pytest.mark.parametrize("url", ["https://[::1/x?bodySHA256=1", "", "\udcff", None])
def test_a_broken_address_is_refused(url):
    assert not genuine(url, None, b"{}", signature="c2ln")


@pytest.mark.parametrize("path", sorted(PAYLOADS.glob("*.txt")), ids=lambda p: p.stem)
def test_recorded_payloads_verify_as_the_carrier_signs_them(path):
    pairs = form_pairs(path.read_bytes(), FORM)
    assert pairs
    assert genuine(params=pairs, body=path.read_bytes(), signature=signed(URL, pairs))


@pytest.mark.parametrize("body", [b"Body=%FF", b"Body=\xff\xfe", b"%E9=1"])
def test_a_form_that_is_not_utf_8_is_never_genuine(body):
    pairs = form_pairs(body, FORM)
    readings = [body.decode("latin-1").partition("=")[::2]]
    readings.append(("Body", "\N{REPLACEMENT CHARACTER}"))
    for reading in readings:
        assert not genuine(params=pairs, body=body, signature=signed(URL, [reading]))


text = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
addresses = st.builds(
    "{}://{}{}/{}{}".format,
    st.sampled_from(["http", "https"]),
    st.sampled_from(["a.example", "text.example.com", "127.0.0.1"]),
    st.sampled_from(["", ":80", ":443", ":8000"]),
    st.sampled_from(["", "hook/", "a%20b"]),
    st.sampled_from(["", "?x=1", "?x=1&y=%2B1&x=2"]),
)


@settings(max_examples=200, deadline=None)
@given(addresses, st.lists(st.tuples(text, text), max_size=6))
def test_whatever_the_sdk_accepts_we_accept(url, pairs):
    signature = signed(url, pairs)
    assert RequestValidator(TOKEN).validate(url, Fields(pairs), signature)
    assert genuine(url, pairs, signature=signature)
    assert not genuine(url, [*pairs, ("Zz", "forged")], signature=signature)


@settings(max_examples=200, deadline=None)
@given(
    st.text(max_size=30),
    st.one_of(st.none(), st.lists(st.tuples(st.text(), st.text()), max_size=4)),
    st.binary(max_size=40),
    st.lists(st.text(max_size=8), max_size=3),
    st.one_of(st.none(), st.text(max_size=30)),
)
def test_nothing_that_was_not_signed_is_genuine_and_nothing_raises(
    url, params, body, tokens, signature
):
    assert not genuine(url, params, body, tokens, signature)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60), st.sampled_from([FORM, "text/plain", "", "\udcff"]))
def test_any_bytes_at_all_are_read_without_raising(body, kind):
    pairs = form_pairs(body, kind)
    assert not genuine(params=pairs, body=body, signature="c2lnbmF0dXJl")


def test_cases_from_outside_run_through_the_same_code():
    form = {"url": URL, "params": [["A", "1"]], "body": None, "token": TOKEN}
    assert run_case(form | {"signature": signed(URL, [("A", "1")])})
    assert not run_case(form | {"signature": None})
    raw = {"url": hashed(BODY), "token": TOKEN, "signature": signed(hashed(BODY))}
    assert run_case(raw | {"params": None, "body": BODY.decode()})
    assert run_case(raw | {"body": BODY.decode()})
    assert not run_case(raw | {"body": "{}"})
    get = {"url": URL, "params": None, "body": None, "token": TOKEN}
    assert run_case(get | {"signature": signed(URL)})
