"""Colours that stay readable."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.brand import contrast, ink_on, luminance, safe_color

COLORS = st.integers(0, 0xFFFFFF).map(lambda value: f"#{value:06x}")


@given(COLORS)
def test_text_on_any_colour_reaches_wcag_aa(color):
    assert contrast(luminance(color), luminance(ink_on(color))) >= 4.5


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        ("#000000", "#ffffff", 21),
        ("#777777", "#ffffff", 4.48),
        ("#abcdef", "#abcdef", 1),
    ],
)
def test_contrast_is_what_wcag_says(one, other, ratio):
    assert contrast(luminance(one), luminance(other)) == pytest.approx(ratio, abs=0.01)


@pytest.mark.parametrize("color", ["", "red", "#fff", "}</styl", "#12345g", "#1234567"])
def test_what_is_no_colour_becomes_the_default(color):
    assert safe_color(color) == "#0f766e"


def test_a_colour_is_kept_as_it_is():
    assert safe_color("#B4420F") == "#B4420F"
