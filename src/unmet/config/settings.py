"""One settings file. Every UNMET_* variable stands in docs/settings.md; a test compares the two."""

import os
import secrets
import sqlite3
from pathlib import Path
from urllib.parse import unquote, urlsplit

from csp.constants import NONE, SELF

from unmet.config import coalition_files, logs

PACKAGE = Path(__file__).resolve().parent.parent


def _flag(name: str, *, default: bool = False) -> bool:
    return os.environ.get(name, "1" if default else "0").lower() in {"1", "true", "yes", "on"}


# ── where things are kept ────────────────────────────────────────────────────
UNMET_DATA = Path(os.environ.get("UNMET_DATA", "data")).resolve()
UNMET_DATA.mkdir(parents=True, exist_ok=True)
UNMET_MAP_FILE = os.environ.get("UNMET_MAP_FILE", "")
# A folder beside the data says which coalition is served; without it, the one whose members are shipped.
_COALITION = coalition_files.standing(UNMET_DATA)
UNMET_COALITION = os.environ.get("UNMET_COALITION", "")
UNMET_COALITION_NAMES = dict(_COALITION.names) if _COALITION else {}
UNMET_CONTACT = os.environ.get("UNMET_CONTACT", "")


def _secret_key() -> str:
    """The key from the environment, or one made on the first start and kept beside the data, readable by us only."""
    if from_environment := os.environ.get("UNMET_SECRET_KEY"):
        return from_environment
    path = UNMET_DATA / "secret_key"
    try:
        # O_EXCL: two processes that start together must not end up with two keys.
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii").strip()
    key = secrets.token_urlsafe(48)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(key)
    return key


SECRET_KEY = _secret_key()
DEBUG = _flag("UNMET_DEBUG")
UNMET_PORT = int(os.environ.get("UNMET_PORT", "8000"))
ALLOWED_HOSTS = [host for host in os.environ.get("UNMET_HOSTS", "localhost,127.0.0.1,[::1]").split(",") if host]
CSRF_TRUSTED_ORIGINS = [origin for origin in os.environ.get("UNMET_ORIGINS", "").split(",") if origin]
UNMET_HTTPS = _flag("UNMET_HTTPS")
# Where links in letters lead.
_HERE = next(iter(CSRF_TRUSTED_ORIGINS), f"http://localhost:{UNMET_PORT}")
UNMET_SITE = (os.environ.get("UNMET_SITE") or _HERE).rstrip("/")

# ── the house, from the ground up ────────────────────────────────────────────
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "csp",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.mfa",
    "unmet.jobs",
    "unmet.audit",
    "unmet.files",
    "unmet.parties",
    "unmet.catalogue",
    "unmet.notices",
    "unmet.access",
    "unmet.books",
    "unmet.needs",
    "unmet.support",
    "unmet.api",
    "unmet.web",
    "unmet.config",
]

MIDDLEWARE = [
    "unmet.config.logs.RequestLog",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "unmet.api.middleware.ApiMiddleware",  # before anything reads a cookie
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "unmet.web.middleware.ActorMiddleware",
    "unmet.web.middleware.DoorMiddleware",
]

ROOT_URLCONF = "unmet.config.urls"
APPEND_SLASH = False  # the same address with .csv, .xlsx or .json
WSGI_APPLICATION = "unmet.config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE / "web" / "templates"],  # before those that installed packages bring along
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "unmet.web.context.page",
            ],
        },
    }
]

# ── the database ─────────────────────────────────────────────────────────────
# Write-ahead logging of older libraries can lose committed data when the log is reset; there we keep the
# rollback journal with the strictest setting. NORMAL lost acknowledged rows in 250 of 400 simulated power cuts.
_JOURNAL = (
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
    if sqlite3.sqlite_version_info >= (3, 51, 3)
    else "PRAGMA journal_mode=DELETE; PRAGMA synchronous=EXTRA;"
)
SQLITE_OPTIONS = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 30,
    # Larger pages, in a new database: the commit of a large return keeps readers out for less long.
    "init_command": "PRAGMA page_size=8192;"
    + _JOURNAL
    + "PRAGMA cache_size=-262144; PRAGMA cache_spill=OFF; PRAGMA temp_store=MEMORY;",
}


