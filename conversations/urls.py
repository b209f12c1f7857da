"""Addresses that carriers call. Fixed: they are typed into the carrier's console."""

from django.urls import path

from conversations import webhooks

urlpatterns = [
    path("voice/", webhooks.call_started, name="twilio-voice"),
    path("voice/ended/", webhooks.call_ended, name="twilio-voice-ended"),
    path("voice/status/", webhooks.call_status, name="twilio-voice-status"),
    path("voice/screen/", webhooks.screen, name="twilio-voice-screen"),
    path("voice/accept/", webhooks.accept, name="twilio-voice-accept"),
    path("voice/voicemail/", webhooks.voicemail, name="twilio-voice-voicemail"),
    path("voice/recording/", webhooks.recording, name="twilio-voice-recording"),
    path("voice/transcript/", webhooks.transcript, name="twilio-voice-transcript"),
    path("sms/", webhooks.message_received, name="twilio-sms"),
    path("sms/status/", webhooks.message_status, name="twilio-sms-status"),
]
