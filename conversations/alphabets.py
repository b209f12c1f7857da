"""The characters a text is paid for by: the GSM alphabet and its look-alikes.

Sources: 3GPP TS 23.038 section 6.2.1 (the default alphabet and its extension table);
Twilio's page "Smart Encoding Character List" for the look-alikes.
"""

GSM_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ"
    " !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""Characters of one septet."""

GSM_EXTENDED = frozenset("\f^{}\\[~]|€")
"""Characters of two septets: an escape and the character."""

# Written as code points because most of these cannot be told apart, or seen, on screen.
_LOOK_ALIKES = {
    "": "0000 0003 0004 0010-0014 0017 0019 200B 200C 2060 FEFF",
    " ": "2001 2028 2029",
    "  ": "0080 008D 0090 009B 009F 00A0 2000 2002-200A 202F 205F 3000",
    "       ": "0009",
    "!": "01C3 FE15 FE57",
    "!!": "203C",
    '"': "00AB 00BB 02BA 02EE 201C-201F 275D 275E 301D 301E",
    "#": "FE5F",
    "$": "FE69",
    "%": "FE6A",
    "&": "FE60",
    "'": "0060 00B4 02B9 02BB-02BD 02C8 02CA 02CB 0313 0314 2018 2019 201B 275B 275C"
    " FE10 FE11",
    "(": "2768 276A 27EE 2985 FE59",
    ")": "2769 276B 27EF 2986 FE5A",
    "*": "204E 2217 229B 2722-2725 2731-2733 273A-273D 2743 2749-274B 29C6 FE61",
    "+": "02D6 FE62",
    ",": "0326 201A 3001 FE50 FE51 FF64",
    "-": "2010 2013-2015 2022 2043 23BC 23BD FE63",
    ".": "3002 FE52 FF61",
    "...": "2026",
    "/": "00F7 0337 0338 2044 2215 29F8",
    "1/2": "00BD",
    "1/4": "00BC",
    "3/4": "00BE",
    ":": "02D0 02F8 2982 A789 FE13",
    ";": "204F FE14 FE54",
    "<": "2039 FE64",
    "=": "0347 A78A FE66",
    ">": "203A FE65",
    "?": "FE16 FE56",
    "@": "FE6B",
    "A": "1D00",
    "B": "0299",
    "C": "1D04",
    "D": "1D05",
    "E": "1D07",
    "F": "A730",
    "G": "0262",
    "H": "029C",
    "I": "026A",
    "J": "1D0A",
    "K": "1D0B",
    "L": "029F",
    "M": "1D0D",
    "N": "0274",
    "O": "1D0F",
    "P": "1D18",
    "R": "0280",
    "S": "A731",
    "T": "1D1B",
    "U": "1D1C",
    "V": "1D20",
    "W": "1D21",
    "Y": "028F",
    "Z": "1D22",
    "\\": "20E5 29F5 29F9 FE68",
    "^": "02C6 0302 1DCD",
    "_": "0332 2017",
    "{": "2774 FE5B",
    "|": "20D2 20D3 2223 239C 239F 23B8 23B9 23D0",
    "}": "2775 FE5C",
    "~": "02DC 02F7 0303 0330 0334 223C",
}

# Full-width forms sit at a fixed distance from ASCII. Twilio replaces the capitals,
# digits and signs, but neither the small letters nor the grave accent.
_FULL_WIDTH = (range(0xFF01, 0xFF40), range(0xFF5B, 0xFF5F))
_FULL_WIDTH_DISTANCE = 0xFEE0


def code_points(ranges: str) -> list[range]:
    """Read `"0041 0061-007A"` (hexadecimal, ends included) as ranges of code points."""
    pairs = (part.partition("-") for part in ranges.split())
    return [range(int(a, 16), int(b or a, 16) + 1) for a, _, b in pairs]


SMART: dict[int, str] = {
    code: plain
    for plain, ranges in _LOOK_ALIKES.items()
    for block in code_points(ranges)
    for code in block
} | {code: chr(code - _FULL_WIDTH_DISTANCE) for block in _FULL_WIDTH for code in block}
"""What smart encoding writes instead of a character; ready for `str.translate`."""
