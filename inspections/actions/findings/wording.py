"""How the history and the notices write a moment, and several lines as one text."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _


def moment(at: datetime | None) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}" if at else _("长期")


def join(*parts: Any) -> str:
    return "\n".join(str(part) for part in parts if part)
