import re
import unicodedata
from datetime import timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from units.models import Unit

from .campaign import UnitRow, UnitRowQuerySet
from .group import LeadingGroup
from .standard import Indicator
from .task import Task
from .workstream import Workstream

# Days: how early a position that runs out is told, and how long one may hang without anybody looking at it.
RENEW_WITHIN, CHECK_EVERY = 30, 90
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


class Meeting(UnitRow):
    """A meeting, visit, training or activity (会议活动); an activity is filed by the unit that held it."""

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
    content = models.TextField(_("活动内容"), blank=True, help_text=_("做了什么、效果如何，一两句话即可"))
    task = models.ForeignKey(
        Task, verbose_name=_("对应任务"), null=True, blank=True, on_delete=models.SET_NULL, related_name="activities"
    )
    workstream = models.ForeignKey(
        Workstream,
        verbose_name=_("对应板块"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="activities",
    )
    indicator = models.ForeignKey(
        Indicator,
        verbose_name=_("对应指标"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="activities",
    )

    class Meta(UnitRow.Meta):
        verbose_name = _("会议活动")

    def __str__(self):
        return self.name

    def clean(self):
        super().clean()
        try:
            self.times = times_held(self.times)
        except ValidationError as problem:
            raise ValidationError({"times": problem.messages}) from None


# Nobody serves longer than a day and a night; from here on a slip of the hand is likelier than a long day.
LONGEST_SERVICE = 24


class Volunteering(UnitRow):
    """A session of volunteers, or several of one team: how many people, and their hours together."""

    team = models.CharField(_("队伍"), max_length=100)
    served_on = models.DateField(_("日期"), null=True, blank=True)
    unit = models.ForeignKey(
        Unit, verbose_name=_("单位"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    content = models.TextField(_("内容"), blank=True)
    sessions = models.PositiveIntegerField(_("场次"), null=True, blank=True)
    people = models.PositiveIntegerField(_("人次"), null=True, blank=True)
    hours = models.DecimalField(
        _("小时"),
        max_digits=10,
        decimal_places=1,
        null=True,
        blank=True,
        help_text=_("全部人员合计；不知道合计时填“人均小时”"),
    )
    hours_each = models.DecimalField(
        _("人均小时"), max_digits=4, decimal_places=1, null=True, blank=True, help_text=_("每人每次，乘以人次得合计")
    )

    class Meta(UnitRow.Meta):
        verbose_name = _("志愿服务")

    def __str__(self):
        return self.team

    def clean(self):
        """Fill the hours from 人均小时 × 人次; refuse what cannot be, in the words of who typed it."""
        super().clean()
        faults = {}
        if self.hours_each is not None and self.people is None:
            faults["people"] = gettext("填了人均小时，请同时填人次。")
        elif self.hours_each is not None:
            product = self.hours_each * self.people
            if self.hours is not None and self.hours != product:
                faults["hours"] = gettext(
                    "%(people)s人次×人均%(each)s小时应为%(product)s小时，请核对，或只填其中一项。"
                ) % {
                    "people": self.people,
                    "each": self.hours_each,
                    "product": product,
                }
            self.hours = product
        if not faults and self.hours and self.people is not None and self.hours > self.people * LONGEST_SERVICE:
            faults["hours"] = gettext("平均每人每次超过%(most)s小时，请核对人次和小时。") % {"most": LONGEST_SERVICE}
        if self.sessions and self.people is not None and self.people < self.sessions:
            faults["people"] = gettext("人次少于场次，请核对：每场至少有一人。")
        if faults:
            raise ValidationError(faults)


class PublicityQuerySet(UnitRowQuerySet):
    def hanging(self, *, on):
        """What hangs on that day: put up by then, not yet taken down. Without a day of putting up it always has."""
        return self.filter(
            models.Q(placed_on=None) | models.Q(placed_on__lte=on),
            models.Q(removed_on=None) | models.Q(removed_on__gt=on),
        )

    def with_condition(self, *, on):
        """With `condition` and `checked_on` of the last check by that day."""
        checks = PublicityCheck.objects.filter(publicity=models.OuterRef("pk"), checked_on__lte=on)
        last = checks.order_by("-checked_on", "-pk")
        return self.annotate(
            condition=models.Subquery(last.values("condition")[:1]),
            checked_on=models.Subquery(last.values("checked_on")[:1]),
        )

    def due(self, *, on):
        """What needs somebody: its time is over within a month, or the last check found it other than intact."""
        soon = models.Q(ends_on__lte=on + timedelta(days=RENEW_WITHIN))
        bad = models.Q(condition__in=[PublicityCheck.Condition.DAMAGED, PublicityCheck.Condition.OUTDATED])
        return self.hanging(on=on).with_condition(on=on).filter(soon | bad)

    def unchecked(self, *, on):
        """What hangs and has not been looked at for a quarter."""
        since = on - timedelta(days=CHECK_EVERY)
        fresh = PublicityCheck.objects.filter(publicity=models.OuterRef("pk"), checked_on__gt=since, checked_on__lte=on)
        return self.hanging(on=on).filter(
            ~models.Exists(fresh), models.Q(placed_on=None) | models.Q(placed_on__lte=since)
        )


class Publicity(UnitRow):
    """A position of publicity (宣传阵地): slogans, screens, public-service ads, brochures."""

    kind = models.CharField(_("类型"), max_length=30)
    place = models.CharField(_("位置"), max_length=100)
    size = models.CharField(_("规格"), max_length=40, blank=True, help_text=_("如：3×6米、A3"))
    quantity = models.PositiveIntegerField(_("数量"), null=True, blank=True)
    unit = models.ForeignKey(
        Unit, verbose_name=_("单位"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    content = models.TextField(
        _("内容"), blank=True, help_text=_("主题，如：社会主义核心价值观、文明健康、关爱未成年人")
    )
    placed_on = models.DateField(_("日期"), null=True, blank=True)
    ends_on = models.DateField(
        _("应更新日期"), null=True, blank=True, help_text=_("画面或授权到期的日子，过后总结不再写入")
    )
    removed_on = models.DateField(_("撤下日期"), null=True, blank=True)

    objects = PublicityQuerySet.as_manager()  # type: ignore[misc]  # a query set of more words

    class Meta(UnitRow.Meta):
        verbose_name = _("宣传阵地")

    def __str__(self):
        return f"{self.kind} {self.place}"


class PublicityCheck(models.Model):
    """Somebody looked at a position on a day, and found it so."""

    class Condition(models.TextChoices):
        INTACT = "intact", _("完好")
        DAMAGED = "damaged", _("破损")
        OUTDATED = "outdated", _("内容过时")

    TONES = {Condition.INTACT: "green", Condition.DAMAGED: "red", Condition.OUTDATED: "orange"}

    publicity = models.ForeignKey(Publicity, on_delete=models.CASCADE, related_name="checks")
    checked_on = models.DateField(_("检查日期"))
    condition = models.CharField(_("情况"), max_length=10, choices=Condition)
    note = models.CharField(_("说明"), max_length=200, blank=True)
    client_key = models.UUIDField(unique=True, null=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("阵地检查")
        ordering = ["-checked_on", "-pk"]
        indexes = [models.Index(fields=["publicity", "-checked_on"], name="publicity_check_last")]

    def __str__(self):
        return f"{self.checked_on} {self.get_condition_display()}"

    @property
    def tone(self):
        return self.TONES[self.condition]


class Honour(UnitRow):
    class Kind(models.TextChoices):
        WON = "won", _("获得")
        GIVEN = "given", _("评出")

    class Consent(models.TextChoices):
        NOT_NEEDED = "not_needed", _("不涉及个人")
        GIVEN = "given", _("本人已同意")
        NOT_GIVEN = "not_given", _("尚未征得同意")

    kind = models.CharField(_("类型"), max_length=6, choices=Kind)
    name = models.CharField(_("名称"), max_length=120)
    unit = models.ForeignKey(
        Unit, verbose_name=_("申报单位"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    granted_by = models.CharField(_("授予单位"), max_length=100, blank=True)
    honoured = models.CharField(_("对象"), max_length=100, blank=True)
    deed = models.TextField(_("事迹"), blank=True)
    granted_on = models.DateField(_("日期"), null=True, blank=True)
    consent = models.CharField(
        _("个人信息"),
        max_length=10,
        choices=Consent,
        default=Consent.NOT_NEEDED,
        help_text=_("对象是个人时，征得本人同意并附上同意书，总结才会写出姓名和事迹"),
    )

    class Meta(UnitRow.Meta):
        verbose_name = _("荣誉")

    def __str__(self):
        return self.name

    @property
    def may_be_told(self):
        """Whether the summary may name who was honoured, and for what."""
        return self.consent != self.Consent.NOT_GIVEN
