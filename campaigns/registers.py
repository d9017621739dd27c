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

from cityinit.marks import mark_of

from .models import (
    AssessmentSystem,
    Campaign,
    Document,
    DutyPost,
    ExternalAssessment,
    GroupMember,
    Honour,
    Indicator,
    Instruction,
    LeadingGroup,
    Meeting,
    PatrolQuota,
    Phase,
    Publicity,
    Reward,
    SelfCheck,
    Statement,
    Survey,
    Volunteering,
    Workstream,
)
from .models.campaign import CampaignRow

STRUCTURE = gettext_lazy("组织与体系")
WORK = gettext_lazy("工作开展")
RESULTS = gettext_lazy("成效与评价")


@dataclass(frozen=True)
class Register:
    """`columns` show in the list; `search` are the texts a search looks through; `day` is what a period filters.

    `named` says what tells a row from its neighbours: of each group the first field that is filled in.
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

    def is_number(self, name: str) -> bool:
        """Whether a column holds figures, which stand at the right."""
        field = self.model._meta.get_field(name)
        return isinstance(field, models.IntegerField | models.DecimalField) and not field.choices

    def of_kind(self, value: str) -> dict[str, str]:
        """The condition for one kind; a list of kinds is kept as JSON, which SQLite cannot ask for one of them."""
        if isinstance(self.model._meta.get_field(self.kind), models.JSONField):
            return {f"{self.kind}__icontains": f'"{value}"'}
        return {self.kind: value}

    def label(self, name: str) -> str:
        field = self.model._meta.get_field(name)
        return str(field.verbose_name)

    def rows(self, campaign: Campaign, *, by: Any) -> models.QuerySet:
        """Every row of the campaign that the person may see, with what a list shows of it."""
        rows = self.model.objects.visible_to(by).of(campaign)
        return rows.select_related(*self.relations).prefetch_related(*self.many)

    def prepare(self, row: Any) -> None:
        """Fill what the form does not ask: an indicator belongs to the campaign's assessment system."""
        if self.model is Indicator and row.system_id is None:
            name = row.campaign.kind or row.campaign.name
            row.system, _made = AssessmentSystem.objects.get_or_create(campaign=row.campaign, name=name, edition="")

    def shown(self, row: Any, names: Iterable[str]) -> list[str]:
        """The row's values as a person reads them."""
        return [shown(row, name) for name in names]

    def mark_of(self, row: Any) -> str:
        """A mark of the row as it stands, by which a stale form is known."""
        return mark_of(row, self.fields)


REGISTERS: dict[str, Register] = {}


def add(register: Register) -> None:
    """Make a register known; a slug is given once."""
    if register.slug in REGISTERS and REGISTERS[register.slug].model is not register.model:
        raise ValueError(f"two registers are called {register.slug}")
    REGISTERS[register.slug] = register


def by_group() -> list[tuple[str, list[Register]]]:
    """The registers in the order of work: who and what for, what is done, what came of it."""
    groups: dict[str, list[Register]] = {str(group): [] for group in (STRUCTURE, WORK, RESULTS)}
    for register in REGISTERS.values():
        groups.setdefault(str(register.group), []).append(register)
    return list(groups.items())


def counts(campaign: Campaign) -> dict[str, int]:
    """Rows per register, in one query."""
    parts = [
        register.model.objects.of(campaign)
        .order_by()
        .annotate(slug=models.Value(slug, models.CharField()))
        .values("slug")
        .annotate(n=models.Count("pk"))
        .values_list("slug", "n")
        for slug, register in REGISTERS.items()
    ]
    return dict(parts[0].union(*parts[1:], all=True))


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
        fields=("name", "parent", "founded_on", "office_unit", "document_number"),
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
        "indicators",
        Indicator,
        STRUCTURE,
        "list-check",
        columns=("code", "name", "parent", "methods", "units", "score"),
        search=("code", "name"),
        fields=("code", "parent", "name", "methods", "score", "units", "note"),
        about=gettext_lazy("测评体系的指标和标准"),
        kind="methods",
        unit="units",
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
        "documents",
        Document,
        STRUCTURE,
        "file-text",
        columns=("name", "kind", "number", "issued_on", "issuer", "copies"),
        search=("name", "number", "content"),
        fields=("name", "kind", "number", "issued_on", "issuer", "copies", "content"),
        about=gettext_lazy("方案、通知、制度、规划、简报"),
        kind="kind",
        unit="issuer",
        day="issued_on",
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
        search=("name", "place", "decisions"),
        fields=("name", "kind", "held_on", "unit", "group", "place", "attendance", "duration", "times", "decisions"),
        about=gettext_lazy("会议、培训、调研和主题活动"),
        kind="kind",
        unit="unit",
        day="held_on",
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
        columns=("who", "cycle", "times", "at_least"),
        search=("who", "place"),
        fields=("who", "place", "cycle", "times", "at_least"),
        about=gettext_lazy("哪类人员多久巡查一次哪里"),
        kind="cycle",
        named=(("who",), ("place",)),
    ),
    Register(
        "volunteering",
        Volunteering,
        WORK,
        "heart-handshake",
        columns=("team", "unit", "content", "sessions", "people", "hours"),
        search=("team", "content"),
        fields=("team", "served_on", "unit", "content", "sessions", "people", "hours"),
        about=gettext_lazy("志愿服务的场次、人次和小时"),
        unit="unit",
        day="served_on",
        named=(("team",), ("served_on",)),
    ),
    Register(
        "publicity",
        Publicity,
        WORK,
        "speakerphone",
        columns=("kind", "quantity", "unit", "content", "placed_on"),
        search=("place", "content"),
        fields=("kind", "place", "quantity", "unit", "content", "placed_on"),
        about=gettext_lazy("标语、橱窗、电子屏、公益广告、宣传册"),
        kind="kind",
        unit="unit",
        day="placed_on",
        named=(("kind",), ("place",)),
    ),
    Register(
        "honours",
        Honour,
        RESULTS,
        "award",
        columns=("kind", "name", "granted_by", "honoured", "granted_on"),
        search=("name", "granted_by", "honoured", "deed"),
        fields=("kind", "name", "granted_by", "honoured", "deed", "granted_on"),
        about=gettext_lazy("获得的和评出的荣誉"),
        kind="kind",
        day="granted_on",
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
