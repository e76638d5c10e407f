"""Every setting, read from the environment once. `.env.example` explains each name.

Outside DEBUG the process refuses to start on a secret that is missing, a default or weak
(`steller/configuration/refusals.py`); nothing here has a default that would be unsafe in production.
"""

import os
from datetime import timedelta
from pathlib import Path

from django.utils.csp import CSP

from steller import configuration, embedded
from steller.logging import logging_config

BASE_DIR = Path(__file__).resolve().parent.parent
env = configuration.Environment()
env.read_env(BASE_DIR / ".env")

# Which of the processes this is: web, worker, beat or command. Set by wsgi.py and celery_app.py.
PROCESS = os.environ.get("STELLER_PROCESS", "command")

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
JWT_SIGNING_KEY = env.str("JWT_SIGNING_KEY", default="")
CARD_KEYS = env.str("CARD_KEYS", default="")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

# --- Applications -----------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "axes",
    "rest_framework",
    "rest_framework_simplejwt.token_blacklist",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "partners",
    "bamboo",
    "wallets",
    "catalog",
    "orders",
    "steller.portal",
]
MIDDLEWARE = [
    "steller.addresses.TrailingSlashMiddleware",
    "steller.logging.RequestLogMiddleware",
    "steller.origin.OriginMiddleware",
    "steller.cross_origin.CrossOriginMiddleware",
    "steller.rates.RateHeadersMiddleware",
    "partners.authentication.noting.RequestNotesMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
    "steller.portal.posted.PostedAddressMiddleware",
]
ROOT_URLCONF = "steller.urls"
WSGI_APPLICATION = "steller.wsgi.application"
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
            ]
        },
    }
]
AUTH_USER_MODEL = "partners.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
# The e-mail is unique among the living only, by a constraint that this check does not understand.
SILENCED_SYSTEM_CHECKS = ["auth.E003", "auth.W004"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
# Whether our staff log in with a second factor beside the password. Partners decide for themselves, or staff for them.
STAFF_SECOND_FACTOR = env.bool("STAFF_SECOND_FACTOR", default=False)
# Seconds that the links of invitations and of password resets are good for.
INVITATION_TIMEOUT = 7 * 24 * 3600
PASSWORD_RESET_TIMEOUT = 3600
# Guessed passwords and codes: counted in the database for e-mail and address together, forgotten after the cool-off.
AXES_FAILURE_LIMIT = env.int("LOGIN_FAILURE_LIMIT", default=10)
AXES_COOLOFF_TIME = timedelta(seconds=env.int("LOGIN_COOLOFF_SECONDS", default=15 * 60))
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_CLIENT_IP_CALLABLE = "steller.origin.request_address"
AXES_USERNAME_FORM_FIELD = "username"
AXES_USERNAME_CALLABLE = "partners.authentication.logins.counted_name"
AXES_SENSITIVE_PARAMETERS = ["username", "otp", "token", "csrfmiddlewaretoken"]
AXES_LOCKOUT_CALLABLE = "steller.portal.pages.entering.locked_out"
# A log of successes would open a web session for each log-in of a program.
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "overview"
LOGOUT_REDIRECT_URL = "login"
STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / ".local" / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    # Hashed names that may be kept for ever, and compressed copies; steller/static_files.py collects them.
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = DEBUG
FORMS_URLFIELD_ASSUME_HTTPS = True

# --- Database ---------------------------------------------------------------------------------------------
DATABASE_URL = env.str("DATABASE_URL", default="")
EMBEDDED_DATABASE = not DATABASE_URL
if EMBEDDED_DATABASE:
    DATABASE_URL = embedded.database_url()
DATABASES = {"default": configuration.postgresql(DATABASE_URL, process=PROCESS)}
CACHES = {"default": env.cache_url("CACHE_URL", default="locmemcache://")}

# --- The supplier -----------------------------------------------------------------------------------------
BAMBOO_BASE_URL = configuration.parse_supplier_url(env.str("BAMBOO_BASE_URL", default=""))
BAMBOO_CLIENT_ID = env.str("BAMBOO_CLIENT_ID", default="")
BAMBOO_CLIENT_SECRET = env.str("BAMBOO_CLIENT_SECRET", default="")
BAMBOO_TEST_CLIENT_ID = env.str("BAMBOO_TEST_CLIENT_ID", default="")
BAMBOO_TEST_CLIENT_SECRET = env.str("BAMBOO_TEST_CLIENT_SECRET", default="")
BAMBOO_ACCOUNT_IDS = configuration.parse_accounts(env.str("BAMBOO_ACCOUNT_IDS", default=""))
BAMBOO_MODE = configuration.parse_mode(env.str("BAMBOO_MODE", default=""))
BAMBOO_DEFAULT_CURRENCY = configuration.parse_currency(
    "BAMBOO_DEFAULT_CURRENCY", env.str("BAMBOO_DEFAULT_CURRENCY", default="") or "USD"
)
BAMBOO_NOTIFICATION_SECRET = env.str("BAMBOO_NOTIFICATION_SECRET", default="")
# Several while one is replaced by another: the supplier signs with both for a day.
BAMBOO_WEBHOOK_SECRET = env.list("BAMBOO_WEBHOOK_SECRET", default=[])
BAMBOO_LIMITS = configuration.parse_limits(env.str("BAMBOO_LIMITS", default=""))
CLOCKS = configuration.Clocks.derived(
    lease=env.float("PURCHASE_LEASE_SECONDS", default=60.0),
    grace=env.float("PURCHASE_GRACE_SECONDS", default=60.0),
)
# 2: the supplier's catalog in pages; 1: in one body, for the day that version 2 is away.
CATALOG_VERSION = env.int("CATALOG_VERSION", default=2)
# What we earn on a card at least, in percent of what it costs us, whatever a commission rule says.
MINIMUM_MARGIN_PERCENT = configuration.percent(env.str("MINIMUM_MARGIN_PERCENT", default="0"))
RATE_MAX_AGE_SECONDS = env.int("RATE_MAX_AGE_SECONDS", default=6 * 3600)

# --- Money ------------------------------------------------------------------------------------------------
TOP_UP_SECOND_APPROVAL = configuration.parse_amounts(
    "TOP_UP_SECOND_APPROVAL", env.str("TOP_UP_SECOND_APPROVAL", default="*=10000")
)
LEDGER_SEAL_DIR = env.str("LEDGER_SEAL_DIR", default="")
LEDGER_SEAL_KEY = env.str("LEDGER_SEAL_KEY", default="")
LEDGER_SEAL_PUBLIC_KEYS = env.str("LEDGER_SEAL_PUBLIC_KEYS", default="")
configuration.refuse_wrong_seal_keys(
    is_on=bool(LEDGER_SEAL_DIR) and not DEBUG, key=LEDGER_SEAL_KEY, public_keys=LEDGER_SEAL_PUBLIC_KEYS
)

# --- Celery: the reasons stand in docs/operations.md -------------------------------------------------------
RABBITMQ_URL = env.str("RABBITMQ_URL", default="")
EMBEDDED_BROKER = not RABBITMQ_URL
_broker = (
    configuration.embedded_broker(DATABASE_URL)
    if EMBEDDED_BROKER
    else configuration.rabbitmq(RABBITMQ_URL, process=PROCESS)
)
CELERY_BROKER_URL = _broker.url
CELERY_BROKER_TRANSPORT_OPTIONS = _broker.transport_options
CELERY_BROKER_USE_SSL = _broker.tls
CELERY_TASK_QUEUES = _broker.queues
CELERY_TASK_DEFAULT_QUEUE = "slow"
CELERY_TASK_CREATE_MISSING_QUEUES = False
CELERY_TASK_ROUTES = {
    "orders.order_created": {"queue": "order-created"},
    "purchasing.tick": {"queue": "ticks"},
}
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_ACKS_ON_FAILURE_OR_TIMEOUT = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_TIME_LIMIT = CLOCKS.task_limit
# One retry at once, and no more: without any, a connection that the broker closed is never opened again.
CELERY_TASK_PUBLISH_RETRY = True
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0, "interval_step": 0, "interval_max": 0}
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_CONCURRENCY = env.int("WORKER_CONCURRENCY", default=9)
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_WORKER_MAX_TASKS_PER_CHILD = 1000
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_CONSUMER = "steller.consuming:PatientConsumer"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_CHANNEL_ERROR_RETRY = True
CELERY_BROKER_HEARTBEAT = 10
CELERY_BROKER_POOL_LIMIT = 8
CELERY_BROKER_POOL_ACQUIRE_TIMEOUT = 1
# Without a file of its own, any number of beats may run on one machine.
CELERY_BEAT_SCHEDULER = "celery.beat:Scheduler"
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE = configuration.SCHEDULE

