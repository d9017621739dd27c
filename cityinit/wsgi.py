import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cityinit.settings")
application = get_wsgi_application()
# What was loaded lives as long as the process: not to be gone through for garbage a dozen times a page.
gc.collect()
gc.freeze()
gc.set_threshold(5_000, 10, 10)
