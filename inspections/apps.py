from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class InspectionsConfig(AppConfig):
    name = "inspections"
    verbose_name = _("督查")

    def ready(self):
        # Only now are the models there that the register is made of.
        from campaigns import registers

        from .registers import SPONSORSHIPS

        registers.add(SPONSORSHIPS)
