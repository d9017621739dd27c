"""What the timetable asks of the ground itself."""

import logging
from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from . import held
from .files import FOLDERS, sweep_orphans
from .queue import Lease, job

log = logging.getLogger(__name__)

# Longer than any upload lies between its file and its row.
ORPHAN_AGE = timedelta(days=1)


@job
def sweep_held_files(lease: Lease) -> None:
    """Asked every night: files held for forms nobody sent."""
    n = held.sweep(older_than=timezone.now() - held.HELD_FOR)
    lease.progress(100, _("清理暂存文件%(n)s个") % {"n": n})


@job
def sweep_orphan_files(lease: Lease) -> None:
    """Delete uploads that no row came to name: forms given up, transactions rolled back."""
    older_than = timezone.now() - ORPHAN_AGE
    swept = 0
    for number, folder in enumerate(FOLDERS):
        lease.progress(number * 100 // len(FOLDERS), _("正在清理没有记录的文件"))
        swept += sweep_orphans(older_than=older_than, folders=[folder])
    log.info("swept %s orphan files", swept)
