"""Settings in one file, read from the environment; every missing or bad value is explained.

DATA_DIR        where the database, uploads, queue and logs live       (default: var/ beside manage.py)
DATABASE_URL    sqlite:////abs/path or postgres://user:pw@host/name    (default: SQLite in DATA_DIR)
REDIS_URL       redis://host:6379/0: broker and cache                  (default: folders and database table)
SECRET_KEY      signing key                                            (default: made once, kept in DATA_DIR)
DEBUG           1 shows tracebacks                                     (default: 0)
SITE_URL        address people reach the site by, for links in files   (default: none, there are none)
ALLOWED_HOSTS   names the site is reached by, comma-separated          (default: localhost, 127.0.0.1)
HOST            address `make run` listens on; 0.0.0.0 for the network (default: 127.0.0.1)
PORT            port of `make run`                                     (default: 8000)
TILES_URL       tiles below the maps, with {z} {x} {y}                  (default: none, a plain grid)
HTTPS           1 when served over HTTPS: secure cookies, HSTS         (default: 0, many intranets are plain HTTP)
"""

import contextlib
import os
import re
import secrets
import sys
from pathlib import Path
from urllib.parse import urlsplit

import environ
from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

env = environ.Env()
BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(env.str("DATA_DIR", default=str(BASE_DIR / "var"))).absolute()
try:
    # People's data lie here: for nobody else on the machine to read.
    DATA_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
except FileExistsError:
    raise ImproperlyConfigured(f"DATA_DIR {DATA_DIR} is a file; it must be a folder.") from None
except OSError as problem:
    raise ImproperlyConfigured(f"DATA_DIR {DATA_DIR} cannot be written: {problem.strerror}.") from None


def _kept_secret():
    """The signing key of an embedded installation: made once, then read from DATA_DIR."""
    path = DATA_DIR / "secret_key"
    try:
        if not path.exists():
            # Linked whole into place: two first starts at once end up with the same key.
            fresh = path.with_name(f"secret_key.{os.getpid()}")
            fresh.touch(mode=0o600)
            fresh.write_text(secrets.token_urlsafe(50))
            with contextlib.suppress(FileExistsError):
                os.link(fresh, path)
            fresh.unlink()
        return path.read_text().strip()
    except OSError as problem:
        raise ImproperlyConfigured(f"DATA_DIR {DATA_DIR} cannot be used: {problem.strerror}.") from None


def _whole_number(name, *, default):
    try:
        return env.int(name, default=default)
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be a whole number, not {env.str(name)!r}.") from None


def _database():
    example = "sqlite:////absolute/path or postgres://user:password@host:5432/name"
    # An empty value means the default, as it does in a .env file.
    url = env.str("DATABASE_URL", default="") or f"sqlite:///{DATA_DIR / 'cityinit.sqlite3'}"
    if not url.startswith(("sqlite:////", "postgres://", "postgresql://")):
        raise ImproperlyConfigured(f"DATABASE_URL must read {example}.")
    try:
        return env.db_url_config(url)
    except ValueError:
        # The value itself may hold a password, so it is not repeated.
        raise ImproperlyConfigured(f"DATABASE_URL cannot be read; it must read {example}.") from None


def _redis():
    """Empty, or an address whose parts can be read; the value may hold a password, so it is not repeated."""
    url = env.str("REDIS_URL", default="")
    try:
        address = urlsplit(url)
        readable = address.scheme in ("redis", "rediss") and bool(address.hostname) and address.port != 0
    except ValueError:
        readable = False
    if url and not readable:
        raise ImproperlyConfigured("REDIS_URL must read redis://host:6379/0.")
    return url


def _mail():
    example = "smtp://user:password@host:25, or consolemail:// to print mails"
    url = env.str("EMAIL_URL", default="") or "consolemail://"
    try:
        read = env.email_url_config(url)
    except (ImproperlyConfigured, ValueError):
        read = {}
    if not read or (url.startswith("smtp") and not read["EMAIL_HOST"]):
        raise ImproperlyConfigured(f"EMAIL_URL must read {example}.")
    return read


