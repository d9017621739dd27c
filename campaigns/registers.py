"""The registers of a campaign: one description each, from which list, page, form and export are made.

A register is a model whose rows are simply its fields. The apps above add theirs with `add` (see
`inspections.apps`). Columns are model field names; words come from the model's labels.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cityinit.documents import xlsx
from cityinit.marks import mark_of
from cityinit.statements import Statement as Composed
from units.models import Unit
from units.models.person import masked
from units.roles import Reach, Scope, scope_of

from . import presets
from .models import (
    Breach,
    Campaign,
    Dissuasion,
    Document,
    DutyPost,
    ExternalAssessment,
    Grid,
    GroupMember,
    Honour,
    Instruction,
    LeadingGroup,
    Meeting,
    PatrolQuota,
    Phase,
    Publicity,
    ReturnReason,
    Reward,
    SelfCheck,
    Statement,
    Survey,
    Volunteering,
    Workstream,
)
from .models.campaign import CampaignRow, UnitRow

STRUCTURE = gettext_lazy("组织与体系")
WORK = gettext_lazy("工作开展")
RESULTS = gettext_lazy("成效与评价")


EMPTY = gettext_lazy("换个查询条件，或新增一条。")


@dataclass(frozen=True)
class Register:
    """`columns` show in the list; `search` are the texts a search looks through; `day` is what a period filters.

    `named` says what tells a row from its neighbours: of each group the first field that is filled in. What units
    file themselves (a `UnitRow`) they write in fewer fields, `unit_fields`. `summed` are the columns that add up, and
    `sum_by` what they are added up by. `shows` are choices of the list that are asked of a day: name → (label, the
    query set's method). `phones` are telephone numbers, masked for who need not call.
    """

    slug: str
    model: type[CampaignRow]
    group: Any
    icon: str
    columns: tuple[str, ...]
    search: tuple[str, ...]
    fields: tuple[str, ...]
    about: Any
    kind: str = ""
    unit: str = ""
    day: str = ""
    span: tuple[str, str] | None = None
    named: tuple[tuple[str, ...], ...] = ()
    order: tuple[str, ...] = ("position", "pk")
    unit_fields: tuple[str, ...] = ()
    summed: tuple[str, ...] = ()
    sum_by: tuple[str, ...] = ()
    shows: tuple[tuple[str, Any], ...] = ()
    suggested: tuple[tuple[str, tuple[str, ...]], ...] = ()
    phones: tuple[str, ...] = ()
    empty: Any = EMPTY

    @property
    def by_units(self) -> bool:
        """Whether units file their own rows, with photos and files."""
        return issubclass(self.model, UnitRow)

    @property
    def goes_on(self) -> bool:
        """Whether its rows have a last day, and some of them go on."""
        return self.span is not None and self.span[1] == "ends_on"

    @property
    def has_files(self) -> bool:
        return hasattr(self.model, "files")

    @property
    def title(self) -> str:
        return str(self.model._meta.verbose_name)

    @property
    def naming(self) -> str:
        """The column that names a row: it carries the link."""
        if self.named:
            return self.named[0][0]
        return next((name for name in ("name", "team", "content") if name in self.columns), self.columns[0])

    @property
    def relations(self) -> list[str]:
        """Foreign keys that the rows show."""
        names = dict.fromkeys((*self.columns, *self.fields))
        return [name for name in names if self.model._meta.get_field(name).many_to_one]

    @property
    def many(self) -> list[str]:
        return [name for name in self.fields if self.model._meta.get_field(name).many_to_many]

    def name_of(self, row: Any) -> str:
        """What a row is called in the list and on its own page."""
        if not self.named:
            return shown(row, self.naming)
        parts = (next(filter(None, (shown(row, name) for name in names)), "") for names in self.named)
        return " ".join(filter(None, parts))

    def named_in_list(self, row: Any) -> str:
        """The same without what a column of its own says beside it."""
        parts = [next(((name, text) for name in names if (text := shown(row, name))), None) for names in self.named]
        told = [part[1] for part in parts if part and (part[0] == self.naming or part[0] not in self.columns)]
        return " ".join(told) or self.name_of(row)

    def is_number(self, name: str) -> bool:
        """Whether a column holds figures, which stand at the right."""
        field = self.model._meta.get_field(name)
        return isinstance(field, models.IntegerField | models.DecimalField) and not field.choices

    def label(self, name: str) -> str:
        field = self.model._meta.get_field(name)
        return str(field.verbose_name)

    def rows(self, campaign: Campaign, *, by: Any) -> models.QuerySet:
        """Every row of the campaign that the person may see, with what a list shows of it."""
        rows = self.model.objects.visible_to(by, of=campaign)
        return rows.select_related(*self.relations).prefetch_related(*self.many)

    def shown(self, row: Any, names: Iterable[str], *, by: Any) -> list[str]:
        """The row's values as this person reads them."""
        hidden = () if not self.phones or by.has_perm("units.see_phone", row) else self.phones
        return [masked(shown(row, name)) if name in hidden else shown(row, name) for name in names]

    def sheet_columns(self) -> list[xlsx.Column]:
        """One column of a sheet for each field: numbers and dates as such, for Excel to add up and sort."""
        return [xlsx.Column(self.label(name), 18, self._kind(name)) for name in self.fields]

    def cells(self, row: Any, *, by: Any) -> list[Any]:
        """The row for these columns, as this person reads it."""
        told = self.shown(row, self.fields, by=by)
        return [
            text if self._kind(name) == "text" else getattr(row, name)
            for name, text in zip(self.fields, told, strict=True)
        ]

    def _kind(self, name: str) -> xlsx.Kind:
        field = self.model._meta.get_field(name)
        if self.is_number(name):
            return "decimal" if isinstance(field, models.DecimalField) else "int"
        if isinstance(field, models.DateTimeField):
            return "datetime"
        return "date" if isinstance(field, models.DateField) else "text"

    def mark_of(self, row: Any) -> str:
        """A mark of the row as it stands, by which a stale form is known."""
        return mark_of(row, (*self.fields, "files") if self.has_files else self.fields)

    def reading_refusal(self, campaign: Campaign | None, *, by: Any) -> str | None:
        """Say why the person may not open this register of the campaign, or return None."""
        if by.has_perm("campaigns.see_register", campaign) or (self.by_units and by.has_perm("campaigns.file_row")):
            return None
        return _("您没有查看“%(title)s”的权限。") % {"title": self.title}

    def adds(self, campaign: Campaign, *, by: Any) -> bool:
        """Whether the person may add rows: the office any, a liaison those of the own units."""
        return by.has_perm("campaigns.change_register", campaign) or bool(
            self.by_units and units_filed_for(campaign, by=by).exists()
        )

    def writing_refusal(self, row: Any, *, by: Any) -> str | None:
        """Say why the person may not write this row as it stands, or return None."""
        if by.has_perm("campaigns.change_register", Reach(row.campaign.host.path)):
            return None
        if not (self.by_units and row.unit and by.has_perm("campaigns.file_row", row)):
            return _("您没有修改“%(title)s”的权限。") % {"title": self.title}
        if row.pk and not row.by_unit:
            return _("这一条是创建办登记的，如有出入请联系创建办修改。")
        return None


REGISTERS: dict[str, Register] = {}


def units_filed_for(campaign: Campaign, *, by: Any) -> models.QuerySet[Unit]:
    """Open units of the campaign's tree for which the person files rows, the person's own first."""
    own = Unit.objects.under(scope_of(by).paths_with("campaigns.file_row"))
    return own.of_host(campaign.host.host_id).active().order_by("path")


def readable(campaign: Campaign | None, *, by: Any) -> list[Register]:
    """The registers the person may open."""
    all_of_them = by.has_perm("campaigns.see_register", campaign)
    return [one for one in REGISTERS.values() if all_of_them or not one.reading_refusal(campaign, by=by)]


def add(register: Register) -> None:
    """Make a register known; a slug is given once."""
    if register.slug in REGISTERS and REGISTERS[register.slug].model is not register.model:
        raise ValueError(f"two registers are called {register.slug}")
    REGISTERS[register.slug] = register


def by_group(registers: Iterable[Register]) -> list[tuple[str, list[Register]]]:
    """These registers in the order of work: who and what for, what is done, what came of it."""
    groups: dict[str, list[Register]] = {str(group): [] for group in (STRUCTURE, WORK, RESULTS)}
    for register in registers:
        groups.setdefault(str(register.group), []).append(register)
    return [(title, members) for title, members in groups.items() if members]


def counts(campaign: Campaign, registers: Iterable[Register], *, by: Any) -> dict[str, int]:
    """Rows per register that the person may see, in one query."""
    slugs = [register.slug for register in registers]
    return dict(COUNTS.ask(campaign, by, scope_of(by), *slugs)) if slugs else {}


def _counts(campaign: Campaign, by: Any, _scope: Scope, *slugs: str) -> models.QuerySet:
    parts = [
        REGISTERS[slug]
        .model.objects.visible_to(by, of=campaign)
        .order_by()
        .annotate(slug=models.Value(slug, models.CharField()))
        .values("slug")
        .annotate(n=models.Count("pk"))
        .values_list("slug", "n")
        for slug in slugs
    ]
    return parts[0].union(*parts[1:], all=True)


# What is seen follows from the person and the posts held: each person has the statement of the own posts.
COUNTS = Composed(_counts)


def shown(row: Any, name: str) -> str:
    """One field's value as a person reads it; empty stays empty, 0 stays 0."""
    field = row._meta.get_field(name)
    if display := getattr(row, f"get_{name}_display", None):
        return str(display())
    value = getattr(row, name)
    if field.many_to_many:
        return "、".join(str(item) for item in value.all())
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value.to_integral_value() if value == value.to_integral_value() else value.normalize():f}"
    return str(value)