def _database() -> dict[str, object]:
    url = os.environ.get("DATABASE_URL", "")
    if not url:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": UNMET_DATA / "unmet.sqlite3",
            "OPTIONS": SQLITE_OPTIONS,
        }
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ValueError(f"DATABASE_URL begins with {parts.scheme!r}; it must begin with postgres://")
    return {
        "ENGINE": "django.db.backends.postgresql",
        # Compiling a plan costs more than our short questions take: who sees what is many small conditions.
        "OPTIONS": {"options": "-c jit=off"},
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": parts.port or "",
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
    }


DATABASES = {"default": _database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# Limits on sign-in must hold over all processes and servers, so they lie in the database; a migration makes the table.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "web_cacherow",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}

# ── people ───────────────────────────────────────────────────────────────────
AUTH_USER_MODEL = "parties.Person"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "desk"
LOGOUT_REDIRECT_URL = "overview"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_ADAPTER = "unmet.web.accounts.AccountAdapter"
_FORMS = "unmet.web.account_forms."
ACCOUNT_FORMS = {
    "login": _FORMS + "LoginForm",
    "reauthenticate": _FORMS + "ReauthenticateForm",
    "reset_password": _FORMS + "ResetPasswordForm",
    "reset_password_from_key": _FORMS + "ResetPasswordKeyForm",
    "change_password": _FORMS + "ChangePasswordForm",
    "set_password": _FORMS + "SetPasswordForm",
}
MFA_ADAPTER = "unmet.web.accounts.SecondFactorAdapter"
MFA_FORMS = {
    "authenticate": _FORMS + "AuthenticateForm",
    "reauthenticate": _FORMS + "ReauthenticateCodeForm",
    "activate_totp": _FORMS + "ActivateTOTPForm",
    "add_webauthn": _FORMS + "AddWebAuthnForm",
    "edit_webauthn": _FORMS + "EditWebAuthnForm",
}
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_NOTIFICATIONS = False
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = True  # for SESSION_COOKIE_AGE, not longer
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # nobody gets mail because a stranger typed his address
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_LOGIN_ON_PASSWORD_RESET = True
# Whole ministries share one address: five wrong passwords stop one account for a while, never a country.
ACCOUNT_RATE_LIMITS = {"login": "60/m/ip", "login_failed": "60/m/ip,5/300s/key"}
PASSWORD_RESET_TIMEOUT = 7 * 86_400  # a letter of invitation waits over a holiday
UNMET_PROXIES = int(os.environ.get("UNMET_PROXIES", "1" if UNMET_HTTPS else "0"))
ALLAUTH_TRUSTED_PROXY_COUNT = UNMET_PROXIES
SOCIALACCOUNT_ADAPTER = "unmet.web.accounts.SocialAccountAdapter"
SOCIALACCOUNT_ONLY = False
UNMET_OIDC_SERVER = os.environ.get("UNMET_OIDC_SERVER", "")
SOCIALACCOUNT_PROVIDERS = (
    {
        "openid_connect": {
            "OAUTH_PKCE_ENABLED": True,
            "APPS": [
                {
                    "provider_id": "office",
                    "name": os.environ.get("UNMET_OIDC_NAME", "") or urlsplit(UNMET_OIDC_SERVER).netloc,
                    "client_id": os.environ.get("UNMET_OIDC_CLIENT", ""),
                    "secret": os.environ.get("UNMET_OIDC_SECRET", ""),
                    "settings": {"server_url": UNMET_OIDC_SERVER},
                }
            ],
        }
    }
    if UNMET_OIDC_SERVER
    else {}
)
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Unmet"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not UNMET_HTTPS
SESSION_COOKIE_AGE = 8 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = UNMET_HTTPS
SESSION_SERIALIZER = "django.contrib.sessions.serializers.JSONSerializer"
CSRF_COOKIE_SECURE = UNMET_HTTPS
CSRF_FAILURE_VIEW = "unmet.web.errors.forbidden_by_csrf"
SECURE_SSL_REDIRECT = UNMET_HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^metrics$"]  # asked on this machine, behind the proxy
SECURE_HSTS_SECONDS = 31_536_000 if UNMET_HTTPS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if UNMET_HTTPS else None
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "connect-src": [SELF],
        # Browsers check this after redirects too: the sign-in of another body is where one of our forms leads.
        "form-action": [
            SELF,
            *(["{0.scheme}://{0.netloc}".format(urlsplit(UNMET_OIDC_SERVER))] if UNMET_OIDC_SERVER else []),
        ],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "manifest-src": [SELF],
    }
}

