from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from cityinit.marks import mark_of
from units.models import Unit

from .campaign import CampaignRow


class LeadingGroup(CampaignRow):
    """领导小组, 指挥部 or 专项组."""

    name = models.CharField(_("名称"), max_length=100)
    parent = models.ForeignKey(
        "self", verbose_name=_("上级"), null=True, blank=True, on_delete=models.PROTECT, related_name="children"
    )
    founded_on = models.DateField(_("成立日期"), null=True, blank=True)
    office_unit = models.ForeignKey(
        Unit, verbose_name=_("办公室设在"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    document_number = models.CharField(_("文号"), max_length=60, blank=True)

    class Meta(CampaignRow.Meta):
        verbose_name = _("领导小组")
        constraints = [models.UniqueConstraint(fields=["campaign", "name"], name="leading_group_once")]

    def __str__(self):
        return self.name


class GroupMember(CampaignRow):
    """A seat in a group: a post, with or without the name of who holds it."""

    group = models.ForeignKey(
        LeadingGroup, verbose_name=_("领导小组"), on_delete=models.CASCADE, related_name="members"
    )
    seat = models.CharField(_("小组职务"), max_length=30)
    person_name = models.CharField(_("姓名"), max_length=40, blank=True)
    unit = models.ForeignKey(
        Unit, verbose_name=_("单位"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    title = models.CharField(_("行政职务"), max_length=60, blank=True)
    duties = models.TextField(_("分工"), blank=True)
    starts_on = models.DateField(_("起"), null=True, blank=True)
    ends_on = models.DateField(_("止"), null=True, blank=True)

    class Meta(CampaignRow.Meta):
        verbose_name = _("小组成员")

    def __str__(self):
        return f"{self.seat} {self.person_name or self.title}".strip()


class Document(CampaignRow):
    """A plan, notice, rule or bulletin that was issued."""

    name = models.CharField(_("名称"), max_length=200)
    kind = models.CharField(_("类型"), max_length=20, blank=True)
    number = models.CharField(_("文号"), max_length=60, blank=True)
    issued_on = models.DateField(_("日期"), null=True, blank=True)
    issuer = models.ForeignKey(
        Unit, verbose_name=_("发文单位"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    copies = models.PositiveIntegerField(_("份数"), null=True, blank=True)
    content = models.TextField(_("内容"), blank=True)

    class Meta(CampaignRow.Meta):
        verbose_name = _("文件制度")
        constraints = [models.UniqueConstraint(fields=["campaign", "name"], name="document_once")]

    def __str__(self):
        return self.name


class Instruction(CampaignRow):
    """A leader's written instruction (批示)."""

    content = models.TextField(_("内容"))
    leader = models.CharField(_("领导"), max_length=60)
    given_on = models.DateField(_("日期"), null=True, blank=True)
    task = models.ForeignKey(
        "campaigns.Task",
        verbose_name=_("任务"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="instructions",
    )
    # Who wrote it in the product; unknown of one that the office entered or a workbook brought.
    given_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )

    class Meta(CampaignRow.Meta):
        verbose_name = _("批示")

    def __str__(self):
        return self.content[:40]

    def get_absolute_url(self):
        return reverse("campaigns:register_row", args=["instructions", self.pk])

    @property
    def mark(self):
        return mark_of(self, ("content", "leader", "given_on", "task"))
