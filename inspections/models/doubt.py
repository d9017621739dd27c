from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns.models import Campaign
from campaigns.models.campaign import SeenQuerySet
from cityinit.addresses import address
from cityinit.likeness import PARTS, parts, whole

from .finding import Finding, FindingPhoto

COLUMNS = [f"part_{number}" for number in range(PARTS)]


class PhotoPrintQuerySet(models.QuerySet):
    def sharing(self, campaign, keys):
        """Photo and fingerprint of those of the campaign that have any of these numbers (`Sought.keys`) at its part.

        One query a part: each is a look into its own index, which one with six alternatives would not be.
        """
        found = {}
        for column, wanted in zip(COLUMNS, keys, strict=True):
            rows = self.filter(campaign=campaign, **{f"{column}__in": list(wanted)})
            found |= {pk: numbers for pk, *numbers in rows.values_list("photo", *COLUMNS)}
        return [(pk, whole(numbers)) for pk, numbers in sorted(found.items())]

    def keep(self, photo):
        """Let a photo be found from now on; once, however often it is asked for."""
        values = dict(zip(COLUMNS, parts(photo.file.fingerprint), strict=True))
        return self.get_or_create(photo=photo, defaults={"campaign_id": photo.finding.campaign_id, **values})


class PhotoPrint(models.Model):
    """By what a photo is found among those of its campaign though it was cropped: its fingerprint, in parts."""

    photo = models.OneToOneField(FindingPhoto, primary_key=True, on_delete=models.CASCADE, related_name="print")
    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="+", db_index=False)
    part_0 = models.IntegerField()
    part_1 = models.IntegerField()
    part_2 = models.IntegerField()
    part_3 = models.IntegerField()
    part_4 = models.IntegerField()
    part_5 = models.IntegerField()

    objects = PhotoPrintQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["campaign", column], name=f"photo_print_{column}") for column in COLUMNS]

    def __str__(self):
        return whole([getattr(self, column) for column in COLUMNS])


class PhotoDoubtQuerySet(SeenQuerySet):
    CAMPAIGN = "finding__campaign"

    def visible_to(self, user, *, of=None):
        """Those of the findings the person sees: whose photo is doubted knows it."""
        return self.filter(finding__in=Finding.objects.visible_to(user, of=of))

    def open(self):
        return self.filter(word=PhotoDoubt.Word.OPEN)

    def counted(self):
        """Of findings that count, and not set aside."""
        return self.exclude(word=PhotoDoubt.Word.SET_ASIDE).exclude(finding__state__in=Finding.UNCOUNTED_STATES)

    def of_units(self):
        """Of photos by which a unit answered."""
        return self.filter(photo__rectification__isnull=False)

    def for_page(self, user):
        """With both pictures, what is told of where each was used, and whether the person sees the other's finding."""
        other = Finding.objects.visible_to(user).filter(pk=models.OuterRef("other__finding"))
        return self.annotate(other_is_seen=models.Exists(other)).select_related(
            *("finding__campaign__host", "finding__lead_unit", "said_by"),
            *("photo__file", "photo__rectification__unit", "photo__finding__site", "photo__added_by"),
            *("other__file", "other__rectification__unit", "other__finding__site", "other__added_by"),
        )


class PhotoDoubt(models.Model):
    """A photo that may be an old one (疑似旧照): what speaks for it, and what a reviewer made of it."""

    class Kind(models.TextChoices):
        SAME_FILE = "same_file", _("同一张照片")
        LOOKS_SAME = "looks_same", _("画面相同")
        OLDER = "older", _("拍摄时间过早")

    class Word(models.TextChoices):
        OPEN = "open", _("待核对")
        SET_ASIDE = "set_aside", _("已排除")
        UPHELD = "upheld", _("属实")

    TONES = {"open": "orange", "set_aside": "neutral", "upheld": "red"}

    # The photo's own, so that lists ask without joining.
    finding = models.ForeignKey(Finding, on_delete=models.CASCADE, related_name="doubts")
    photo = models.ForeignKey(FindingPhoto, on_delete=models.CASCADE, related_name="doubts")
    kind = models.CharField(_("疑点"), max_length=10, choices=Kind)
    # The picture that was there before; none where only the time speaks against the photo.
    other = models.ForeignKey(FindingPhoto, null=True, on_delete=models.CASCADE, related_name="+")
    noticed_at = models.DateTimeField(_("发现时间"), default=timezone.now)
    word = models.CharField(_("核对结果"), max_length=10, choices=Word, default=Word.OPEN)
    reason = models.TextField(_("核对说明"), blank=True)
    said_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    said_at = models.DateTimeField(_("核对时间"), null=True)

    objects = PhotoDoubtQuerySet.as_manager()

    class Meta:
        verbose_name = _("疑似旧照")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["photo", "other"], name="photo_doubt_once_a_pair"),
            models.UniqueConstraint(
                fields=["photo"], condition=models.Q(other__isnull=True), name="photo_doubt_of_time_once"
            ),
            models.CheckConstraint(
                condition=models.Q(other__isnull=False) | models.Q(kind="older"), name="photo_doubt_names_the_other"
            ),
        ]
        indexes = [models.Index(fields=["finding", "word"], name="photo_doubt_finding_word")]

    def __str__(self):
        return f"{self.finding} {self.get_kind_display()}"

    def get_absolute_url(self):
        return address("inspections:photo_doubt", self.pk)

    def reach(self):
        return self.finding.reach()

    @property
    def tone(self):
        return self.TONES[self.word]

    @property
    def is_open(self):
        return self.word == self.Word.OPEN