# ── languages, dates ─────────────────────────────────────────────────────────
_NAMES = {"en": "English", "ar": "العربية", "es": "Español", "fr": "Français"}
LANGUAGES = [(code, _NAMES[code]) for code in (_COALITION.languages if _COALITION else _NAMES)]
LANGUAGE_CODE = LANGUAGES[0][0]
LOCALE_PATHS = [PACKAGE / "web" / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# ── files, limits ────────────────────────────────────────────────────────────
STATIC_URL = "/static/"
STATIC_ROOT = Path(os.environ.get("UNMET_STATIC", PACKAGE.parent.parent / "staticfiles"))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
MEDIA_ROOT = UNMET_DATA / "uploads"
FILE_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
DATA_UPLOAD_MAX_MEMORY_SIZE = 4_000_000
# A grid of 500 lines with ten fields each.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 6_000
UNMET_FILE_LIMIT = 20_000_000
UNMET_API_RATE = int(os.environ.get("UNMET_API_RATE", "600"))
UNMET_API_PUBLIC_RATE = int(os.environ.get("UNMET_API_PUBLIC_RATE", "300"))
# Letters and evidence: a scan of some pages, not an archive.
UNMET_ATTACHMENT_LIMIT = int(os.environ.get("UNMET_ATTACHMENT_LIMIT", "10000000"))
UNMET_VIRUS_SCANNER = os.environ.get("UNMET_VIRUS_SCANNER", "")
UNMET_VIRUS_SCANNER_SECONDS = int(os.environ.get("UNMET_VIRUS_SCANNER_SECONDS", "60"))
# Bytes up to which a table is checked while the person waits; a larger one is checked by the worker.
UNMET_UPLOAD_AT_ONCE = int(os.environ.get("UNMET_UPLOAD_AT_ONCE", "400000"))
# Seconds for which a job belongs to a worker of whom nothing is heard.
# Days after which notices go: read ones since they were read, unread ones since they were told.
UNMET_NOTICES_READ_DAYS = int(os.environ.get("UNMET_NOTICES_READ_DAYS", "90"))
UNMET_NOTICES_UNREAD_DAYS = int(os.environ.get("UNMET_NOTICES_UNREAD_DAYS", "400"))
UNMET_JOB_LEASE = float(os.environ.get("UNMET_JOB_LEASE", "60"))

# ── mail ─────────────────────────────────────────────────────────────────────
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_HOST = os.environ.get("UNMET_MAIL_HOST", "")
if not EMAIL_HOST:
    # Without a mail host, letters are kept as files beside the data: nothing is lost, `unmet doctor` says so.
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = UNMET_DATA / "mail"
EMAIL_PORT = int(os.environ.get("UNMET_MAIL_PORT", "25"))
EMAIL_HOST_USER = os.environ.get("UNMET_MAIL_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("UNMET_MAIL_PASSWORD", "")
EMAIL_USE_TLS = _flag("UNMET_MAIL_TLS")
EMAIL_TIMEOUT = 10  # seconds: a mail server that is silent must not hold up the other jobs
DEFAULT_FROM_EMAIL = os.environ.get("UNMET_MAIL_FROM", "unmet@localhost")

# ── what an operator sees ────────────────────────────────────────────────────
UNMET_LOG_FORMAT = os.environ.get("UNMET_LOG_FORMAT", "json")
LOGGING = logs.configuration(level=os.environ.get("UNMET_LOG_LEVEL", "INFO").upper(), form=UNMET_LOG_FORMAT)
# Both empty: there is no page of metrics.
UNMET_METRICS_TOKEN = os.environ.get("UNMET_METRICS_TOKEN", "")
UNMET_METRICS_FROM = [net.strip() for net in os.environ.get("UNMET_METRICS_FROM", "").split(",") if net.strip()]
