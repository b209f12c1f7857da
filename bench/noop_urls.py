"""The project's addresses and ``/noop/``."""

from django.urls import include, path

from bench.naive import noop

urlpatterns = [path("noop/", noop), path("", include("missedcall.urls"))]
