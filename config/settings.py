"""Django's settings; each value comes from `config.environment` (see `.env.example`)."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from config.database import database_from_url
from config.environment import Environment
from config.production import refuse_unsafe

env = Environment()
BASE_DIR = Path(__file__).resolve().parent.parent

DESK_ENV = env.choice("DESK_ENV", ("production", "local", "test"))
DEBUG = env.flag("DESK_DEBUG")
SECRET_KEY = env.text("DESK_SECRET_KEY")
DESK_ENCRYPTION_KEY = env.key("DESK_ENCRYPTION_KEY")
ALLOWED_HOSTS = env.names("DESK_ALLOWED_HOSTS")
refuse_unsafe(environment=DESK_ENV, debug=DEBUG, secret_key=SECRET_KEY, hosts=ALLOWED_HOSTS)

DESK_BASE_URL = env.text("DESK_BASE_URL").rstrip("/")
DESK_DATA_DIR = (BASE_DIR / env.text("DESK_DATA_DIR")).resolve()
DESK_FRONTEND_DIR = (BASE_DIR / env.text("DESK_FRONTEND_DIR")).resolve()
DESK_INSTANCE = env.text("DESK_INSTANCE")
DESK_PROXIES = env.number("DESK_PROXIES")
DESK_PRIVATE_NETWORKS = env.networks("DESK_PRIVATE_NETWORKS")
DESK_DNS_SERVER = env.name_server("DESK_DNS_SERVER")
DESK_OAUTH_ENDPOINTS = env.sign_in_servers(
    "DESK_OAUTH_ENDPOINTS", production=DESK_ENV == "production"
)
DESK_METRICS_TOKEN = env.text("DESK_METRICS_TOKEN")
DESK_LANGUAGE = env.choice("DESK_LANGUAGE", ("pt-BR", "en"))
DESK_MAX_MAIL_BYTES = env.number("DESK_MAX_MAIL_BYTES", least=65536)
DESK_POLL_SECONDS = env.number("DESK_POLL_SECONDS", least=1)
DESK_FETCH_BATCH = env.number("DESK_FETCH_BATCH", least=1)
DESK_LEASE_SECONDS = env.number("DESK_LEASE_SECONDS", least=1)
DESK_SERVER_TIMEOUT = env.number("DESK_SERVER_TIMEOUT", least=1)
DESK_SETUP_CODE = env.text("DESK_SETUP_CODE")
DESK_DEMO = env.flag("DESK_DEMO")
DESK_DEMO_SMTP_PORT = env.number("DESK_DEMO_SMTP_PORT")
DESK_DEMO_IMAP_PORT = env.number("DESK_DEMO_IMAP_PORT")
DESK_DEMO_PASSWORD = env.text("DESK_DEMO_PASSWORD")
DESK_CRASHPOINT = env.text("DESK_CRASHPOINT") if DESK_ENV == "test" else ""

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.postgres",
    "rest_framework",
    "drf_spectacular",
    "backend.core",
    "backend.audit",
    "backend.events",
    "backend.users",
    "backend.contacts",
    "backend.mailboxes",
    "backend.tickets",
    "backend.demo",
    "backend.api",
]
MIDDLEWARE = [
    "backend.api.middleware.ServiceHeaders",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES: list[dict[str, Any]] = []
AUTH_USER_MODEL = "users.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# A worker or a command needs one connection; a web process serves many threads.
_web = "granian" in Path(sys.argv[0]).name or "granian" in sys.modules
_pool = env.number("DESK_DATABASE_POOL", least=1)
_database = env.address("DATABASE_URL", ("postgresql", "postgres"))
DATABASES = {"default": database_from_url(_database, pool_size=_pool if _web else 0)}

LANGUAGE_CODE = "pt-br" if DESK_LANGUAGE == "pt-BR" else "en"
TIME_ZONE = env.time_zone("DESK_TIME_ZONE")
USE_TZ = True
USE_I18N = False  # the app translates; the API speaks in codes and plain English

PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
if DESK_ENV == "test":
    # Argon2 on purpose costs 50 ms; thousands of test logins need not pay it.
    PASSWORD_HASHERS.insert(0, "django.contrib.auth.hashers.MD5PasswordHasher")
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
    for name, options in (
        ("MinimumLengthValidator", {"min_length": 12}),
        ("CommonPasswordValidator", {}),
        ("NumericPasswordValidator", {}),
        ("UserAttributeSimilarityValidator", {"user_attributes": ("email", "name")}),
    )
]

# --- HTTP ---------------------------------------------------------------------------------
DATA_UPLOAD_MAX_MEMORY_SIZE = env.number("DESK_MAX_UPLOAD_BYTES", least=65536)
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DESK_SECURE_COOKIES = DESK_BASE_URL.startswith("https://")
if DESK_SECURE_COOKIES:
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'", "'unsafe-inline'"],  # positions set by the component library
        "img-src": ["'self'", "data:", "blob:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "frame-src": ["'self'"],
        "manifest-src": ["'self'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["backend.api.authentication.BearerAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["backend.api.rendering.MsgspecRenderer"],
    "DEFAULT_PARSER_CLASSES": ["backend.api.parsing.StrictJSONParser"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "backend.api.negotiation.OneForm",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "backend.api.problems.handle",
    "NUM_PROXIES": DESK_PROXIES,
    "DEFAULT_THROTTLE_RATES": {
        "login": "10/min",
        "setup": "10/min",
        "mailbox_test": "20/min",
        "domain_check": "10/min",
        "remote_image": "600/min",  # ten newsletters
        "nested_mail": "120/min",
        "file_link": "60/min",
    },
    "UNAUTHENTICATED_USER": None,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Send Emails Desk",
    "DESCRIPTION": "E-mail help desk: tickets, contacts, mailboxes and the mail ledger.",
    "VERSION": "0.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "backend.api.schema.add_problems",
    ],
    "ENUM_NAME_OVERRIDES": {
        "InboundStateEnum": "backend.mailboxes.models.InboundMail.State",
        "OutboundStateEnum": "backend.mailboxes.models.OutboundMail.State",
        "SentCopyStateEnum": "backend.mailboxes.models.OutboundMail.SentCopy",
        "RecipientKindEnum": "backend.mailboxes.models.OutboundRecipient.Kind",
        "RecipientStateEnum": "backend.mailboxes.models.OutboundRecipient.State",
        "MailboxStateEnum": "backend.mailboxes.models.Mailbox.State",
        "MailboxWantedStateEnum": [("active", "active"), ("paused", "paused")],
        "ContactAddressStateEnum": "backend.contacts.models.ContactAddress.State",
        "StatusCategoryEnum": "backend.tickets.models.Status.Category",
        "PriorityEnum": "backend.tickets.models.Ticket.Priority",
        "SignInEnum": "backend.mailboxes.models.Mailbox.SignIn",
        "MailboxSentCopyEnum": "backend.mailboxes.models.Mailbox.SentCopy",
        "GrantStateEnum": "backend.mailboxes.models.OAuthGrant.State",
        "OAuthProviderEnum": "backend.mailboxes.models.OAuthClient.Provider",
        "OAuthRequestStateEnum": [("waiting", "waiting"), ("done", "done"), ("failed", "failed")],
        "AlarmKindEnum": "backend.mailboxes.models.Alarm.Kind",
        "OutboundKindEnum": "backend.mailboxes.models.OutboundMail.Kind",
        "MailSecurityEnum": "backend.mailboxes.models.Mailbox.Security",
        "LanguageEnum": "backend.users.models.User.Language",
        "ThemeEnum": "backend.users.models.User.Theme",
        "RoleEnum": "backend.users.models.User.Role",
        "SealEnum": [("pgp", "PGP"), ("smime", "S/MIME")],
        "DirectionEnum": "backend.tickets.models.Message.Direction",
    },
}
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "desk"}
}

# --- Celery: see config/celery.py ----------------------------------------------------------
_BROKERS = ("redis", "rediss", "redis+socket", "sentinel", "amqp", "amqps", "pyamqp")
CELERY_BROKER_URL = env.address("CELERY_BROKER_URL", _BROKERS)

_LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"},
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": env.choice("DESK_LOG_LEVEL", _LOG_LEVELS)},
}