def _log_level():
    level = env.str("LOG_LEVEL", default="WARNING").upper()
    if level not in (levels := ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")):
        raise ImproperlyConfigured(f"LOG_LEVEL must be one of {', '.join(levels)}, not {level!r}.")
    return level


def _tiles():
    """What draws the ground of the maps: nothing, or up to two layers of tiles, and from which hosts they come."""
    layers = {"TILES_URL": env.str("TILES_URL", default=""), "TILES_OVER_URL": env.str("TILES_OVER_URL", default="")}
    subdomains = env.str("TILES_SUBDOMAINS", default="0123")
    hosts = set()
    for name, url in layers.items():
        if not url:
            continue
        # The address may hold a key, so it is not repeated.
        wrong = f"{name} must read https://host/{{z}}/{{x}}/{{y}}.png, or /path/{{z}}/{{x}}/{{y}}.png on this host."
        if not all(part in url for part in ("{z}", "{x}", "{y}")) or url.startswith("//"):
            raise ImproperlyConfigured(wrong)
        if url.startswith("/"):
            continue
        for subdomain in subdomains if "{s}" in url else "0":
            try:
                origin = urlsplit(url.replace("{s}", subdomain))
            except ValueError:
                raise ImproperlyConfigured(wrong) from None
            # What stands here goes into a header: a host, and nothing that would end the directive.
            if origin.scheme not in ("http", "https") or not re.fullmatch(r"[\w.:\[\]-]+", origin.netloc, re.ASCII):
                raise ImproperlyConfigured(wrong)
            hosts.add(f"{origin.scheme}://{origin.netloc}")
    if layers["TILES_OVER_URL"] and not layers["TILES_URL"]:
        raise ImproperlyConfigured("TILES_OVER_URL is a layer above TILES_URL, which is not set.")
    tiles = {
        "layers": [url for url in layers.values() if url],
        "subdomains": subdomains,
        "attribution": env.str("TILES_ATTRIBUTION", default=""),
        "maxZoom": _whole_number("TILES_MAX_ZOOM", default=18),
        "gcj02": env.bool("TILES_GCJ02", default=False),
    }
    return tiles, sorted(hosts)


SECRET_KEY = env.str("SECRET_KEY", default="") or _kept_secret()
DEBUG = env.bool("DEBUG", default=False)
HTTPS = env.bool("HTTPS", default=False)
HOST = env.str("HOST", default="127.0.0.1")
PORT = _whole_number("PORT", default=8000)
SITE_URL = env.str("SITE_URL", default="").rstrip("/")
if SITE_URL and not re.fullmatch(r"https?://[^\s/]+(/[^\s]*)?", SITE_URL):
    raise ImproperlyConfigured(f"SITE_URL {SITE_URL} must be an address such as https://ledger.example.gov.cn.")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
TESTING = "pytest" in sys.modules

INSTALLED_APPS = [
    "cityinit",
    "units",
    "campaigns",
    "inspections",
    "reports",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "crispy_forms",
    "crispy_bootstrap5",
    "django_htmx",
    "csp",
    "axes",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "cityinit.middleware.LanguageMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    # Before the first that reads what is sent.
    "cityinit.middleware.NoRoomMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "units.middleware.LoginMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "cityinit.middleware.RequestSizeMiddleware",
    "cityinit.middleware.UnseenCharactersMiddleware",
    "cityinit.middleware.WrongMethodMiddleware",
    "cityinit.middleware.ClientRedirectMiddleware",
    "cityinit.middleware.RefusedMiddleware",
    "units.middleware.PasswordChangeMiddleware",
    "units.middleware.PostRequiredMiddleware",
    "campaigns.middleware.CurrentCampaignMiddleware",
    # Last: it answers a locked-out log-in before anything else does.
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "cityinit.urls"
WSGI_APPLICATION = "cityinit.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    ["cityinit.indents.Loader", "django.template.loaders.app_directories.Loader"],
                )
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "units.context.navigation",
            ],
            "builtins": ["django.templatetags.i18n", "django.templatetags.static", "cityinit.templatetags.ui"],
        },
    }
]

