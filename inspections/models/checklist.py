from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from campaigns.models import Indicator
from campaigns.models.campaign import Campaign, CampaignRow, SeenQuerySet
from cityinit.history import Event
from cityinit.marks import mark_of
from cityinit.uploads import Upload
from inspections.rules import Kind, Rule
from units.roles import Reach, scope_of

from .site import SiteType

HEAVIEST = 100


class ChecklistQuerySet(SeenQuerySet):
    SEEN_WITH = "campaigns.see_register"
    BY_OFFICE: bool | None = None

    def _seen_by(self, user):
        """All of those who see the registers; who sees sites reads what is in use: a unit may know what is asked."""
        hosts = scope_of(user).hosts_with("inspections.see_site")
        in_use = models.Q(state=Checklist.State.IN_USE, campaign__host__host_id__in=hosts)
        return self._seen_whole(user) | in_use

    def of(self, campaign):
        """The campaign's own, and what other campaigns of its host share."""
        shared = models.Q(is_shared=True, campaign__host=campaign.host_id)
        return self.filter(models.Q(campaign=campaign) | shared)

    def in_use(self):
        return self.filter(state=Checklist.State.IN_USE)

    def drafts(self):
        return self.filter(state=Checklist.State.DRAFT)

    def own_first(self, campaign):
        """Those of the campaign before those it shares."""
        own = models.Case(models.When(campaign=campaign, then=0), default=1)
        return self.order_by(own, "-pk")

    def for_type(self, campaign, kind):
        """The one that a site of this type is visited with now; None where there is none."""
        return self.of(campaign).in_use().filter(kind=kind).own_first(campaign).first()


class Checklist(CampaignRow):
    """What is looked at on a site of one type: one edition, frozen once it is in use."""

    class State(models.TextChoices):
        DRAFT = "draft", _("草稿")
        IN_USE = "in_use", _("使用中")
        WITHDRAWN = "withdrawn", _("已停用")

    TONES = {"draft": "yellow", "in_use": "green", "withdrawn": "neutral"}
    # The columns that the office writes.
    WRITTEN = ("kind", "edition", "source", "note", "is_shared")

    kind = models.ForeignKey(SiteType, verbose_name=_("点位类型"), on_delete=models.PROTECT, related_name="checklists")
    edition = models.CharField(_("版本"), max_length=40, help_text=_("如“2024版”"))
    source = models.CharField(_("依据"), max_length=200, blank=True, help_text=_("出自哪份文件或操作手册"))
    note = models.TextField(_("说明"), blank=True)
    is_shared = models.BooleanField(
        _("本市各项创建活动共用"), default=False, help_text=_("勾选后，主体单位的其他创建活动也能用这一份")
    )
    state = models.CharField(_("状态"), max_length=10, choices=State, default=State.DRAFT)
    previous = models.ForeignKey(
        "self", verbose_name=_("由哪一版改来"), null=True, editable=False, on_delete=models.SET_NULL, related_name="+"
    )
    published_on = models.DateField(_("启用日期"), null=True, editable=False)

    objects = ChecklistQuerySet.as_manager()  # type: ignore[assignment,misc]  # of the base's, with words of its own

    class Meta(CampaignRow.Meta):
        verbose_name = _("检查表")
        ordering = ["kind__position", "kind", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "kind", "edition", "source"], name="checklist_edition_once"),
            # Who stands at a site must not be asked by which of two.
            models.UniqueConstraint(
                fields=["campaign", "kind"], condition=models.Q(state="in_use"), name="checklist_one_in_use"
            ),
        ]

    def __str__(self):
        return f"{self.kind} {self.edition}".strip()

    def get_absolute_url(self):
        return reverse("inspections:checklist", args=[self.pk])

    @property
    def tone(self):
        return self.TONES[self.state]

    @property
    def is_draft(self):
        return self.state == self.State.DRAFT

    @property
    def mark(self):
        return mark_of(self, Checklist.WRITTEN)


class ChecklistItem(models.Model):
    """One thing that is looked at, with the rule by which it passes and what it weighs."""

    # The columns that the office writes; a copy into the next edition takes them all.
    WRITTEN = (
        *("code", "group", "criterion", "rule_kind", "amount", "sample", "metres", "at_most", "per_100", "measure"),
        *("said", "observed", "weight", "indicator"),
    )

    checklist = models.ForeignKey(Checklist, on_delete=models.CASCADE, related_name="items")
    position = models.PositiveIntegerField(default=0)
    code = models.CharField(_("编号"), max_length=20)
    group = models.CharField(_("类别"), max_length=60, blank=True)
    criterion = models.TextField(_("检查内容"))
    rule_kind = models.CharField(_("怎样判定"), max_length=10, choices=Kind, default=Kind.PRESENCE)
    amount = models.PositiveIntegerField(_("数目"), null=True, blank=True)
    sample = models.PositiveIntegerField(_("看多少、问几人"), null=True, blank=True)
    metres = models.PositiveIntegerField(_("多少米"), null=True, blank=True)
    at_most = models.BooleanField(_("不超过"), default=False)
    per_100 = models.BooleanField(_("按每100米算"), default=False)
    measure = models.CharField(_("量词"), max_length=4, default="处", blank=True)
    # The rule in the words of the paper it comes from; what no rule could say stands only here.
    said = models.TextField(_("判定口径"), blank=True)
    observed = models.CharField(_("检查方法"), max_length=200, blank=True)
    weight = models.PositiveSmallIntegerField(
        _("分值"), default=1, validators=[MinValueValidator(1), MaxValueValidator(HEAVIEST)]
    )
    indicator = models.ForeignKey(
        Indicator, verbose_name=_("测评指标"), null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    # Sent twice, stored once.
    client_key = models.UUIDField(unique=True, null=True, editable=False)

    class Meta:
        verbose_name = _("检查项")
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["checklist", "code"], name="checklist_item_once"),
            models.CheckConstraint(
                condition=models.Q(weight__gte=1, weight__lte=HEAVIEST), name="checklist_item_weighs_something"
            ),
        ]

    def __str__(self):
        return f"{self.code} {self.criterion}"

    @cached_property
    def rule(self):
        return Rule(
            self.rule_kind,
            amount=self.amount,
            sample=self.sample,
            metres=self.metres,
            at_most=self.at_most,
            per_100=self.per_100,
            measure=self.measure or "处",
        )

    @property
    def mark(self):
        return mark_of(self, ChecklistItem.WRITTEN)


class ChecklistEvent(Event):
    """What happened to a checklist."""

    checklist = models.ForeignKey(Checklist, on_delete=models.CASCADE, related_name="events")

    TONES = {"publish": "green", "withdraw": "neutral", "load": "blue"}

    @property
    def tone(self):
        return self.TONES.get(self.move, "blue")

    @property
    def what(self):
        return self.label


class ChecklistTableQuerySet(SeenQuerySet):
    """The tables of the campaigns whose checklists the person changes: colleagues go on with each other's."""

    SEEN_WITH = "inspections.change_checklist"


class ChecklistTable(Upload):
    """An uploaded table of checklist items, one a line."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="+")
    # What the items belong to where the table has no column for it.
    kind_name = models.CharField(_("点位类型"), max_length=60, blank=True)
    edition = models.CharField(_("版本"), max_length=40, blank=True)
    loaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    objects = ChecklistTableQuerySet.as_manager()

    class Meta(Upload.Meta):
        verbose_name = _("检查表文件")

    def get_absolute_url(self):
        return reverse("inspections:checklist_table", args=[self.pk])

    def reach(self):
        return Reach(self.campaign.host.path)