# --- HTTP API ---------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "partners.authentication.ApiKeyAuthentication",
        "partners.authentication.PartnerJwtAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["partners.authentication.IsPartner"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["steller.parsing.StrictJsonParser"],
    "DEFAULT_VERSIONING_CLASS": "rest_framework.versioning.AcceptHeaderVersioning",
    "DEFAULT_VERSION": "1",
    "ALLOWED_VERSIONS": ["1"],
    "DEFAULT_SCHEMA_CLASS": "steller.description.Description",
    "DEFAULT_THROTTLE_CLASSES": ["steller.rates.CallerThrottle"],
    "EXCEPTION_HANDLER": "steller.problems.exception_handler",
    "UNAUTHENTICATED_USER": None,
    "COERCE_DECIMAL_TO_STRING": True,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Steller",
    "DESCRIPTION": "Order digital gift cards, follow the orders, read the cards.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    # A PATCH names a reason too, and some of them more: one shape says what is required.
    "COMPONENT_SPLIT_PATCH": False,
    "SCHEMA_PATH_PREFIX": "/api/",
    "ENUM_NAME_OVERRIDES": configuration.COMPONENT_NAMES,
    # The page's files come from our own server, not from somebody's network.
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}
SIMPLE_JWT = {
    "SIGNING_KEY": JWT_SIGNING_KEY,
    "ROTATE_REFRESH_TOKENS": True,
    "BLACKLIST_AFTER_ROTATION": True,
    "ISSUER": "steller",
    "AUDIENCE": "steller-api",
    "ALGORITHM": "HS256",
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=5),
    "REFRESH_TOKEN_LIFETIME": timedelta(days=1),
}
# Threads of one web process; a quarter of them may wait for an order to become final (`wait_seconds`).
WEB_THREADS = env.int("WEB_THREADS", default=4)
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

