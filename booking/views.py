"""Pages that a client opens from a text. Whoever has the address may use them.

The address is the key: no session, no cookie, and so nothing that another site could
misuse (which is why the forms carry no CSRF token).
"""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from booking.brand import ink_on, safe_color
from booking.call_times import call_times
from booking.callbacks import (
    Request,
    TooOftenError,
    ask_for_call_back,
    mark_opened,
    open_request,
)
from booking.forms import OTHER, CallBackForm
from booking.links import open_link
from booking.models import BookingLink
from crm.hours import HoursState, when_open_words
from crm.phones import format_for_people

Page = Callable[[HttpRequest, BookingLink], HttpResponse]


def for_link_holders(page: Page) -> Callable[[HttpRequest, str], HttpResponse]:
    """Find the link, speak its language, and keep the page private.

    A made-up address gets 404, an old one 410; both say what to do next.
    """

    @wraps(page)
    def answer(request: HttpRequest, token: str) -> HttpResponse:
        link = open_link(token)
        if link is None:
            response = render(request, "booking/unknown.html", status=404)
        else:
            with translation.override(language_of(link)):
                expired = link.expires_at <= timezone.now()
                response = _expired(request, link) if expired else page(request, link)
        # The address must not reach caches, search engines, or the next site.
        response["Cache-Control"] = "no-store"
        response["X-Robots-Tag"] = "noindex, nofollow"
        response["Referrer-Policy"] = "no-referrer"
        return response

    return csrf_exempt(answer)


def language_of(link: BookingLink) -> str:
    """The client's language when we know it, else the business's."""
    known = link.lead.language or link.business.language
    return "es" if known.lower().startswith("es") else "en"


@require_http_methods(["GET", "HEAD", "POST"])
@for_link_holders
def personal_page(request: HttpRequest, link: BookingLink) -> HttpResponse:
    """Ask to be called back. Looking at it changes nothing."""
    now = timezone.now()
    data = request.POST if request.method == "POST" else None
    form = _form(link, now=now, data=data)
    if data is None:
        return _show(request, link, form=form)
    if not form.is_valid():
        return _show(request, link, form=form, status=422)
    try:
        ask_for_call_back(link, _asked(form, link), now=now)
    except TooOftenError:
        return _show(request, link, form=form, status=429, too_often=True)
    return HttpResponseRedirect(_address("booking-thanks", request), status=303)


@require_safe
@for_link_holders
def thanks(request: HttpRequest, link: BookingLink) -> HttpResponse:
    """Who calls, and when."""
    task = open_request(link)
    if task is None:
        return HttpResponseRedirect(_address("booking-link", request), status=303)
    return render(
        request,
        "booking/thanks.html",
        {
            **_brand(link),
            "task": task,
            "when": _when(link, task.preferred_time),
            "page_url": _address("booking-link", request),
        },
    )


@require_POST
@for_link_holders
def opened(request: HttpRequest, link: BookingLink) -> HttpResponse:
    """The page tells that somebody touched it."""
    mark_opened(link, now=timezone.now())
    return HttpResponse(status=204)


def _expired(request: HttpRequest, link: BookingLink) -> HttpResponse:
    return render(request, "booking/expired.html", _brand(link), status=410)


def _show(
    request: HttpRequest,
    link: BookingLink,
    *,
    form: CallBackForm,
    status: int = 200,
    too_often: bool = False,
) -> HttpResponse:
    context = {
        **_brand(link),
        "form": form,
        "too_often": too_often,
        "task": open_request(link),
        "opened_url": _address("booking-opened", request),
    }
    return render(request, "booking/call_me_back.html", context, status=status)


def _form(link: BookingLink, *, now: datetime, data: Any) -> CallBackForm:
    business = link.business
    today = now.astimezone(business.zone).date()
    times = call_times(business.schedule, now)
    return CallBackForm(
        data,
        region=business.country,
        times=[(time, time.words(today)) for time in times],
        initial={
            "name": link.lead.name,
            "phone": format_for_people(link.lead.phone, region=business.country),
        },
    )


def _asked(form: CallBackForm, link: BookingLink) -> Request:
    """The form as the desk reads it, in the business's language."""
    answers = form.cleaned_data
    with translation.override(link.business.language):
        chosen = form.call_time.dated_words() if form.call_time else ""
    return Request(
        name=answers["name"],
        phone=answers["phone"],
        preferred_time=answers["other"] if answers["preferred"] == OTHER else chosen,
        note=answers["note"],
    )


def _when(link: BookingLink, preferred_time: str) -> str:
    """When the client can expect the call, as a sentence."""
    if preferred_time:
        return _("We have noted your time: %(time)s.") % {"time": preferred_time}
    now, business = timezone.now(), link.business
    if business.hours_state(now) == HoursState.OPEN:
        return _("We are open now and will call you as soon as we can.")
    opening = business.next_opening(now)
    if opening is None:
        return _("We will call you as soon as we can.")
    words = when_open_words(opening, now, business.zone, language_of(link))
    return _("We are closed now and open %(when)s. We will call you then.") % {
        "when": words
    }


def _brand(link: BookingLink) -> dict[str, Any]:
    business = link.business
    color = safe_color(business.color)
    return {
        "business": business,
        "color": color,
        "ink": ink_on(color),
        "phone": business.phone,
        "phone_words": format_for_people(business.phone, region=business.country),
    }


def _address(name: str, request: HttpRequest) -> str:
    assert request.resolver_match is not None  # noqa: S101 - we are inside a view
    return reverse(name, args=[request.resolver_match.kwargs["token"]])
