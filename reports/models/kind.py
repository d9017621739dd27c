"""What an office issues."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    """What the office issues; what each is made of stands in `kinds.py`."""

    SUMMARY = "summary", _("工作总结")
    CIRCULAR = "circular", _("督查通报")
    ASSESSMENT = "assessment", _("模拟测评通报")
