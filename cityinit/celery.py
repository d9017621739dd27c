"""The Celery app: finds every app's jobs.py; the timetable stands in settings."""

import os
from pathlib import Path

from celery import Celery
from kombu.transport import TRANSPORT_ALIASES

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cityinit.settings")
TRANSPORT_ALIASES["filesystem"] = "cityinit.broker:Transport"

app = Celery("cityinit")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(related_name="queue")
app.autodiscover_tasks(related_name="jobs")


@app.on_after_configure.connect
def _make_queue_folders(sender, source, **kwargs):
    # The filesystem transport expects its folders to be there.
    options = source.broker_transport_options or {}
    for key in ("data_folder_in", "control_folder"):
        if folder := options.get(key):
            Path(folder).mkdir(parents=True, exist_ok=True)
