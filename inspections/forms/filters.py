"""A filter that says which of its conditions cannot be read."""

from __future__ import annotations

from django.utils.translation import gettext as _

from cityinit.forms import FilterForm


class WholeFilter(FilterForm):
    """Filters nothing when something in it cannot be read, and says what."""

    @property
    def fault(self):
        told = [f"{self[name].label}：{' '.join(faults)}" for name, faults in self.errors.items()]
        return _("筛选条件有误，下面没有按条件筛选。%(faults)s") % {"faults": "；".join(told)} if told else ""
