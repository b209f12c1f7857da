"""Static files that need no collecting, and are cached for ever once collected."""

from django.conf import settings
from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Names with a hash after `collectstatic`; plain names before it."""

    def stored_name(self, name: str) -> str:
        """The name that pages use for a file."""
        if not settings.STATIC_COLLECTED:
            return name
        hashed: str = super().stored_name(name)
        return hashed
