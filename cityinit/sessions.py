"""Sessions kept in the database, as Django keeps them; read by a statement that is composed once."""

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.db.models import CharField, DateTimeField
from django.utils import timezone

from cityinit.statements import Slot, Statement, columns_of, made


def _running():
    model = DatabaseStore.get_model_class()
    rows = model.objects.filter(session_key=Slot("key", CharField()), expire_date__gt=Slot("now", DateTimeField()))
    return rows.values_list(*columns_of(model))


RUNNING = Statement(_running)


class SessionStore(DatabaseStore):
    def _get_session_from_db(self):
        found = RUNNING.ask(key=self.session_key, now=timezone.now())
        if found:
            return made(self.model, found[0])
        self._session_key = None
        return None
