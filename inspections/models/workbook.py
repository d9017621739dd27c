from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from cityinit.uploads import Upload


class WorkbookLoadQuerySet(models.QuerySet):
    def visible_to(self, user):
        """A person's own uploads: what a workbook holds is for who brings it in."""
        return self.filter(uploaded_by=user)


class WorkbookLoad(Upload):
    """An uploaded workbook, which brings a whole campaign."""

    objects = WorkbookLoadQuerySet.as_manager()

    class Meta(Upload.Meta):
        verbose_name = _("导入工作簿")

    def get_absolute_url(self):
        return reverse("inspections:workbook_load", args=[self.pk])
