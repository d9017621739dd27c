import re

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cityinit.marks import mark_of
from cityinit.models import StoredFile
from units.models import Unit
from units.roles import scope_of

from .campaign import CampaignRow, CampaignRowQuerySet


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
    workstreams = models.ManyToManyField(
        "campaigns.Workstream", verbose_name=_("负责的板块"), related_name="groups", blank=True
    )

    class Meta(CampaignRow.Meta):
        verbose_name = _("领导小组")
        constraints = [models.UniqueConstraint(fields=["campaign", "name"], name="leading_group_once")]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("campaigns:group", args=[self.pk])

    def office_on(self, day):
        """Where its office was at the end of that day; read with `former_offices__unit`."""
        return next((former.unit for former in self.former_offices.all() if former.until >= day), self.office_unit)


class FormerOffice(models.Model):
    """The unit at which a group had its office until a day, when another took it over."""

    group = models.ForeignKey(LeadingGroup, on_delete=models.CASCADE, related_name="former_offices")
    unit = models.ForeignKey(Unit, verbose_name=_("单位"), on_delete=models.PROTECT, related_name="+")
    until = models.DateField(_("至"))

    class Meta:
        ordering = ["until", "pk"]

    def __str__(self):
        return f"{self.group} {self.unit} {self.until}"


class GroupMemberQuerySet(CampaignRowQuerySet):
    def seated(self, *, on):
        """Who sat in the group on that day."""
        begun = models.Q(starts_on=None) | models.Q(starts_on__lte=on)
        return self.filter(begun, models.Q(ends_on=None) | models.Q(ends_on__gte=on))


def rank(seat):
    """Where a seat stands: the head, first deputies, deputies, the office, who else is named, plain members."""
    order = (
        (r"^(?!.*副)(?!.*办公室)(?:.*组长|.*总指挥|.*指挥长|.*主任)$", 0),
        (r"^第一副", 1),
        (r"^常务副", 2),
        (r"^(?!.*办公室).*副", 3),
        (r"办公室.*副", 5),
        (r"办公室|秘书长", 4),
        (r"成员$|组员$|委员$", 7),
    )
    return next((place for words, place in order if re.search(words, seat)), 6)


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

    objects = GroupMemberQuerySet.as_manager()  # type: ignore[misc]  # a query set of more words

    class Meta(CampaignRow.Meta):
        verbose_name = _("小组成员")

    def __str__(self):
        return f"{self.seat} {self.person_name or self.title}".strip()

    @property
    def rank(self):
        return rank(self.seat)

    @property
    def mark(self):
        return mark_of(self, ("seat", "person_name", "unit", "title", "starts_on", "ends_on"))


class DocumentQuerySet(CampaignRowQuerySet):
    def _seen_by(self, user):
        """The whole register where the person sees registers; else what the own units are to read."""
        seen = self._seen_whole(user)
        if paths := scope_of(user).paths_with("campaigns.see_task"):
            mine = Document.readers.through.objects.filter(
                document=models.OuterRef("pk"), unit__in=Unit.objects.under(paths)
            )
            seen |= models.Q(models.Exists(mine))
        return seen

    def in_force(self, *, on):
        """Issued by that day and not yet replaced or repealed."""
        issued = models.Q(issued_on=None) | models.Q(issued_on__lte=on)
        return self.filter(issued, models.Q(ended_on=None) | models.Q(ended_on__gt=on))

    def for_list(self):
        """With who issued them, and `has_files`."""
        files = Document.files.through.objects.filter(document=models.OuterRef("pk"))
        return self.select_related("issuer").annotate(has_files=models.Exists(files))


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
    files = models.ManyToManyField(StoredFile, verbose_name=_("文件"), blank=True, related_name="+")
    ended_on = models.DateField(
        _("废止日期"),
        null=True,
        blank=True,
        help_text=_("从这一天起不再执行；有新文件替代的可以不填，按新文件的日期计"),
    )
    replaced_by = models.ForeignKey(
        "self",
        verbose_name=_("替代它的文件"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="replaces",
    )
    group = models.ForeignKey(
        LeadingGroup,
        verbose_name=_("领导小组"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="documents",
    )
    meeting = models.ForeignKey(
        "campaigns.Meeting",
        verbose_name=_("会议"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="documents",
    )
    task = models.ForeignKey(
        "campaigns.Task",
        verbose_name=_("任务"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="documents",
    )
    readers = models.ManyToManyField(
        Unit,
        verbose_name=_("需阅知单位"),
        blank=True,
        related_name="+",
        help_text=_("这些单位的联络员会看到它，并确认已阅"),
    )

    objects = DocumentQuerySet.as_manager()  # type: ignore[misc]  # a query set of more words

    class Meta(CampaignRow.Meta):
        verbose_name = _("文件制度")
        constraints = [models.UniqueConstraint(fields=["campaign", "name"], name="document_once")]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("campaigns:document", args=[self.pk])

    def clean(self):
        """What replaces a paper ends it; a paper does not replace itself or an earlier one."""
        super().clean()
        if self.replaced_by_id and self.replaced_by_id == self.pk:
            raise ValidationError({"replaced_by": gettext("一份文件不能替代它自己，请选择另一份。")})
        if self.replaced_by and not self.ended_on:
            self.ended_on = self.replaced_by.issued_on
        if self.ended_on and self.issued_on and self.ended_on < self.issued_on:
            raise ValidationError({"ended_on": gettext("废止日期早于发文日期，请核对。")})

    def standing(self, *, on):
        """(tone, text): in force, repealed, or not issued yet."""
        if self.ended_on and self.ended_on <= on:
            return "neutral", gettext("已替代") if self.replaced_by_id else gettext("已废止")
        return ("blue", gettext("未施行")) if self.issued_on and self.issued_on > on else ("green", gettext("施行中"))


class DocumentReading(models.Model):
    """A unit has taken note of a paper (已阅)."""

    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="readings")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    read_at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["document", "unit"], name="document_read_once")]

    def __str__(self):
        return f"{self.document} {self.unit}"


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
