"""`manage.py simulate_call +1CALLER`: place a call on the simulated network."""

import json
import time
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from conversations.gateway.simulator.live_call import LiveCall
from conversations.gateway.simulator.scripts import SCRIPTS, people_for
from conversations.gateway.simulator.switchboard import (
    CannotCallError,
    Setting,
    connect,
    dial_up,
    find_line,
    read_number,
)
from conversations.gateway.simulator.switches import Switches
from conversations.gateway.simulator.wire import loopback, server_answers
from conversations.gateway.simulator.witness import Witness
from conversations.models import PhoneLine

POLL_SECONDS = 0.1


class Command(BaseCommand):
    """Call a line of the running server, by a script, and print what happened."""

    help = "Place a simulated call to the running server and print what happens."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare what the command line may say."""
        parser.add_argument("caller", help="such as +13125550142, or anonymous")
        parser.add_argument("--to", help="the line; without it, the first one")
        parser.add_argument("--outcome", choices=SCRIPTS, default="no-answer")
        parser.add_argument(
            "--duplicate", action="store_true", help="send every webhook twice"
        )
        parser.add_argument(
            "--wait", type=float, default=30, help="seconds to wait for the text"
        )
        parser.add_argument("--json", action="store_true", dest="as_json")

    def handle(self, *args: Any, **options: Any) -> None:
        """Exit code 2 for a call that cannot be placed, 1 for one left unexplained."""
        _check_server()
        try:
            witness, call = self._call(options)
        except CannotCallError as error:
            raise CommandError(str(error), returncode=2) from error
        if call.trouble:
            raise CommandError(_refused(call.trouble), returncode=2)
        explained = _wait_for_the_end(witness, seconds=options["wait"])
        self._sum_up(witness, explained=explained, options=options)
        if not explained:
            raise CommandError(
                _("Nobody handled the call yet. Is `manage.py work` running?"),
                returncode=1,
            )

    def _call(self, options: dict[str, Any]) -> tuple[Witness, LiveCall]:
        line = _line(options["to"])
        people = people_for(options["outcome"], line)
        row = dial_up(read_number(options["caller"]), line)

        def say(seconds: float, sentence: str) -> None:
            if not options["as_json"]:
                self.stdout.write(f"{seconds:6.2f} s  {sentence}")

        witness = Witness(row, say)
        switches = Switches.now()
        if options["duplicate"]:
            switches = replace(switches, duplicate_webhooks=True)
        setting = Setting(persons=people, switches=switches, listener=witness.look)
        return witness, connect(row, setting)

    def _sum_up(
        self, witness: Witness, *, explained: bool, options: dict[str, Any]
    ) -> None:
        if not options["as_json"]:
            self.stdout.write(witness.verdict())
            return
        self.stdout.write(json.dumps(_report(witness, explained=explained)))


def _check_server() -> None:
    if not settings.SIMULATOR:
        raise CommandError(
            _("The simulator is switched off. Set SIMULATOR=1 for server and command."),
            returncode=2,
        )
    if not server_answers():
        message = _(
            "No server answers at %s. Start it with `make run`,"
            " or set PORT to its port."
        )
        raise CommandError(message % loopback(), returncode=2)


def _line(number: str | None) -> PhoneLine:
    if number:
        return find_line(read_number(number))
    line = PhoneLine.objects.select_related("business").order_by("pk").first()
    if line is None:
        raise CannotCallError(_("There is no phone line yet. Use create_business."))
    return line


def _refused(trouble: str) -> str:
    return _(
        "The server did not take the call (%s). It needs the same"
        " SECRET_KEY, SITE_URL and SIMULATOR=1 as this command."
    ) % trouble.rstrip(".")


def _wait_for_the_end(witness: Witness, *, seconds: float) -> bool:
    """True once the product has texted the caller, or said why not."""
    until = time.monotonic() + seconds
    while True:
        witness.look()
        if witness.is_explained():
            return True
        if time.monotonic() > until:
            return False
        time.sleep(POLL_SECONDS)


def _report(witness: Witness, *, explained: bool) -> dict[str, Any]:
    call = witness.call
    episode = call.episode if call else None
    return {
        "call_id": witness.row.call_id,
        "caller": witness.row.caller,
        "line": witness.row.called,
        "status": witness.row.status,
        "outcome": call.outcome if call else "",
        "episode_id": episode.pk if episode else None,
        "episode_state": episode.state if episode else "",
        "reason": episode.reason if episode else "",
        "text": witness.text.body if witness.text else None,
        "text_status": witness.text.status if witness.text else None,
        "text_seconds": witness.text_seconds,
        "explained": explained,
        "told": witness.verdict(),
        "events": witness.moments,
    }