# Requests of one key or person, and of one address at the log-in: calls/seconds. `off` counts nobody.
API_RATE = configuration.parse_rate("API_RATE", env.str("API_RATE", default="60000/60"))
LOGIN_RATE = configuration.parse_rate("LOGIN_RATE", env.str("LOGIN_RATE", default="300/60"))
# Cards that one partner may have waiting for the supplier before new orders are refused for a while.
BACKLOG_CARDS = env.int("BACKLOG_CARDS", default=200_000)
CORS_ORIGINS = env.list("CORS_ORIGINS", default=[])

# --- Mail, logs, safety -----------------------------------------------------------------------------------
MAILERS = {"default": configuration.mailer(env.email_url("EMAIL_URL", default="consolemail://"))}
EMAIL_FROM = env.str("EMAIL_FROM", default="Steller <no-reply@localhost>")
DEFAULT_FROM_EMAIL = EMAIL_FROM
# Where people reach us: the links in e-mails begin with it.
PUBLIC_URL = env.str("PUBLIC_URL", default="http://localhost:8000").rstrip("/")

# --- Partners' webhooks -----------------------------------------------------------------------------------
WEBHOOK_ALLOW_PRIVATE = env.bool("WEBHOOK_ALLOW_PRIVATE", default=False)
LOG_DIR = env.str("LOG_DIR", default="")
LOGGING_CONFIG = None
logging_config(process=PROCESS, directory=LOG_DIR)

# Addresses and networks of our own proxies: from nobody else X-Forwarded-For and -Proto are believed.
TRUSTED_PROXIES = configuration.parse_networks(env.str("TRUSTED_PROXIES", default=""))
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("BEHIND_PROXY", default=False) else None
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=False)
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=0)
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.bool("SECURE_HSTS_INCLUDE_SUBDOMAINS", default=False)
SECURE_HSTS_PRELOAD = env.bool("SECURE_HSTS_PRELOAD", default=False)
SESSION_COOKIE_SECURE = env.bool("SESSION_COOKIE_SECURE", default=SECURE_SSL_REDIRECT)
CSRF_COOKIE_SECURE = SESSION_COOKIE_SECURE
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
# No inline script or style anywhere; brands' logos come from the supplier's hosts.
SECURE_CSP = {
    "default-src": [CSP.SELF],
    "img-src": [CSP.SELF, "https:", "data:"],
    "object-src": [CSP.NONE],
    "base-uri": [CSP.NONE],
    "form-action": [CSP.SELF],
    "frame-ancestors": [CSP.NONE],
}

if not DEBUG:
    configuration.refuse_weak_secrets(
        secret_key=SECRET_KEY,
        secret_key_fallbacks=SECRET_KEY_FALLBACKS,
        jwt_signing_key=JWT_SIGNING_KEY,
        card_keys=CARD_KEYS,
        database_url="" if EMBEDDED_DATABASE else DATABASE_URL,
        rabbitmq_url=RABBITMQ_URL,
    )
    configuration.refuse_weak_supplier_secrets(
        mode=BAMBOO_MODE,
        client_secret=BAMBOO_CLIENT_SECRET,
        notification_secret=BAMBOO_NOTIFICATION_SECRET,
        webhook_secrets=BAMBOO_WEBHOOK_SECRET,
    )
