"""The audit trail: one door to write it, one to check that nobody touched it."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from .alone import Work, alone
from .models import AuditEvent


def record(action: str, *, by: Any, subject: Any = "", detail: dict | None = None, address: str | None = None):
    """Append an event; `by=None` is the system. Names are kept as text, so deleting a person keeps the trail."""
    with transaction.atomic():
        alone(Work.AUDIT)
        last = AuditEvent.objects.order_by("-pk").values_list("hash", flat=True).first() or ""
        event = AuditEvent(
            actor_id=by.pk if by else None,
            actor_name=str(by) if by else _("系统"),
            action=str(action),
            subject=str(subject)[:200],
            detail=detail or {},
            address=address,
            previous_hash=last,
        )
        event.hash = _hash(event)
        event.save()
    return event


def first_broken_link() -> AuditEvent | None:
    """The first event that was changed or whose predecessor is missing, or None when the chain is whole."""
    last = ""
    for event in AuditEvent.objects.order_by("pk").iterator():
        if event.previous_hash != last or event.hash != _hash(event):
            return event
        last = event.hash
    return None


def _hash(event: AuditEvent) -> str:
    told = [
        event.previous_hash,
        event.at.isoformat(),
        event.actor_id,
        event.actor_name,
        event.action,
        event.subject,
        event.detail,
        event.address,
    ]
    return hashlib.sha256(json.dumps(told, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
