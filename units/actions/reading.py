"""Notices that were read."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from units.models import Notice


def mark_read(notices: models.QuerySet[Notice]) -> int:
    """Mark these notices read and tell how many were not; what was read before keeps its time."""
    return notices.unread().update(read_at=timezone.now())
