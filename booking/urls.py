"""What a client's phone opens."""

from django.urls import path

from booking import views

urlpatterns = [
    path("<str:token>/", views.personal_page, name="booking-link"),
    path("<str:token>/thanks/", views.thanks, name="booking-thanks"),
    path("<str:token>/opened/", views.opened, name="booking-opened"),
]
