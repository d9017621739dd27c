from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CityinitConfig(AppConfig):
    name = "cityinit"
    verbose_name = _("系统")
