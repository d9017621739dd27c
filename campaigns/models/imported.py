from django.db import models

from .campaign import Campaign


class ImportedRow(models.Model):
    """What the last load of a workbook row wrote, so that a later load can tell people's work from its own."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="+")
    sheet = models.CharField(max_length=20)
    key = models.CharField(max_length=64)
    written = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["campaign", "sheet", "key"], name="imported_row_once")]

    def __str__(self):
        return f"{self.sheet} {self.key[:8]}"
