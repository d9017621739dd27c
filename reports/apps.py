from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReportsConfig(AppConfig):
    name = "reports"
    verbose_name = _("总结")

    def ready(self):
        # Only now are the models there that the question is about.
        from campaigns.usage import ask_also
        from units import succession

        from .succession import open_work, take_over
        from .systems import is_told

        ask_also(is_told)
        succession.add("reports", succession.Estate(open_work, take_over))
