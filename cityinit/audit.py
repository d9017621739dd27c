"""The audit trail: one door to write it, one to check that nobody touched it."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .alone import Work, alone
from .models import AuditEvent

# What is kept under a short name, in words; everything else was written in words.
WORDS = {
    "pk": gettext_lazy("记录号"),
    "filter": gettext_lazy("查询条件"),
    "query": gettext_lazy("查询条件"),
    "page": gettext_lazy("列表"),
    "audience": gettext_lazy("给谁看"),
    "signer": gettext_lazy("签发人"),
    "lines": gettext_lazy("行数"),
    "turns": gettext_lazy("班次"),
    "units": gettext_lazy("单位"),
    "kind": gettext_lazy("类型"),
    "code": gettext_lazy("编号"),
    "content": gettext_lazy("内容"),
    "file": gettext_lazy("文件"),
    "files": gettext_lazy("文件数"),
    "size": gettext_lazy("字节数"),
    "version": gettext_lazy("版本"),
    "sha256": gettext_lazy("校验值"),
    "created": gettext_lazy("新增"),
    "updated": gettext_lazy("更新"),
    "unchanged": gettext_lazy("未变"),
    "skipped": gettext_lazy("跳过"),
}


def in_words(detail: dict) -> str:
    """What an event says beside its action: 签发人：陈立群；记录号：3."""
    return "；".join(f"{WORDS.get(name, name)}：{_plain(value)}" for name, value in detail.items() if value != "")


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return "、".join(f"{WORDS.get(name, name)}{_plain(one)}" for name, one in value.items())
    return "、".join(map(_plain, value)) if isinstance(value, list) else str(value)


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
