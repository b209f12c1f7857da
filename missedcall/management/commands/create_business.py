"""Make a business with its line, default words and hours."""

import json
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email
from django.db import transaction

from conversations.lines import LineError, open_line, write_default_templates
from conversations.models import PhoneLine
from crm.businesses import BusinessError, add_member, create_business
from crm.models import Business, Membership


class Command(BaseCommand):
    """``create_business NAME --timezone TZ --number +1... --plan forwarded|ring``."""

    help = "Make a business with its phone line, default texts and opening hours."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare what the command line may say."""
        parser.add_argument("name")
        parser.add_argument("--timezone", required=True)
        parser.add_argument("--number", required=True)
        parser.add_argument("--plan", choices=PhoneLine.Plan.values, required=True)
        parser.add_argument("--ring", nargs="*", action="extend", default=[])
        parser.add_argument("--source", default="Phone")
        parser.add_argument("--owner-email")
        parser.add_argument("--trade", choices=Business.Trade.values, default="general")
        parser.add_argument("--hours", default="", help='"mon-fri 8:00-18:00, sat ..."')
        parser.add_argument("--json", action="store_true", dest="as_json")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write everything or nothing; one sentence and exit code 2 on a mistake."""
        try:
            with transaction.atomic():
                result = _make(options)
        except (BusinessError, LineError) as error:
            raise CommandError(str(error), returncode=2) from error
        if options["as_json"]:
            self.stdout.write(json.dumps(result))
        else:
            self.stdout.write(f"{options['name']} answers {result['number']}.")
            if result["owner_email"]:
                self.stdout.write(
                    "Give the owner a password:"
                    f" manage.py changepassword {result['owner_email']}"
                )


def _make(options: dict[str, Any]) -> dict[str, Any]:
    email = _email(options["owner_email"])
    business, source = create_business(
        name=options["name"],
        timezone=options["timezone"],
        source=options["source"],
        hours=options["hours"],
        trade=options["trade"],
    )
    line = open_line(
        business,
        number=options["number"],
        source=source,
        plan=options["plan"],
        ring=options["ring"],
    )
    write_default_templates(business)
    owner = None
    if email:
        owner = add_member(business, email=email, role=Membership.Role.OWNER)
    return {
        "business_id": business.pk,
        "slug": business.slug,
        "name": business.name,
        "timezone": business.timezone,
        "line_id": line.pk,
        "number": line.number,
        "plan": line.plan,
        "source_id": source.pk,
        "source": source.name,
        "owner_id": owner.pk if owner else None,
        "owner_email": owner.email if owner else None,
    }


def _email(address: str | None) -> str | None:
    if not address:
        return None
    try:
        validate_email(address)
    except ValidationError as error:
        raise BusinessError(f"“{address}” is no e-mail address.") from error
    return address
