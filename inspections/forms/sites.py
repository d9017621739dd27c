"""What the office writes about a site, and how the register is narrowed."""

from __future__ import annotations

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.models import Grid
from cityinit.forms import FilterForm
from inspections.models import SiteType
from units.models import Unit


class SiteFilter(FilterForm):
    q = forms.CharField(
        label=gettext_lazy("关键词"),
        required=False,
        max_length=60,
        widget=forms.TextInput({"placeholder": gettext_lazy("编号、名称、地址")}),
    )
    kind = forms.ModelChoiceField(
        SiteType.objects.none(), label=gettext_lazy("类型"), required=False, empty_label=gettext_lazy("全部")
    )
    unit = forms.ModelChoiceField(
        Unit.objects.none(), label=gettext_lazy("责任单位"), required=False, empty_label=gettext_lazy("全部")
    )
    street = forms.CharField(label=gettext_lazy("街道"), required=False, max_length=60)
    trouble = forms.ChoiceField(
        label=gettext_lazy("问题"),
        required=False,
        choices=[
            ("", gettext_lazy("不限")),
            ("overdue", gettext_lazy("有逾期问题")),
            ("open", gettext_lazy("有未办结问题")),
            ("waiting", gettext_lazy("有未办结、没有逾期")),
            ("none", gettext_lazy("无未办结问题")),
        ],
    )
    community = forms.CharField(label=gettext_lazy("社区"), required=False, max_length=60)
    leader = forms.CharField(label=gettext_lazy("包保领导"), required=False, max_length=60)
    grid = forms.CharField(
        label=gettext_lazy("网格"),
        required=False,
        max_length=60,
        widget=forms.TextInput({"placeholder": gettext_lazy("编号、名称、网格员")}),
    )
    placed = forms.ChoiceField(
        label=gettext_lazy("坐标"),
        required=False,
        choices=[("", gettext_lazy("不限")), ("yes", gettext_lazy("有坐标")), ("no", gettext_lazy("没有坐标"))],
    )
    alone = forms.BooleanField(label=gettext_lazy("不含下级单位"), required=False)
    on_demand = ("alone",)
    # Shown once asked for.
    more = ("community", "leader", "grid", "placed")

    def __init__(self, data=None, *, kinds, units, findings, now, offered, **kwargs):
        super().__init__(data, **kwargs)
        # What the person sees of findings, and when.
        self.findings, self.now, self.offered = findings, now, offered
        self.fields["kind"].queryset = kinds
        self.fields["unit"].queryset = units

    def filter(self, sites):
        given = {name: value for name, value in self.chosen.items() if value}
        if words := given.get("q"):
            sites = sites.mentioning(words)
        if unit := given.get("unit"):
            sites = sites.filter(**{"unit": unit} if given.get("alone") else {"unit__path__startswith": unit.path})
        if kind := given.get("kind"):
            sites = sites.filter(kind=kind)
        for name in ("street", "community", "leader"):
            if name in given:
                sites = sites.filter(**{f"{name}__icontains": given[name]})
        if cell := given.get("grid"):
            sites = sites.in_grid(cell)
        if placed := given.get("placed"):
            sites = sites.on_map() if placed == "yes" else sites.off_map()
        if trouble := given.get("trouble"):
            sites = self._in_trouble(sites, trouble)
        return sites

    def _in_trouble(self, sites, trouble):
        open_ones, overdue = self.findings.open(), self.findings.overdue(at=self.now)
        if trouble == "none":
            return sites.without(open_ones)
        found = sites.with_any(overdue if trouble == "overdue" else open_ones)
        return found.without(overdue) if trouble == "waiting" else found

    @property
    def more_is_set(self):
        return any(self.chosen[name] for name in self.more)


class GridField(forms.ModelChoiceField):
    """A cell of the grid, told with who keeps it."""

    def label_from_instance(self, grid):
        return f"{grid}（{grid.keeper}）" if grid.keeper else str(grid)


class SiteForm(forms.Form):
    PLACE = ("longitude", "latitude")

    code = forms.CharField(label=gettext_lazy("编号"), max_length=40)
    name = forms.CharField(label=gettext_lazy("名称"), max_length=100)
    kind = forms.CharField(
        label=gettext_lazy("类型"), max_length=60, widget=forms.TextInput({"list": "site-kinds", "autocomplete": "off"})
    )
    unit = forms.ModelChoiceField(Unit.objects.none(), label=gettext_lazy("责任单位"))
    address = forms.CharField(label=gettext_lazy("地址"), max_length=200, required=False)
    leader = forms.CharField(label=gettext_lazy("包保领导"), max_length=60, required=False)
    street = forms.CharField(label=gettext_lazy("所属街道"), max_length=60, required=False)
    community = forms.CharField(label=gettext_lazy("所属社区"), max_length=60, required=False)
    grid = GridField(Grid.objects.none(), label=gettext_lazy("网格"), required=False)
    longitude = forms.FloatField(label=gettext_lazy("经度"), required=False, min_value=-180, max_value=180)
    latitude = forms.FloatField(label=gettext_lazy("纬度"), required=False, min_value=-90, max_value=90)
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, units, grids, others, **kwargs):
        super().__init__(*args, **kwargs)
        if "seen" not in self.initial:
            del self.fields["seen"]
        self.fields["unit"].queryset = units
        self.fields["grid"].queryset = grids
        self.others = others

    @property
    def about(self):
        return [field for field in self.visible_fields() if field.name not in self.PLACE]

    @property
    def place(self):
        """Where it is: the fields that the map fills in, too."""
        return [self[name] for name in self.PLACE]

    def clean_code(self):
        code = self.cleaned_data["code"]
        if there := self.others.filter(code=code).first():
            raise ValidationError(_("编号“%(code)s”已用于“%(name)s”。") % {"code": code, "name": there.name})
        return code

    def clean(self):
        cleaned = super().clean()
        if (cleaned.get("longitude") is None) != (cleaned.get("latitude") is None) and not self.errors:
            self.add_error("latitude", _("经度和纬度要么都填，要么都不填。"))
        return cleaned
