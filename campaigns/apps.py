from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CampaignsConfig(AppConfig):
    name = "campaigns"
    verbose_name = _("任务")

    def ready(self):
        # Only now are the models there.
        from units import succession

        from . import papers
        from .actions.succession import hand_over, open_work, take_over, written_after
        from .actions.supervision import PAPER

        succession.add("campaigns", succession.Estate(open_work, take_over, hand_over, written_after))
        papers.add(PAPER)