for register in (
    Register(
        "phases",
        Phase,
        STRUCTURE,
        "calendar-stats",
        columns=("name", "starts_on", "ends_on"),
        search=("name",),
        fields=("name", "starts_on", "ends_on"),
        about=gettext_lazy("创建活动分几步走，每步的起止日期"),
        day="starts_on",
        span=("starts_on", "ends_on"),
    ),
    Register(
        "groups",
        LeadingGroup,
        STRUCTURE,
        "users",
        columns=("name", "parent", "founded_on", "office_unit", "document_number"),
        search=("name", "document_number"),
        fields=("name", "parent", "founded_on", "office_unit", "document_number", "workstreams"),
        about=gettext_lazy("领导小组、指挥部和专项组"),
        unit="office_unit",
        day="founded_on",
    ),
    Register(
        "members",
        GroupMember,
        STRUCTURE,
        "user",
        columns=("group", "seat", "unit", "title", "duties", "starts_on", "ends_on"),
        search=("person_name", "title", "duties"),
        fields=("group", "seat", "person_name", "unit", "title", "duties", "starts_on", "ends_on"),
        about=gettext_lazy("小组里的职务，可以只有职务没有姓名"),
        kind="seat",
        unit="unit",
        span=("starts_on", "ends_on"),
        named=(("seat",), ("person_name", "unit", "title")),
        order=("group__position", "group__pk", "position", "pk"),
    ),
    Register(
        "grids",
        Grid,
        STRUCTURE,
        "map-pin",
        columns=("code", "name", "unit", "keeper", "phone", "area"),
        search=("code", "name", "keeper", "area"),
        fields=("code", "name", "unit", "keeper", "phone", "area"),
        about=gettext_lazy("街道、社区之下的网格和网格员"),
        phones=("phone",),
        unit="unit",
        named=(("code",), ("name",)),
    ),
    Register(
        "workstreams",
        Workstream,
        STRUCTURE,
        "sitemap",
        columns=("scheme", "number", "name", "parent", "heading", "opening"),
        search=("name", "heading", "opening"),
        fields=("name", "scheme", "parent", "number", "heading", "opening"),
        about=gettext_lazy("总结按它分节：标题和起首语写在这里"),
        kind="scheme",
    ),
    Register(
        "self-checks",
        SelfCheck,
        RESULTS,
        "clipboard-check",
        columns=("indicator", "score", "gap", "measure", "person"),
        search=("gap", "measure", "person"),
        fields=("indicator", "checked_on", "score", "gap", "measure", "person"),
        about=gettext_lazy("对照指标自己打分，记下差距和措施"),
        day="checked_on",
        named=(("indicator",), ("checked_on",)),
    ),
    Register(
        "breaches",
        Breach,
        RESULTS,
        "alert-triangle",
        columns=("standard", "happened_on", "unit", "times", "points", "content", "handling"),
        search=("content", "handling", "standard__content"),
        fields=("standard", "happened_on", "unit", "times", "content", "points", "handling"),
        about=gettext_lazy("负面清单里的事项：发生了什么、扣了几分、怎样处理；核查没有发生的记0起"),
        unit="unit",
        day="happened_on",
        named=(("standard",), ("happened_on",)),
    ),
    Register(
        "documents",
        Document,
        STRUCTURE,
        "file-text",
        columns=("name", "kind", "number", "issued_on", "issuer", "copies", "ended_on"),
        search=("name", "number", "content"),
        fields=(
            *("name", "kind", "number", "issued_on", "issuer", "copies", "content"),
            *("group", "meeting", "task", "replaced_by", "ended_on", "readers"),
        ),
        about=gettext_lazy("方案、通知、制度、规划、简报"),
        kind="kind",
        unit="issuer",
        day="issued_on",
        suggested=(("kind", presets.DOCUMENT_KINDS),),
    ),
    Register(
        "instructions",
        Instruction,
        WORK,
        "writing",
        columns=("leader", "given_on", "content", "task"),
        search=("leader", "content"),
        fields=("leader", "given_on", "content", "task"),
        about=gettext_lazy("领导批示和对应的任务"),
        day="given_on",
    ),
    Register(
        "meetings",
        Meeting,
        WORK,
        "calendar-event",
        columns=("name", "kind", "held_on", "unit", "attendance", "times", "decisions"),
        search=("name", "place", "decisions", "content"),
        fields=(
            *("name", "kind", "held_on", "unit", "group", "place", "attendance", "duration", "times", "decisions"),
            *("content", "task", "workstream", "indicator"),
        ),
        about=gettext_lazy("会议、培训、调研，主题活动、宣传活动、文明实践活动"),
        kind="kind",
        unit="unit",
        day="held_on",
        unit_fields=(
            "name",
            "kind",
            "held_on",
            "unit",
            "place",
            "attendance",
            "content",
            "task",
            "workstream",
            "indicator",
        ),
        summed=("attendance",),
        sum_by=("kind", "unit", "month"),
        suggested=(("kind", presets.MEETING_KINDS),),
        empty=gettext_lazy("办完一次活动就新增一条，带上照片；总结会计入场次和人数。"),
    ),
    Register(
        "duty",
        DutyPost,
        WORK,
        "shield",
        columns=("kind", "name", "quantity", "unit", "leader", "shifts"),
        search=("name", "leader", "shifts"),
        fields=("kind", "name", "quantity", "unit", "leader", "shifts", "starts_on", "ends_on"),
        about=gettext_lazy("岗点、巡逻队、督导组和值守"),
        kind="kind",
        unit="unit",
        day="starts_on",
        span=("starts_on", "ends_on"),
    ),
    Register(
        "quotas",
        PatrolQuota,
        WORK,
        "rotate",
        columns=("who", "cycle", "times", "at_least", "unit"),
        search=("who", "place"),
        fields=(
            *("who", "place", "cycle", "times", "at_least", "on_workdays"),
            *("role", "title", "unit", "starts_on", "ends_on"),
        ),
        about=gettext_lazy("哪类人员多久巡查一次哪里"),
        kind="cycle",
        unit="unit",
        span=("starts_on", "ends_on"),
        named=(("who",), ("place",)),
    ),
    Register(
        "volunteering",
        Volunteering,
        WORK,
        "heart-handshake",
        columns=("team", "unit", "content", "sessions", "people", "hours"),
        search=("team", "content"),
        fields=("team", "served_on", "unit", "content", "sessions", "people", "hours", "hours_each"),
        about=gettext_lazy("志愿服务的场次、人次和小时"),
        unit="unit",
        day="served_on",
        named=(("team",), ("served_on",)),
        unit_fields=("team", "served_on", "unit", "content", "sessions", "people", "hours", "hours_each"),
        summed=("sessions", "people", "hours"),
        sum_by=("team", "unit", "month"),
        empty=gettext_lazy("每开展一次志愿服务就新增一条，填人次和小时；总结会累计。"),
    ),
    Register(
        "publicity",
        Publicity,
        WORK,
        "speakerphone",
        columns=("kind", "quantity", "unit", "content", "placed_on", "ends_on"),
        search=("place", "content"),
        fields=("kind", "place", "size", "quantity", "unit", "content", "placed_on", "ends_on", "removed_on"),
        about=gettext_lazy("标语、橱窗、电子屏、公益广告、宣传册，定期检查、到期更新"),
        kind="kind",
        unit="unit",
        day="placed_on",
        named=(("kind",), ("place",)),
        unit_fields=("kind", "place", "size", "quantity", "unit", "content", "placed_on", "ends_on", "removed_on"),
        summed=("quantity",),
        sum_by=("kind", "unit"),
        shows=(
            ("hanging", gettext_lazy("在展")),
            ("due", gettext_lazy("待更新")),
            ("unchecked", gettext_lazy("三个月未检查")),
        ),
        suggested=(("kind", presets.PUBLICITY_KINDS),),
        empty=gettext_lazy("把每处公益广告、宣传栏登记进来，到期和破损会自动提醒。"),
    ),
    Register(
        "dissuasion",
        Dissuasion,
        WORK,
        "shield-check",
        columns=("done_on", "kind", "unit", "place", "number", "fined"),
        search=("kind", "place"),
        fields=("kind", "done_on", "unit", "duty", "place", "number", "fined"),
        about=gettext_lazy("劝导不文明行为的人次：闯红灯、不戴头盔、乱扔垃圾"),
        kind="kind",
        unit="unit",
        day="done_on",
        named=(("kind",), ("done_on",)),
        order=("-done_on", "position", "pk"),
        unit_fields=("kind", "done_on", "unit", "duty", "place", "number", "fined"),
        summed=("number", "fined"),
        sum_by=("kind", "unit", "month"),
        suggested=(("kind", presets.DISSUASION_KINDS),),
        empty=gettext_lazy("在手机上点“劝导计数”，边劝边记，一次可记几类。"),
    ),
    Register(
        "honours",
        Honour,
        RESULTS,
        "award",
        columns=("kind", "name", "granted_by", "honoured", "granted_on"),
        search=("name", "granted_by", "honoured", "deed"),
        fields=("kind", "name", "granted_by", "honoured", "unit", "deed", "granted_on", "consent"),
        about=gettext_lazy("获得的和评出的荣誉，先进事迹"),
        kind="kind",
        unit="unit",
        day="granted_on",
        unit_fields=("kind", "name", "granted_by", "honoured", "unit", "deed", "granted_on", "consent"),
        sum_by=("kind", "unit", "month"),
        empty=gettext_lazy("获得或评出荣誉后新增一条，附上文件或证书照片。"),
    ),
    Register(
        "rewards",
        Reward,
        RESULTS,
        "scale",
        columns=("unit", "kind", "points", "reason", "given_on"),
        search=("person", "reason"),
        fields=("unit", "person", "kind", "points", "reason", "given_on"),
        about=gettext_lazy("通报表扬、批评，加分、扣分"),
        kind="kind",
        unit="unit",
        day="given_on",
        named=(("unit",), ("person",)),
    ),
    Register(
        "surveys",
        Survey,
        RESULTS,
        "chart-bar",
        columns=("name", "held_on", "sample", "awareness", "support", "participation", "satisfaction"),
        search=("name",),
        fields=("name", "held_on", "sample", "awareness", "support", "participation", "satisfaction"),
        about=gettext_lazy("知晓率、支持率、参与率、满意率（单位：%）"),
        day="held_on",
    ),
    Register(
        "assessments",
        ExternalAssessment,
        RESULTS,
        "trophy",
        columns=("name", "held_on", "organiser", "group", "score", "rank"),
        search=("name", "organiser"),
        fields=("name", "held_on", "organiser", "group", "score", "rank"),
        about=gettext_lazy("上级或第三方给出的得分和名次"),
        day="held_on",
    ),
    Register(
        "return-reasons",
        ReturnReason,
        RESULTS,
        "arrow-back-up",
        columns=("name", "advice"),
        search=("name", "advice"),
        fields=("name", "advice"),
        about=gettext_lazy("退回材料时可选的原因，和告诉单位怎样改"),
    ),
    Register(
        "statements",
        Statement,
        RESULTS,
        "message",
        columns=("kind", "unit", "content", "said_on"),
        search=("content",),
        fields=("kind", "unit", "content", "said_on"),
        about=gettext_lazy("总结里的存在问题、下步打算、工作理念和致谢"),
        kind="kind",
        unit="unit",
        day="said_on",
    ),
):
    add(register)