# Database ------------------------------------------------------------------------------------
DATABASES = {"default": _database()}
_db = DATABASES["default"]
if _db["ENGINE"].endswith("sqlite3"):
    _db["OPTIONS"] = {
        # IMMEDIATE takes the write lock at BEGIN: with DEFERRED one in nine writers fails under load.
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": (
            "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;PRAGMA temp_store=MEMORY;"
            "PRAGMA cache_size=-32000;PRAGMA mmap_size=134217728;"
        ),
    }
    # To open the file and read it afresh was two thirds of a page; a file put in its place is seen a minute later.
    _db["CONN_MAX_AGE"] = 60
else:
    # A new connection costs 8 ms a page; health checks notice a restarted server.
    _db["ENGINE"] = "cityinit.postgresql"
    _db["CONN_MAX_AGE"] = None
    _db["CONN_HEALTH_CHECKS"] = True
    # Without a limit, a host that does not answer is waited for two minutes.
    _db.setdefault("OPTIONS", {}).setdefault("connect_timeout", 10)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Redis, cache, sessions, queue -----------------------------------------------------------------
REDIS_URL = _redis()
if REDIS_URL:
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}
else:
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "cityinit"}}
# Pieces of pages, under marks of what they show: each process its own, so that a new version draws them anew.
CACHES["drawn"] = {
    "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
    "LOCATION": "drawn",
    "OPTIONS": {"MAX_ENTRIES": 500},
}
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db" if REDIS_URL else "cityinit.sessions"

QUEUE_DIR = DATA_DIR / "queue"
# The transport has no use for the name, but without one every start warns.
CELERY_BROKER_URL = REDIS_URL or "filesystem://localhost"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = (
    {"visibility_timeout": 3600}
    if REDIS_URL
    else {
        "data_folder_in": str(QUEUE_DIR / "messages"),
        "data_folder_out": str(QUEUE_DIR / "messages"),
        "control_folder": str(QUEUE_DIR / "control"),
        "store_processed": False,
        # The default of 1 s makes every job wait about half a second.
        "polling_interval": 0.05,
    }
)
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_IGNORE_RESULT = True
# A job keeps its own lease; one that hangs is ended here, and its lease with it.
CELERY_TASK_TIME_LIMIT = 3600
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "Asia/Shanghai"
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "timetable")
# A worker that is gone for this long has lost its job to the next one.
JOB_LEASE_SECONDS = _whole_number("JOB_LEASE_SECONDS", default=60)
JOB_SWEEP_SECONDS = _whole_number("JOB_SWEEP_SECONDS", default=10)
JOB_MAX_TRIES = _whole_number("JOB_MAX_TRIES", default=5)
# The timetable, all of it. `tick` files one job per (name, moment), so two clocks do no harm.
CELERY_BEAT_SCHEDULE = {
    "resend what was lost": {"task": "cityinit.queue.sweep", "schedule": JOB_SWEEP_SECONDS},
    "half-year drafts on 1 July and 1 January, asked every morning so that a missed day is made up": {
        "task": "cityinit.queue.tick",
        "schedule": crontab(hour=6, minute=0),
        "args": ["reports.jobs.compile_due_drafts"],
    },
    "alarm where next year's holidays are unknown": {
        "task": "cityinit.queue.tick",
        "schedule": crontab(hour=7, minute=0),
        "args": ["campaigns.jobs.check_calendar"],
    },
    "sweep packs of materials, before the files they leave behind": {
        "task": "cityinit.queue.tick",
        "schedule": crontab(hour=3, minute=0),
        "args": ["campaigns.jobs.sweep_material_packs"],
    },
    "sweep zips of rectification notices, before the files they leave behind": {
        "task": "cityinit.queue.tick",
        "schedule": crontab(hour=3, minute=5),
        "args": ["inspections.jobs.sweep_notice_packs"],
    },
    "sweep files held for forms nobody sent, before the files they leave behind": {
        "task": "cityinit.queue.tick",
        "schedule": crontab(hour=3, minute=15),
        "args": ["cityinit.jobs.sweep_held_files"],
    },
    "drafts of units' summaries that nobody has touched, written anew from yesterday's records": {
        "task": "cityinit.queue.tick",
        "schedule": crontab(hour=4, minute=30),
        "args": ["reports.jobs.freshen_drafts"],
    },
    "units whose summary is due soon, today, or overdue": {
        "task": "cityinit.queue.tick",
        "schedule": crontab(hour=8, minute=5),
        "args": ["reports.jobs.remind_units"],
    },
    "recurring duty missed last week, told on Monday": {
        "task": "cityinit.queue.tick",
        "schedule": crontab(hour=8, minute=0, day_of_week=1),
        "args": ["campaigns.jobs.tell_missed_duty"],
    },
    "findings that are nearly due or overdue, while somebody is awake to hear of it": {
        "task": "cityinit.queue.tick",
        "schedule": crontab(hour="7-20", minute="*/15"),
        "args": ["inspections.jobs.escalate"],
    },
    "hold the overview's tallies of findings against a direct count": {
        "task": "cityinit.queue.tick",
        "schedule": crontab(hour=2, minute=30),
        "args": ["inspections.jobs.check_tallies"],
    },
    "add up what the tallies got since, in the hours of work": {
        "task": "cityinit.queue.tick",
        "schedule": crontab(hour="7-20", minute=50),
        "args": ["inspections.jobs.fold_tallies"],
    },
    "sweep files that no row names": {
        "task": "cityinit.queue.tick",
        "schedule": crontab(hour=3, minute=30),
        "args": ["cityinit.jobs.sweep_orphan_files"],
    },
}

