"""The admin's WSGI application (`admin_settings`)."""

import os

from django.core.wsgi import get_wsgi_application

os.environ["DJANGO_SETTINGS_MODULE"] = "bench.peers.admin_settings"
application = get_wsgi_application()
