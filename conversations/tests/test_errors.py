import pickle

import pytest
from django.utils import translation

from conversations.gateway import errors
from conversations.gateway.base import CarrierError, Trouble, trouble_for
from conversations.gateway.errors import explain


@pytest.mark.parametrize(
    ("code", "trouble"),
    [
        *((code, Trouble.TRANSIENT) for code in ("429", "20429", "21611", "30001")),
        *((code, Trouble.TRANSIENT) for code in ("30017", "30022", "30023", "30027")),
        *((code, Trouble.UNKNOWN) for code in ("500", "502", "503", "307", "30410")),
        *((code, Trouble.UNKNOWN) for code in ("20500", "20503", "timeout", "dropped")),
        ("21610", Trouble.OPTED_OUT),
        *((code, Trouble.NOT_TEXTABLE) for code in ("21614", "30006")),
        *((code, Trouble.INVALID_NUMBER) for code in ("21211", "30005")),
        ("21408", Trouble.REGION),
        *((code, Trouble.SENDER) for code in ("21212", "21606", "21603", "21704")),
        *((code, Trouble.SENDER) for code in ("21705", "30032", "30034", "30035")),
        *((code, Trouble.ACCOUNT) for code in ("20003", "401", "20005", "30002")),
        ("21608", Trouble.ACCOUNT),
        *((code, Trouble.CONTENT) for code in ("21602", "21617", "21619", "30007")),
        *((code, Trouble.BLOCKED) for code in ("30004", "30450", "30610", "30640")),
        ("30036", Trouble.EXPIRED),
        *((code, Trouble.UNREACHABLE) for code in ("30003", "30008")),
        *((code, Trouble.OTHER) for code in ("", "99999", "400", "teapot", "³03")),
    ],
)
def test_every_code_we_know_has_its_trouble(code, trouble):
    assert trouble_for(code) is trouble


def test_no_code_is_listed_twice():
    listed = [code for codes in errors._CODES.values() for code in codes]
    assert len(listed) == len(set(listed))


@pytest.mark.parametrize("trouble", list(Trouble))
def test_only_what_may_be_tried_or_looked_up_is_not_permanent(trouble):
    error = CarrierError(code="1", trouble=trouble)
    assert error.permanent == (trouble not in ("transient", "unknown"))
    assert error.outcome_unknown == (trouble == "unknown")


def test_without_a_trouble_the_code_decides():
    assert CarrierError(code="21610").trouble is Trouble.OPTED_OUT
    assert CarrierError().trouble is Trouble.OTHER


def test_an_error_survives_the_way_to_another_process():
    error = CarrierError("HTTP 429", code="20429", retry_after=2.0)
    copy = pickle.loads(pickle.dumps(error))
    assert vars(copy) == vars(error)
    assert str(copy) == "HTTP 429"


@pytest.mark.parametrize("trouble", list(Trouble))
def test_every_trouble_has_a_sentence(trouble):
    assert str(errors._IN_GENERAL[trouble]).endswith(".")


def test_a_landline_is_explained_in_one_sentence():
    assert explain("30006") == "This number cannot get texts (it is a landline)."


def test_a_sentence_of_its_own_wins_over_the_general_one():
    assert explain("30034") != explain("21606")


def test_an_unknown_code_is_named_so_that_it_can_be_looked_up():
    assert explain("99999") == "The carrier refused this text (code 99999)."
    assert explain("") == "The carrier refused this text."


def test_a_sentence_is_plain_text_in_the_active_language():
    with translation.override("es"):
        assert type(explain("21610")) is str