# People and passwords --------------------------------------------------------------------------
AUTH_USER_MODEL = "units.User"
# `make run` builds the demo city while none of these has a row.
DEMO_UNLESS = [AUTH_USER_MODEL, "campaigns.Campaign"]
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "units.backends.PostBackend"]
LOGIN_URL = "units:login"
LOGIN_REDIRECT_URL = "campaigns:desk"
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("username", "name", "phone")},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
# How long a one-time link to set a password is good for.
PASSWORD_RESET_TIMEOUT = 3 * 86400
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
AXES_ENABLED = True
AXES_FAILURE_LIMIT = 6
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
# The page says when to try again; trying earlier must not make that moment untrue.
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_LOCKOUT_CALLABLE = "units.views.account.locked_out"
AXES_VERBOSE = False

# Maps -----------------------------------------------------------------------------------------
TILES, _tile_hosts = _tiles()

# Safety ----------------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        # From outside comes nothing but the tiles that the installation names.
        "img-src": [SELF, "data:", "blob:", *_tile_hosts],
        "style-src": [SELF],
        "script-src": [SELF],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_HSTS_SECONDS = 365 * 86400 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
CSRF_FAILURE_VIEW = "cityinit.errors.csrf_failure"
# Refused by the upload check with a sentence, not by Django with a bare 400.
DATA_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 4000
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
MAX_PHOTO_BYTES = 25 * 1024 * 1024
MAX_FILE_BYTES = 50 * 1024 * 1024
MAX_REQUEST_BYTES = 160 * 1024 * 1024

# Files and static ------------------------------------------------------------------------------
MEDIA_ROOT = DATA_DIR / "files"
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if TESTING or DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
WHITENOISE_USE_FINDERS = DEBUG or TESTING
FILE_UPLOAD_PERMISSIONS = 0o640
# Behind nginx, the internal location that stands for MEDIA_ROOT, such as /stored/: nginx then sends the bytes.
X_ACCEL_PREFIX = env.str("X_ACCEL_PREFIX", default="")

# Language and look -----------------------------------------------------------------------------
LANGUAGE_CODE = "zh-hans"
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
USE_I18N = True
USE_THOUSAND_SEPARATOR = False
DATE_FORMAT = "Y-m-d"
CRISPY_ALLOWED_TEMPLATE_PACKS = ["bootstrap5"]
CRISPY_TEMPLATE_PACK = "bootstrap5"

# Mail and logs ---------------------------------------------------------------------------------
vars().update(_mail())
SILENCED_SYSTEM_CHECKS: list[str] = []
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": _log_level()},
    "loggers": {"cityinit": {"level": "INFO"}, "units": {"level": "INFO"}, "axes": {"level": "ERROR"}},
}
