"""Reading the instructions that the product answers a webhook with.

https://www.twilio.com/docs/voice/twiml. Not with a tree builder: entities and document
types are refused, so that a document cannot grow or reach out.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

# Twilio's limit for an answer (error 11750).
MAX_BYTES = 64_000


class TwimlError(ValueError):
    """The answer is no TwiML; says why."""


@dataclass
class Verb:
    """One instruction: `name` such as Say or Dial, with what is inside it."""

    name: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    text: str = ""
    children: list["Verb"] = field(default_factory=list)

    def get(self, name: str, default: str = "") -> str:
        """An attribute as it is written."""
        return self.attributes.get(name, default)

    def seconds(self, name: str, default: float) -> float:
        """An attribute as a number of seconds; what is no number is the default."""
        try:
            return max(0.0, float(self.attributes.get(name, default)))
        except ValueError:
            return default

    def is_on(self, name: str) -> bool:
        """An attribute that says true."""
        return self.get(name).strip().lower() == "true"


def read_twiml(document: bytes) -> list[Verb]:
    """The verbs of a document in their order. Raises TwimlError."""
    if len(document) > MAX_BYTES:
        raise TwimlError(f"The answer is longer than {MAX_BYTES} bytes.")
    builder = _Builder()
    try:
        builder.parser.Parse(document, True)
    except expat.ExpatError as error:
        raise TwimlError(f"The answer is no XML: {error}.") from error
    root = builder.root
    if root is None or root.name != "Response":
        raise TwimlError("The answer does not begin with <Response>.")
    return root.children


class _Builder:
    """Collects verbs while the parser runs."""

    def __init__(self) -> None:
        self.root: Verb | None = None
        self._open: list[Verb] = []
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = self._refuse
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._characters

    def _refuse(self, *declaration: object) -> None:
        raise TwimlError("The answer declares a document type.")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        verb = Verb(name, attributes)
        if self._open:
            self._open[-1].children.append(verb)
        else:
            self.root = verb
        self._open.append(verb)

    def _end(self, name: str) -> None:
        verb = self._open.pop()
        verb.text = verb.text.strip()

    def _characters(self, text: str) -> None:
        self._open[-1].text += text
