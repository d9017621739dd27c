"""How the list of what was done well is narrowed."""

from django import forms
from django.utils.translation import gettext_lazy

from cityinit.forms import DayField, FilterForm
from units.models import Unit


class PraiseFilter(FilterForm):
    q = forms.CharField(
        label=gettext_lazy("关键词"),
        required=False,
        max_length=60,
        widget=forms.TextInput({"placeholder": gettext_lazy("地点、内容")}),
    )
    unit = forms.ModelChoiceField(
        Unit.objects.none(), label=gettext_lazy("责任单位"), required=False, empty_label=gettext_lazy("全部")
    )
    since = DayField(label=gettext_lazy("发现起"), required=False)
    until = DayField(label=gettext_lazy("发现止"), required=False)

    def __init__(self, *args, units, **options):
        super().__init__(*args, **options)
        self.fields["unit"].queryset = units

    def filter(self, praises):
        given = self.chosen
        if words := given.get("q"):
            praises = praises.mentioning(words)
        if unit := given.get("unit"):
            praises = praises.filter(unit__path__startswith=unit.path)
        if since := given.get("since"):
            praises = praises.filter(found_on__gte=since)
        if until := given.get("until"):
            praises = praises.filter(found_on__lte=until)
        return praises
