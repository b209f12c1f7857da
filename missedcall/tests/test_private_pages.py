"""Strangers' pages: strict headers, and no private address in a log."""

import logging

import pytest
from django.conf import settings as real
from django.http import HttpResponse
from django.test import RequestFactory

from missedcall.logs import HidePrivateAddresses
from missedcall.middleware import content_security_policy


def header(path, answer=None):
    page = content_security_policy(lambda request: answer or HttpResponse())
    return page(RequestFactory().get(path)).headers.get("Content-Security-Policy")


@pytest.mark.parametrize("path", ["/b/token/", "/simulator/"])
def test_pages_for_strangers_run_only_our_own_files(path):
    policy = header(path)

    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy


def test_the_admin_is_left_to_its_toolkit():
    assert header("/admin/") is None


def test_a_page_may_bring_its_own_policy():
    answer = HttpResponse(headers={"Content-Security-Policy": "default-src 'self'"})

    assert header("/b/token/", answer) == "default-src 'self'"


@pytest.mark.parametrize(
    ("message", "arguments", "written"),
    [
        ("Gone: %s", ("/b/secret-1/",), "Gone: /b/.../"),
        ("Too Many: %s", ("/b/secret-1/thanks/",), "Too Many: /b/.../thanks/"),
        ("Open https://a.example/b/secret-1", (), "Open https://a.example/b/..."),
        ("Not Found: %s", ("/admin/b",), "Not Found: /admin/b"),
        ("no arguments 100%", (), "no arguments 100%"),
    ],
)
def test_a_private_address_is_never_written_down(message, arguments, written):
    record = logging.LogRecord("x", logging.INFO, "x", 1, message, arguments, None)

    assert HidePrivateAddresses().filter(record)
    assert record.getMessage() == written


def test_every_handler_hides_private_addresses():
    handlers = real.LOGGING["handlers"].values()

    assert all("private" in handler["filters"] for handler in handlers)
