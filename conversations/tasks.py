"""What a worker does: each task knows an id and reads the truth from the database."""

from django.utils import timezone

from conversations import answering, outbox, reconcile, stale_calls


def answer(episode_id: int) -> None:
    """Decide about a missed call and send the text, if there is one."""
    message = answering.answer_episode(episode_id, now=timezone.now())
    if message is not None:
        outbox.send_now(message, now=timezone.now())


def deliver(message_id: int) -> None:
    """Send a text that waits."""
    outbox.deliver(message_id)


def look_up(message_id: int) -> None:
    """Ask the carrier about a text that was claimed and never confirmed."""
    reconcile.look_up(message_id, now=timezone.now())


def ask_for_receipt(message_id: int) -> None:
    """Ask the carrier about a text whose final receipt never came."""
    reconcile.ask_for_receipt(message_id, now=timezone.now())


def close_call(call_id: int) -> None:
    """Ask the carrier about a call whose final report never came."""
    stale_calls.close(call_id, now=timezone.now())
