"""A business's colour, made readable."""

import re

DEFAULT_COLOR = "#0f766e"
_HEX = re.compile(r"#[0-9a-f]{6}", re.IGNORECASE)
_DARK_INK = "#000000"
_LIGHT_INK = "#ffffff"


def safe_color(color: str) -> str:
    """`color` when it is #rrggbb, else the default: it is written into a style."""
    return color if _HEX.fullmatch(color) else DEFAULT_COLOR


def ink_on(color: str) -> str:
    """Black or white, whichever reads better on `color` (#rrggbb).

    The better one of the two always reaches WCAG's 4.5:1 for text.
    """
    background = luminance(color)
    light = contrast(luminance(_LIGHT_INK), background)
    dark = contrast(luminance(_DARK_INK), background)
    return _LIGHT_INK if light >= dark else _DARK_INK


def luminance(color: str) -> float:
    """Relative luminance, 0 to 1 (WCAG 2.2, "relative luminance")."""
    red, green, blue = (
        _linear(int(color[place : place + 2], 16) / 255) for place in (1, 3, 5)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


def contrast(one: float, other: float) -> float:
    """Contrast of two luminances, 1 to 21 (WCAG 2.2, "contrast ratio")."""
    lighter, darker = max(one, other), min(one, other)
    return (lighter + 0.05) / (darker + 0.05)
