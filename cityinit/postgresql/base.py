"""Django's PostgreSQL, which notices a server that went away without asking it a question first."""

import select

from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    def close_if_health_check_failed(self):
        """As Django's, but it asks the server only where something waits on an idle line: that it closed it, mostly.

        The question would be the fifth of what a list asks, and goes down the same line, so that it knows no more.
        """
        if self.health_check_enabled and not self.health_check_done and self.connection and _is_quiet(self.connection):
            self.health_check_done = True
        super().close_if_health_check_failed()


def _is_quiet(connection):
    """Whether the line is open with nothing come in that nobody asked for."""
    if connection.closed:
        return False
    waiting = select.poll()
    waiting.register(connection.fileno(), select.POLLIN | select.POLLPRI)
    return not waiting.poll(0)
