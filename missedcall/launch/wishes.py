"""Who wins: what the environment or `.env` sets, then what `make run` would choose."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from missedcall.launch.trouble import LaunchError

DEFAULT_PORT = 8000
# Only this machine: the demo's passwords are printed in the README.
DEFAULT_BIND = "127.0.0.1"
_EVERYWHERE = frozenset({"0.0.0.0", "::", "[::]"})  # noqa: S104 - asked for by name
_LINE = re.compile(r"\s*(?:export\s+)?([A-Za-z_]\w*)\s*=\s*(.*?)\s*")


@dataclass(frozen=True)
class Wishes:
    """Where to listen, and what our processes find in their environment."""

    port: int
    bind: str
    web_processes: int
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def simulator(self) -> bool:
        """Whether the embedded carrier is switched on."""
        return self.environment.get("SIMULATOR", "").lower() in {
            "1",
            "true",
            "yes",
            "on",
        }

    @property
    def addresses(self) -> list[str]:
        """What the web server binds to.

        Our own processes use 127.0.0.1, so it is always among them.
        """
        shown = f"[{self.bind}]" if ":" in self.bind.strip("[]") else self.bind
        here = f"{DEFAULT_BIND}:{self.port}"
        named = f"{shown}:{self.port}"
        own = {here, f"localhost:{self.port}"}
        return [here] if named in own else self._with(named, here)

    def _with(self, named: str, here: str) -> list[str]:
        return [named] if self.bind in _EVERYWHERE else [named, here]


def read_env_file(path: Path) -> dict[str, str]:
    """The settings in a `.env` file: KEY=value lines; empty when there is no file.

    Raises LaunchError for a file that cannot be read.
    """
    try:
        text = path.read_text() if path.exists() else ""
    except (OSError, UnicodeDecodeError) as error:
        raise LaunchError(f"{path} cannot be read: {error}.") from error
    found = (_LINE.fullmatch(line) for line in text.splitlines())
    return {line[1]: _unquoted(line[2]) for line in found if line}


def _unquoted(value: str) -> str:
    quote = value[:1]
    if quote in {"'", '"'} and (end := value.find(quote, 1)) > 0:
        return value[1:end]
    return re.split(r"\s+#", value, maxsplit=1)[0]


def settle(environ: Mapping[str, str], file: Mapping[str, str]) -> Wishes:
    """Decide from the environment and the `.env` file; a blank value counts as unset.

    The simulator is switched on only when neither SIMULATOR nor TWILIO_ACCOUNT_SID is
    set. Raises LaunchError for a port or a number of processes that is none.
    """
    set_somewhere = {**_filled(file), **_filled(environ)}
    chosen = {"PORT": set_somewhere.get("PORT", str(DEFAULT_PORT))}
    if not {"SIMULATOR", "TWILIO_ACCOUNT_SID"} & set_somewhere.keys():
        chosen["SIMULATOR"] = "1"
    return Wishes(
        port=_number("PORT", chosen["PORT"], least=1, most=65535),
        bind=set_somewhere.get("BIND", DEFAULT_BIND),
        web_processes=_number(
            "WEB_CONCURRENCY",
            set_somewhere.get("WEB_CONCURRENCY", "2"),
            least=1,
            most=64,
        ),
        environment={**set_somewhere, **chosen},
    )


def _filled(values: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in values.items() if value.strip()}


def _number(name: str, value: str, *, least: int, most: int) -> int:
    # int() alone would also take "1_0" and digits of other scripts.
    if value.isascii() and value.isdecimal() and least <= int(value) <= most:
        return int(value)
    raise LaunchError(f"{name} is {value!r}; give a number from {least} to {most}.")
