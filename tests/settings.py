"""The product's settings for the suite: own data folder, and the database that TEST_DB names.

TEST_DB=sqlite (default) or postgres (an own server, ended with this process). What the caller's environment
says of databases and brokers is not used: no test run may touch real data.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

_folder = Path(tempfile.mkdtemp(prefix="cityinit-tests-"))
atexit.register(shutil.rmtree, _folder, ignore_errors=True)

for _name in ("DATABASE_URL", "DEBUG", "ALLOWED_HOSTS", "HTTPS", "CSRF_TRUSTED_ORIGINS", "EMAIL_URL", "SECRET_KEY"):
    os.environ.pop(_name, None)
# A real Redis for the tests of jobs is theirs alone; everything else runs without.
TEST_REDIS_URL = os.environ.pop("REDIS_URL", "")
os.environ["DATA_DIR"] = str(_folder / "data")
# `make test` runs the checks of Django by themselves; each worker, and each fixture `work`, would run them all again.
os.environ["CELERY_SKIP_CHECKS"] = "true"
if os.environ.get("TEST_DB", "sqlite") == "postgres":
    from tests.embedded_postgres import started

    os.environ["DATABASE_URL"] = started(_folder / "postgres")

from cityinit.settings import *  # noqa: E402, F403
from cityinit.settings import DATA_DIR, DATABASES, LOGGING, STATIC_ROOT  # noqa: E402

if "DATABASE_URL" not in os.environ:
    # In a file, not in memory: a live server's threads need connections of their own.
    DATABASES["default"]["TEST"] = {"NAME": str(_folder / "test.sqlite3")}
    DATABASES["default"]["OPTIONS"]["init_command"] += "PRAGMA synchronous=OFF;"

# The strong hasher takes a third of a second for each log-in.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
# The lock-out has its own tests, which turn it on.
AXES_ENABLED = False
# Wake-up calls go nowhere: the fixture `work` does the queued jobs when the test says so.
CELERY_BROKER_URL = "memory://"
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, object] = {}
MEDIA_ROOT = DATA_DIR / "files"
# WhiteNoise looks for a file when it is asked for, not through all of them at the start of each test's client.
WHITENOISE_AUTOREFRESH = True
# Static files are served from where they are; without the folder each client warns.
STATIC_ROOT.mkdir(parents=True)
# Refusals are what many tests ask for; a traceback of each in the log took a tenth of the time of a walk through them.
LOGGING["loggers"]["django.request"] = {"level": "ERROR"}
