import re
import unicodedata

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from units.models import Unit

from .campaign import CampaignRow
from .group import LeadingGroup

# Kept as written where nobody counted.
UNCOUNTED = ("多次", "数次", "若干次", "几次", "不定期", "定期", "经常")
COUNTED = re.compile(
    r"(?:近|约)?(?P<number>\d{1,6})(?:余|多)?次?(?:以上)?|[上数几]?[一二两三四五六七八九十百千]+(?:余|多)?次(?:以上)?"
)


def times_held(typed: str) -> str:
    """How often something was held: a number of at least 1, or a word such as 多次 as it was written.

    ValidationError with what would be right.
    """
    plain = re.sub(r"\s", "", unicodedata.normalize("NFKC", typed or ""))
    counted = COUNTED.fullmatch(plain)
    if plain and plain not in UNCOUNTED and (not counted or int(counted["number"] or 1) == 0):
        raise ValidationError(gettext("次数看不懂，请填数字，或填多次、数次、若干次。"))
    return str(int(plain.rstrip("次"))) if re.fullmatch(r"\d+次?", plain) else plain


class Meeting(CampaignRow):
    """A meeting, visit, training or event (会议活动)."""

    name = models.CharField(_("名称"), max_length=120)
    kind = models.CharField(_("类别"), max_length=20)
    held_on = models.DateField(_("日期"), null=True, blank=True)
    unit = models.ForeignKey(
        Unit, verbose_name=_("单位"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    group = models.ForeignKey(
        LeadingGroup,
        verbose_name=_("领导小组"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="meetings",
    )
    place = models.CharField(_("地点"), max_length=100, blank=True)
    attendance = models.PositiveIntegerField(_("参加人数"), null=True, blank=True)
    duration = models.CharField(_("时长"), max_length=40, blank=True)
    # A number, or a word such as 多次 that is kept as written.
    times = models.CharField(_("次数"), max_length=20, blank=True)
    decisions = models.TextField(_("议定事项"), blank=True)

    class Meta(CampaignRow.Meta):
        verbose_name = _("会议活动")

    def __str__(self):
        return self.name

    def clean(self):
        super().clean()
        try:
            self.times = times_held(self.times)
        except ValidationError as problem:
            raise ValidationError({"times": problem.messages}) from None


class Volunteering(CampaignRow):
    team = models.CharField(_("队伍"), max_length=100)
    served_on = models.DateField(_("日期"), null=True, blank=True)
    unit = models.ForeignKey(
        Unit, verbose_name=_("单位"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    content = models.TextField(_("内容"), blank=True)
    sessions = models.PositiveIntegerField(_("场次"), null=True, blank=True)
    people = models.PositiveIntegerField(_("人次"), null=True, blank=True)
    hours = models.DecimalField(_("小时"), max_digits=10, decimal_places=1, null=True, blank=True)

    class Meta(CampaignRow.Meta):
        verbose_name = _("志愿服务")

    def __str__(self):
        return self.team


class Publicity(CampaignRow):
    """A position of publicity (宣传阵地): slogans, screens, brochures."""

    kind = models.CharField(_("类型"), max_length=30)
    place = models.CharField(_("位置"), max_length=100)
    quantity = models.PositiveIntegerField(_("数量"), null=True, blank=True)
    unit = models.ForeignKey(
        Unit, verbose_name=_("单位"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    content = models.TextField(_("内容"), blank=True)
    placed_on = models.DateField(_("日期"), null=True, blank=True)

    class Meta(CampaignRow.Meta):
        verbose_name = _("宣传阵地")

    def __str__(self):
        return f"{self.kind} {self.place}"


class Honour(CampaignRow):
    class Kind(models.TextChoices):
        WON = "won", _("获得")
        GIVEN = "given", _("评出")

    kind = models.CharField(_("类型"), max_length=6, choices=Kind)
    name = models.CharField(_("名称"), max_length=120)
    granted_by = models.CharField(_("授予单位"), max_length=100, blank=True)
    honoured = models.CharField(_("对象"), max_length=100, blank=True)
    deed = models.TextField(_("事迹"), blank=True)
    granted_on = models.DateField(_("日期"), null=True, blank=True)

    class Meta(CampaignRow.Meta):
        verbose_name = _("荣誉")

    def __str__(self):
        return self.name
