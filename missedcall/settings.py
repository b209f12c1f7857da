"""Settings that run with nothing set; the environment or `.env` overrides them."""

import hashlib
import secrets
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from missedcall.databases import database

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
environ.Env.read_env(BASE_DIR / ".env")

DATA_DIR = Path(env.str("DATA_DIR", default=str(BASE_DIR / "data")))


def _installation_secret() -> str:
    """A key made once per installation, so that a first start needs no setting.

    Several processes may start at once: the first to create the file wins.
    """
    path = DATA_DIR / "secret_key"
    DATA_DIR.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("x") as file:
            path.chmod(0o600)
            file.write(secrets.token_urlsafe(50))
    except FileExistsError:
        pass
    return path.read_text()


def _number(name: str, default: int) -> int:
    """A whole number of the environment; a blank one means the default."""
    text = env.str(name, default="").strip()
    if text and not text.isdecimal():
        raise ImproperlyConfigured(f"{name} is {text!r}. Write a whole number.")
    return int(text or default)


DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="") or _installation_secret()

PORT = _number("PORT", 8000)
# Where the world reaches us: links in texts and the URLs that carriers sign start
# with it. Without it only this machine can, under either of its two names.
SITE_URL = env.str("SITE_URL", default="").rstrip("/") or f"http://localhost:{PORT}"
SITE_URL_ALIASES = (
    [] if env.str("SITE_URL", default="") else [f"http://127.0.0.1:{PORT}"]
)
_site = urlsplit(SITE_URL)
if _site.scheme not in ("http", "https") or not _site.hostname:
    raise ImproperlyConfigured(
        f"SITE_URL is {SITE_URL!r}. Write it with its scheme, for example"
        " https://text.example.com"
    )

ALLOWED_HOSTS = env.list(
    "ALLOWED_HOSTS", default=[_site.hostname, "localhost", "127.0.0.1", "[::1]"]
)
CSRF_TRUSTED_ORIGINS = [f"{_site.scheme}://{_site.netloc}"]

INSTALLED_APPS = [
    "missedcall.apps.MissedCallConfig",
    "conversations.apps.ConversationsConfig",
    "booking.apps.BookingConfig",
    "crm.apps.CrmConfig",
    "unfold.apps.BasicAppConfig",
    "missedcall.apps.MissedCallAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "phonenumber_field",
    "rest_framework",
    "django_q",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "missedcall.middleware.content_security_policy",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

ROOT_URLCONF = "missedcall.urls"
WSGI_APPLICATION = "missedcall.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# --- Database -----------------------------------------------------------------------
DATABASES = {"default": database(env, folder=DATA_DIR)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- The work behind the web --------------------------------------------------------
REDIS_URL = env.str("REDIS_URL", default="")
WORKERS = _number("WORKERS", 8)

Q_CLUSTER = {
    "name": "missedcall",
    # The models' own alias: a task and the rows it is about commit together.
    "orm": "default",
    "broker_class": "conversations.background.broker.WakefulBroker",
    "workers": WORKERS,
    # What a crash strands in memory is at most one task per worker.
    "queue_limit": WORKERS,
    "bulk": 1,
    # Longer than the carrier's time-outs, so that a send is never cut in half.
    "timeout": 30,
    "retry": 60,
    "max_attempts": 5,
    "ack_failures": False,
    "save_limit": -1,
    # Idle probes count as tasks, too.
    "recycle": 5000,
    "max_rss": 250_000,
    "catch_up": False,
    "scheduler": False,
    "label": "Queue",
}

# Called by web and workers as they start, so that no caller waits for imports.
WARM_UP = "conversations.warmup.warm"

# --- Memory -------------------------------------------------------------------------
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
    # What every webhook reads and hardly ever changes, see conversations.line_book.
    "moments": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "moments",
    },
}

# --- Carrier ------------------------------------------------------------------------
TWILIO_ACCOUNT_SID = env.str("TWILIO_ACCOUNT_SID", default="")
# Several tokens, separated by commas, while a token is being rotated: the first
# signs our requests, any of them may have signed a webhook.
TWILIO_AUTH_TOKENS = [
    token.strip()
    for token in env.str("TWILIO_AUTH_TOKEN", default="").split(",")
    if token.strip()
]
TWILIO_API_BASE_URL = env.str("TWILIO_API_BASE_URL", default="").rstrip("/")
SIMULATOR = env.bool("SIMULATOR", default=False)
CARRIER = "twilio" if TWILIO_ACCOUNT_SID and not SIMULATOR else "simulator"
# The embedded carrier signs like a real one, with a key that nobody outside knows.
SIMULATOR_TOKEN = hashlib.sha256(f"simulator:{SECRET_KEY}".encode()).hexdigest()
SIMULATOR_API_BASE_URL = env.str(
    "SIMULATOR_API_BASE_URL", default=f"http://127.0.0.1:{PORT}/simulator/carrier"
)

# How long a text-back may wait at the carrier (seconds, Twilio `ValidityPeriod`).
TEXT_VALIDITY_SECONDS = 1800
# A claimed text without an answer is looked up at the carrier after this many
# seconds, and sent again only when it is missing twice.
OUTBOX_SETTLE_SECONDS = _number("OUTBOX_SETTLE_SECONDS", 15)

# --- People -------------------------------------------------------------------------
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
ACCOUNT_ADAPTER = "missedcall.accounts.StaffAccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email", "username"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
LOGIN_URL = reverse_lazy("account_login")
LOGIN_REDIRECT_URL = reverse_lazy("admin:index")
EMAIL_CONFIG = env.email_url("EMAIL_URL", default="consolemail://")
vars().update(EMAIL_CONFIG)
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default=f"desk@{_site.hostname}")

# --- Languages and time -------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("es", _("Spanish"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True
PHONENUMBER_DEFAULT_REGION = "US"

# --- Files --------------------------------------------------------------------------
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = BASE_DIR / "staticfiles"
# Until `collectstatic` has run, files are served from where they are written.
STATIC_COLLECTED = not DEBUG and (STATIC_ROOT / "staticfiles.json").exists()
WHITENOISE_USE_FINDERS = not STATIC_COLLECTED
if not STATIC_COLLECTED:
    # A read-only installation without collected files works as well.
    with suppress(OSError):
        STATIC_ROOT.mkdir(exist_ok=True)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "missedcall.storage.StaticStorage"},
}

# --- Security -----------------------------------------------------------------------
_https = _site.scheme == "https"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _https else None
# Redirecting is the proxy's work: it sees what the client really used.
SECURE_SSL_REDIRECT = False
SILENCED_SYSTEM_CHECKS = ["security.W008"]
SESSION_COOKIE_SECURE = _https
CSRF_COOKIE_SECURE = _https
SECURE_HSTS_SECONDS = 31_536_000 if _https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = _https
SECURE_HSTS_PRELOAD = _https
X_FRAME_OPTIONS = "DENY"
# The largest webhook is a text of 1,600 characters with ten pictures: a few kilobytes.
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000

REST_FRAMEWORK = {
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}
    },
    "filters": {"private": {"()": "missedcall.logs.HidePrivateAddresses"}},
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "line",
            "filters": ["private"],
        }
    },
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {"django-q": {"level": "WARNING"}},
}

from missedcall.unfold_settings import UNFOLD  # noqa: E402,F401
