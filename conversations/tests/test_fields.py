import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.gateway import payloads
from conversations.gateway.payloads import (
    CallProgress,
    CallStarted,
    DialEnded,
    KeyPressed,
    PayloadError,
    Receipt,
    RecordingReady,
    TextReceived,
    Transcribed,
    VoicemailLeft,
)

CALL = "CA5b0e9c2d7f4a4e1b8c3d6f0a9e2b7d14"
LEG = "CA91c7e3a0b5d24f6e8a1f0c4d7b9e2a63"
CALLER = "+15122345678"
ALL = [
    CallStarted,
    DialEnded,
    CallProgress,
    KeyPressed,
    VoicemailLeft,
    RecordingReady,
    Transcribed,
    TextReceived,
    Receipt,
]


@pytest.mark.parametrize("payload", ALL)
def test_a_missing_id_is_named_in_one_sentence(payload):
    field = "MessageSid" if payload in (TextReceived, Receipt) else "CallSid"
    with pytest.raises(PayloadError, match=rf"^{field} is missing\.$"):
        payload.from_params({"From": CALLER})
    with pytest.raises(PayloadError, match=rf"^{field} is missing\.$"):
        payload.from_params({field: ""})


@pytest.mark.parametrize("payload", ALL)
@pytest.mark.parametrize(
    "odd", ["CA 1", "CA1\n", "../x", "x" * 65, "CA1\0", "CAé", "\u0661"]
)
def test_a_malformed_id_is_named_in_one_sentence(payload, odd):
    field = "MessageSid" if payload in (TextReceived, Receipt) else "CallSid"
    with pytest.raises(PayloadError, match=rf"^{field} must be 1 to 64 letters"):
        payload.from_params({field: odd})


@pytest.mark.parametrize("payload", [CallProgress, KeyPressed])
def test_a_malformed_parent_is_named_too(payload):
    with pytest.raises(PayloadError, match=r"^ParentCallSid must be"):
        payload.from_params({"CallSid": LEG, "ParentCallSid": "CA 1"})


def test_an_odd_id_that_we_can_do_without_is_left_out():
    params = {"CallSid": CALL, "AccountSid": "AC/..", "DialCallSid": "'"}
    assert CallStarted.from_params(params).account_id == ""
    assert DialEnded.from_params(params).dial_call_id == ""


def test_nul_bytes_are_removed_and_long_values_cut():
    params = {"MessageSid": "SM1", "Body": "a\0b" + "x" * 9999, "From": "1" * 999}
    text = TextReceived.from_params(params)
    assert text.body.startswith("abx")
    assert len(text.body) == payloads.MAX_BODY
    assert len(text.sender_raw) == payloads.MAX_ADDRESS


@pytest.mark.parametrize("payload", ALL)
@given(
    st.dictionaries(
        st.sampled_from(
            [
                *("From", "To", "CallStatus", "DialCallStatus", "DialBridged"),
                *("ParentCallSid", "CallDuration", "Timestamp", "Digits"),
                *("RecordingUrl", "RecordingSid", "NumMedia", "MediaUrl0", "ErrorCode"),
            ]
        ),
        st.text(max_size=20),
    )
)
def test_whatever_the_fields_hold_the_answer_is_a_payload_or_its_error(payload, params):
    ids = {"CallSid": CALL, "MessageSid": "SM1"}
    try:
        read = payload.from_params(params | ids)
    except PayloadError as error:
        assert str(error).startswith("ParentCallSid")  # noqa: PT017
    else:
        assert "\0" not in repr(vars(read))
