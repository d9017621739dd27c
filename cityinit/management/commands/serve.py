"""Serve the site with waitress, which takes in a slow phone's photo before it gives it a thread."""

import signal
import sys

from django.conf import settings
from django.core.management.base import BaseCommand
from waitress import serve

from cityinit.wsgi import application


class Command(BaseCommand):
    help = "Serve the site on HOST and PORT; `make run` starts this, a service manager may do so too."
    requires_system_checks = ()

    def handle(self, *args, **options):
        # Waitress ends the requests it is in when it sees SystemExit.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        serve(
            application,
            host=settings.HOST,
            port=settings.PORT,
            threads=8,
            # The default of 100 lets 100 slow uploads lock everybody out.
            connection_limit=2000,
            asyncore_use_poll=True,
            channel_timeout=300,
            # Larger than the limit: cut off here, the person would see a broken connection instead of the reason.
            max_request_body_size=4 * settings.MAX_REQUEST_BYTES,
            ident=None,
            _quiet=True,
            **(_BEHIND_TLS if settings.HTTPS else {}),
        )


# Over HTTPS a proxy on this machine stands in front; only it may say who asked and how.
_BEHIND_TLS = {
    "trusted_proxy": "127.0.0.1",
    "trusted_proxy_count": 1,
    "trusted_proxy_headers": {"x-forwarded-for", "x-forwarded-proto"},
}
