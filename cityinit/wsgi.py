import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cityinit.settings")
application = get_wsgi_application()
# The views too, of which Django knows only at the first request: loaded before the workers part, they are there once.
get_resolver().url_patterns  # noqa: B018 (asked for what asking does)
# What was loaded lives as long as the process: not to be gone through for garbage a dozen times a page.
gc.collect()
gc.freeze()
gc.set_threshold(5_000, 10, 10)
