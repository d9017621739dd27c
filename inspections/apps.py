from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class InspectionsConfig(AppConfig):
    name = "inspections"
    verbose_name = _("督查")

    def ready(self):
        # Only now are the models there that the register is made of.
        from campaigns import papers, registers
        from units import succession

        from .actions.findings import letters
        from .actions.rectification_notices import PAPER
        from .actions.succession import open_work, take_over
        from .registers import SPONSORSHIPS
        from .tallies import keep_counting

        registers.add(SPONSORSHIPS)
        papers.add(PAPER)
        papers.add(letters.PAPER)
        succession.add("inspections", succession.Estate(open_work, take_over))
        post_migrate.connect(keep_counting, sender=self)
