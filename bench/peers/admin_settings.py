"""Plain Django admin over the neutral tables: what one gets for an afternoon's work. Started by `bench/findings.py`."""

import environ

SECRET_KEY = environ.Env().str("PEER_DATABASE")
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "bench.peers.admin_urls"
LANGUAGE_CODE = "zh-hans"
USE_TZ = False
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
STATIC_URL = "/static/"
STATIC_ROOT = environ.Env().str("STATIC_ROOT")
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000
DATABASES = {"default": {**environ.Env().db("PEER_DATABASE"), "CONN_MAX_AGE": 600}}
DATABASES["default"]["OPTIONS"] = {"options": "-c search_path=src,public"}
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "bench.peers.neutral",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
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
