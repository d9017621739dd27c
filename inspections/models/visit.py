from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns.models.campaign import CampaignRow, SeenQuerySet
from cityinit.marks import digest
from cityinit.models import StoredFile
from inspections.rules import Verdict
from units.models import Unit
from units.roles import Reach, scope_of

from .checklist import Checklist, ChecklistItem
from .finding import Finding
from .round import Round
from .site import Site, SiteType


class VisitQuerySet(SeenQuerySet):
    SEEN_WITH = "inspections.see_score"

    def _seen_by(self, user):
        """All for the office; a unit sees what was published of the sites that were its own then."""
        scope, seen = scope_of(user), self._seen_whole(user)
        for path in scope.paths_with("inspections.see_score", office=False):
            seen |= models.Q(round__state=Round.State.PUBLISHED, scored_unit__path__startswith=path)
        for path in scope.partial_paths_with("inspections.see_score"):
            seen |= models.Q(site__unit__path__startswith=path)
        return seen

    def finished(self):
        return self.exclude(finished_at=None)

    def published(self):
        return self.filter(round__state=Round.State.PUBLISHED)

    def for_scores(self):
        """Everything a score is worked out of, in a fixed number of queries."""
        answers = models.Prefetch("answers", VisitAnswer.objects.select_related("item").order_by("item__position"))
        rows = self.select_related("site__kind", "site__unit", "checklist__kind", "round", "scored_unit", "scored_kind")
        return rows.prefetch_related(answers)


class Visit(CampaignRow):
    """A site looked at with the checklist of its type, in a round or without one.

    Until its round is published the score is worked out of its answers; then it is kept, with the unit and the type
    the site had.
    """

    round = models.ForeignKey(
        Round, verbose_name=_("督查批次"), null=True, blank=True, on_delete=models.PROTECT, related_name="visits"
    )
    site = models.ForeignKey(Site, verbose_name=_("点位"), on_delete=models.PROTECT, related_name="visits")
    checklist = models.ForeignKey(Checklist, verbose_name=_("检查表"), on_delete=models.PROTECT, related_name="visits")
    visited_on = models.DateField(_("检查日期"), default=timezone.localdate)
    note = models.TextField(_("备注"), blank=True)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("检查人"), on_delete=models.PROTECT, related_name="+"
    )
    started_at = models.DateTimeField(default=timezone.now)
    finished_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    finished_at = models.DateTimeField(_("完成时间"), null=True)
    # Written when the round is published, and never again.
    earned = models.PositiveIntegerField(null=True, editable=False)
    applicable = models.PositiveIntegerField(null=True, editable=False)
    score = models.DecimalField(_("得分"), max_digits=4, decimal_places=1, null=True, editable=False)
    scored_unit = models.ForeignKey(Unit, null=True, editable=False, on_delete=models.PROTECT, related_name="+")
    scored_kind = models.ForeignKey(SiteType, null=True, editable=False, on_delete=models.PROTECT, related_name="+")

    objects = VisitQuerySet.as_manager()  # type: ignore[assignment,misc]  # of the base's, with words of its own

    class Meta(CampaignRow.Meta):
        verbose_name = _("点位检查")
        ordering = ["-visited_on", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["round", "site"], name="visit_once_in_a_round"),
            models.CheckConstraint(
                condition=models.Q(score=None) | models.Q(score__gte=0, score__lte=100), name="visit_score_of_a_hundred"
            ),
        ]
        indexes = [models.Index(fields=["site", "-visited_on"], name="visit_site_day")]

    def __str__(self):
        return f"{self.site} {self.visited_on}"

    def get_absolute_url(self):
        return reverse("inspections:visit", args=[self.pk])

    def reach(self):
        return Reach(self.campaign.host.path, (self.site.unit.path,))

    @property
    def is_finished(self):
        return self.finished_at is not None

    @property
    def is_frozen(self):
        return self.applicable is not None

    @property
    def unit(self):
        """The unit it is scored for: of the day it was published, before that the site's."""
        return self.scored_unit or self.site.unit

    @property
    def kind(self):
        return self.scored_kind or self.site.kind


class VisitSending(models.Model):
    """A filled-in form that was taken in: by whom and when, and never twice."""

    visit = models.ForeignKey(Visit, on_delete=models.CASCADE, related_name="sendings")
    client_key = models.UUIDField(unique=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self):
        return f"{self.visit} {self.at:%Y-%m-%d %H:%M}"


class VisitAnswer(models.Model):
    """What was found of one item: a number entered once, and the verdict."""

    # What a person says of an item.
    WRITTEN = ("verdict", "number", "out_of", "reason", "note")

    visit = models.ForeignKey(Visit, on_delete=models.CASCADE, related_name="answers")
    item = models.ForeignKey(ChecklistItem, on_delete=models.PROTECT, related_name="answers")
    verdict = models.CharField(_("判定"), max_length=4, choices=Verdict, blank=True)
    number = models.PositiveIntegerField(_("数目"), null=True)
    out_of = models.PositiveIntegerField(_("总数"), null=True)
    # Why it was judged otherwise than the number says.
    reason = models.CharField(_("改判理由"), max_length=200, blank=True)
    note = models.CharField(_("备注"), max_length=500, blank=True)
    # What the item weighed when the round was published.
    frozen_weight = models.PositiveSmallIntegerField(null=True, editable=False)
    finding = models.OneToOneField(
        Finding, verbose_name=_("问题"), null=True, on_delete=models.SET_NULL, related_name="visit_answer"
    )

    class Meta:
        ordering = ["item__position", "pk"]
        constraints = [models.UniqueConstraint(fields=["visit", "item"], name="visit_answer_once")]

    def __str__(self):
        return f"{self.item} {self.get_verdict_display()}"

    @property
    def weight(self):
        return self.item.weight if self.frozen_weight is None else self.frozen_weight

    @property
    def mark(self):
        """A short mark of what it says, by which a form drawn from an older one is known."""
        return mark_of_answer({name: getattr(self, name) for name in VisitAnswer.WRITTEN})


class VisitPhoto(models.Model):
    answer = models.ForeignKey(VisitAnswer, on_delete=models.CASCADE, related_name="photos")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["answer", "file"], name="visit_photo_once")]

    def __str__(self):
        return f"{self.answer} {self.added_at:%Y-%m-%d %H:%M}"


def mark_of_answer(values):
    return digest(values)[:12]
