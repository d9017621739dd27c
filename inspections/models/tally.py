from django.db import models
from django.utils.translation import gettext_lazy as _

from campaigns.models import Campaign


class TallyQuerySet(models.QuerySet):
    def of(self, campaign):
        return self.filter(campaign=campaign)

    def within(self, period):
        """Of the months of a period that begins with one and ends with one."""
        first, last = period.first, period.last
        return self.filter(month__gte=first.year * 100 + first.month, month__lte=last.year * 100 + last.month)


class FindingTally(models.Model):
    """So many findings more, or fewer: what the overview adds up instead of going through findings.

    Rows are only ever appended, by the triggers of `inspections/tallies.py`, so that no two writers wait for a counter;
    how many findings there are is the sum of `n`. A nightly job makes one row of those that are alike.
    """

    class About(models.TextChoices):
        """What `whose` is the key of, and what `month` tells: the month found, but for closings and sites."""

        WHOLE = "whole", _("全部")
        UNIT = "unit", _("责任单位")
        CATEGORY = "category", _("类别")
        # Of all months together: a site has a handful of findings in a month, so months would save nothing.
        SITE = "site", _("点位")
        # By the month of closing, of what is closed now.
        CLOSED = "closed", _("销号")

    # What tells one number from another; no key is 0.
    ALIKE = ("campaign_id", "about", "whose", "month", "state")

    # Not asked for in the database: the finding's own key has been.
    campaign = models.ForeignKey(
        Campaign, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    about = models.CharField(max_length=8, choices=About)
    whose = models.BigIntegerField()
    # 202507; 0 for all months.
    month = models.IntegerField()
    state = models.CharField(max_length=16)
    n = models.IntegerField()

    objects = TallyQuerySet.as_manager()

    class Meta:
        # All of it, in the order of the questions: the rows themselves are not read.
        indexes = [
            models.Index(fields=["campaign", "about", "month", "whose", "state", "n"], name="finding_tally_about")
        ]

    def __str__(self):
        return f"{self.about} {self.whose} {self.month} {self.state} {self.n:+}"
