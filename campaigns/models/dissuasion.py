from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from units.models import Unit

from .campaign import UnitRow
from .duty import DutyPost


class Dissuasion(UnitRow):
    """How many people were talked out of one kind of uncivil conduct, at a place on a day (文明劝导)."""

    kind = models.CharField(_("类型"), max_length=30)
    done_on = models.DateField(_("日期"))
    unit = models.ForeignKey(
        Unit, verbose_name=_("单位"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    duty = models.ForeignKey(
        DutyPost,
        verbose_name=_("执勤安排"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="dissuasions",
    )
    place = models.CharField(_("地点"), max_length=100, blank=True)
    number = models.PositiveIntegerField(_("劝导人次"))
    fined = models.PositiveIntegerField(_("登记处罚"), null=True, blank=True, help_text=_("其中登记或处罚的人次"))

    class Meta(UnitRow.Meta):
        verbose_name = _("文明劝导")
        indexes = [models.Index(fields=["campaign", "done_on"], name="dissuasion_day")]

    def __str__(self):
        return f"{self.done_on} {self.kind}"

    def clean(self):
        super().clean()
        if self.number is not None and (self.fined or 0) > self.number:
            raise ValidationError({"fined": gettext("登记处罚的不能多于劝导的，请核对。")})
