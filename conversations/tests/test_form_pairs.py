import pytest

from conversations.gateway.signatures import FORM, form_pairs


def test_form_fields_keep_order_repeats_and_blanks():
    body = b"b=2&a=%2B1+512&b=&c&=x&&d=1=2&%C3%A9=%F0%9F%98%80"
    assert form_pairs(body, "application/x-www-form-urlencoded; charset=UTF-8") == [
        ("b", "2"),
        ("a", "+1 512"),
        ("b", ""),
        ("c", ""),
        ("", "x"),
        ("d", "1=2"),
        ("é", "😀"),
    ]


def test_an_empty_form_has_no_fields():
    assert form_pairs(b"", FORM.upper()) == []


@pytest.mark.parametrize(
    "kind", ["", "application/json", "text/plain", "multipart/form-data; boundary=x"]
)
def test_other_content_types_are_no_form(kind):
    assert form_pairs(b"a=1", kind) is None


def test_a_form_of_too_many_fields_is_not_read():
    assert len(form_pairs(b"&".join([b"a=1"] * 1000), FORM)) == 1000
    assert form_pairs(b"&".join([b"a=1"] * 1001), FORM) is None
