"""Notices that were read."""

from __future__ import annotations

from django.utils import timezone

from units.models.notice import NoticeQuerySet


def mark_read(notices: NoticeQuerySet) -> int:
    """Mark these notices read and tell how many were not; what was read before keeps its time."""
    return notices.unread().update(read_at=timezone.now())
