"""The URL map."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from missedcall import health

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index"), name="home"),
    path("admin/", admin.site.urls),
    path("accounts/", include("allauth.urls")),
    path("b/", include("booking.urls")),
    path("webhooks/twilio/", include("conversations.urls")),
    path("simulator/", include("conversations.gateway.simulator.urls")),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
]
