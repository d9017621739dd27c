"""What a list of tasks is narrowed by: the one form of table, tree, board, timeline, desk and figures."""

from __future__ import annotations

from datetime import timedelta

from django import forms
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns import figures
from campaigns.models import Assignment, BatchTask, Indicator, Phase, TableLine, Task, TaskTable, Workstream
from campaigns.models.event import sent_back
from campaigns.models.task import ORDERS
from campaigns.tables.contents import parts_of
from cityinit.forms import DayField, FilterForm, ReadySelect
from units.choices import offer_units
from units.models import Unit

from .workstreams import WorkstreamField

# The records behind a figure of the progress page, as of its day.
FIGURES = {
    "counted": (gettext_lazy("计入完成率的任务"), figures.counted_tasks),
    "done": (gettext_lazy("其中已办结的任务"), figures.done_tasks),
    "open": (gettext_lazy("其中正在推进的任务"), figures.open_tasks),
    "late": (
        gettext_lazy("其中逾期的任务"),
        lambda *of, **more: figures.late_tasks(*of, today=timezone.localdate(), **more),
    ),
    "recurring": (gettext_lazy("常态化工作"), figures.recurring_tasks),
    "targeted": (gettext_lazy("计入完成率、有数量目标的任务"), figures.targeted_tasks),
    "met": (gettext_lazy("其中已达到数量目标的任务"), figures.met_targets),
}
UNREAD_TOO_LONG = timedelta(days=3)
SOON = 7
STATES = Assignment.State.values
YES_NO = (("", gettext_lazy("不限")), ("yes", gettext_lazy("是")), ("no", gettext_lazy("否")))


class TaskFilterForm(FilterForm):
    """What a list of tasks is narrowed by; desks and figures link here with the same words they count by.

    What cannot be read, such as a unit that is gone, narrows nothing and is told by `faults`.
    """

    DUE = [
        ("", gettext_lazy("不限")),
        ("overdue", gettext_lazy("已逾期")),
        ("today", gettext_lazy("今天到期")),
        ("week", gettext_lazy("7天内到期")),
        ("none", gettext_lazy("未定时限")),
    ]
    PART = [
        ("", gettext_lazy("不限")),
        ("unread", gettext_lazy("未签收")),
        ("unread_long", gettext_lazy("下发3天以上未签收")),
        ("all_read", gettext_lazy("都已签收")),
        ("acknowledged", gettext_lazy("已签收、还没有办理")),
        ("in_progress", gettext_lazy("进行中")),
        ("working", gettext_lazy("办理中")),
        ("unfinished", gettext_lazy("未反馈完成")),
        ("reported_done", gettext_lazy("已反馈完成")),
        ("nudged", gettext_lazy("被催办")),
        ("sent_back", gettext_lazy("被退回")),
        # Of several parts of one task the one that has come least far: each task is in one of these alone.
        ("least_acknowledged", gettext_lazy("最慢的单位已签收")),
        ("least_in_progress", gettext_lazy("最慢的单位办理中")),
        ("least_reported_done", gettext_lazy("单位都已反馈完成")),
    ]
    # Shown once asked for; the first row holds what a list is narrowed by every day.
    more = (
        *("role", "below", "indicator", "phase", "leader", "first", "last"),
        *("recurring", "target", "standing"),
    )

    q = forms.CharField(
        label=gettext_lazy("关键词"),
        required=False,
        max_length=60,
        widget=forms.TextInput({"placeholder": gettext_lazy("编号、名称、要求")}),
    )
    state = forms.ChoiceField(label=gettext_lazy("状态"), required=False)
    unit = forms.ModelChoiceField(label=gettext_lazy("单位"), queryset=None, required=False)
    workstream = WorkstreamField(label=gettext_lazy("板块"), queryset=None, required=False, widget=ReadySelect)
    due = forms.ChoiceField(label=gettext_lazy("时限"), choices=DUE, required=False)
    part = forms.ChoiceField(label=gettext_lazy("单位办理"), choices=PART, required=False)
    mine = forms.BooleanField(label=gettext_lazy("只看我的"), required=False)
    role = forms.ChoiceField(
        label=gettext_lazy("单位是"),
        choices=[("", gettext_lazy("牵头或责任单位")), ("lead", gettext_lazy("牵头单位"))],
        required=False,
    )
    below = forms.BooleanField(label=gettext_lazy("含下级单位"), required=False)
    indicator = forms.CharField(
        label=gettext_lazy("测评指标"),
        required=False,
        max_length=60,
        widget=forms.TextInput({"placeholder": gettext_lazy("编号或名称，含下级")}),
    )
    phase = forms.ModelChoiceField(label=gettext_lazy("时限在阶段"), queryset=None, required=False)
    leader = forms.CharField(label=gettext_lazy("分管领导"), required=False, max_length=60)
    first = DayField(label=gettext_lazy("时限自"), required=False)
    last = DayField(label=gettext_lazy("时限至"), required=False)
    recurring = forms.ChoiceField(label=gettext_lazy("常态工作"), choices=YES_NO, required=False)
    target = forms.ChoiceField(label=gettext_lazy("有数量目标"), choices=YES_NO, required=False)
    standing = forms.ChoiceField(
        label=gettext_lazy("归入板块"),
        choices=[
            ("", gettext_lazy("不限")),
            ("none", gettext_lazy("未归入任何板块")),
            ("several", gettext_lazy("同一体系内归入多个板块")),
        ],
        required=False,
    )
    # Where a page links to exactly what it has counted.
    figure = forms.ChoiceField(
        choices=[("", ""), *((name, label) for name, (label, _rows) in FIGURES.items())],
        required=False,
        widget=forms.HiddenInput,
    )
    on = DayField(label=gettext_lazy("截至"), required=False, widget=forms.HiddenInput)
    group = forms.CharField(label=gettext_lazy("考核组"), required=False, max_length=40, widget=forms.HiddenInput)
    criterion = forms.ModelChoiceField(
        label=gettext_lazy("测评指标"), queryset=None, required=False, widget=forms.HiddenInput
    )
    # The tasks of one table that was loaded, and those that one batch issued or changed.
    table = forms.IntegerField(required=False, widget=forms.HiddenInput)
    batch = forms.IntegerField(required=False, widget=forms.HiddenInput)
    sort = forms.ChoiceField(
        choices=[("", ""), *((f"{sign}{name}", name) for name in ORDERS for sign in ("", "-"))],
        required=False,
        widget=forms.HiddenInput,
    )

    def __init__(self, data, *, campaign, by):
        super().__init__(data)
        self.campaign, self.by, self.offered = campaign, by, campaign.offered
        groups = [("open", _("未办结")), ("running", _("已下发、未办结"))]
        self.fields["state"].choices = [("", _("全部")), *groups, *Task.State.choices]
        offer_units(self.fields["unit"], campaign.host)
        self.fields["workstream"].queryset = Workstream.objects.of(campaign)
        self.fields["phase"].queryset = Phase.objects.of(campaign)
        self.fields["criterion"].queryset = Indicator.objects.of(campaign)
        for name in ("unit", "workstream", "phase"):
            self.fields[name].empty_label = _("全部")

    @cached_property
    def assignments(self):
        """Those the person may see: a liaison asks after the own units only."""
        return Assignment.objects.visible_to(self.by)

    @property
    def counted_on(self):
        """The day of the figure whose records are listed; None where no figure is asked for."""
        chosen = self.chosen
        return (chosen.get("on") or timezone.localdate()) if chosen.get("figure") else None

    @property
    def more_is_set(self):
        return any(name in self.more for name in self.changed_data)

    @property
    def lead(self):
        """What is listed when a figure or an indicator is traced back to its records."""
        chosen = self.chosen
        parts = []
        if chosen.get("figure"):
            day = chosen.get("on") or timezone.localdate()
            parts.append(_("%(figure)s（截至%(day)s）") % {"figure": FIGURES[chosen["figure"]][0], "day": day})
        if chosen.get("criterion"):
            parts.append(_("测评指标：%(indicator)s") % {"indicator": chosen["criterion"]})
        if chosen.get("table"):
            parts.append(_("任务分解表导入的任务，和由它们拆分出来的"))
        if chosen.get("batch"):
            parts.append(_("一次批量办理的任务"))
        if chosen.get("group"):
            parts.append(_("考核组：%(group)s") % {"group": chosen["group"]})
        return "；".join(parts)

    @property
    def order(self):
        """The order asked for; where only what is due is listed, by the day it is due."""
        asked = self.chosen.get("sort")
        return asked or ("due" if self.chosen.get("due") in ("overdue", "today", "week") else "number")

    def filter(self, tasks):
        chosen = self.chosen
        if words := chosen.get("q"):
            tasks = tasks.filter(Q(code__icontains=words) | Q(name__icontains=words) | Q(requirement__icontains=words))
        if chosen.get("state") == "open":
            tasks = tasks.open()
        elif chosen.get("state") == "running":
            tasks = tasks.running()
        elif chosen.get("state"):
            tasks = tasks.filter(state=chosen["state"])
        if chosen.get("table"):
            tasks = tasks.filter(self._of_table(chosen["table"]))
        if chosen.get("batch"):
            done = BatchTask.objects.filter(batch=chosen["batch"], batch__campaign=self.campaign).done()
            tasks = tasks.filter(pk__in=done.values("task"))
        if chosen.get("mine"):
            tasks = tasks.of_person(self.by)
        if chosen.get("leader"):
            tasks = tasks.filter(supervising_leader__icontains=chosen["leader"])
        if chosen.get("recurring"):
            tasks = tasks.exclude(frequency="") if chosen["recurring"] == "yes" else tasks.filter(frequency="")
        if chosen.get("target"):
            tasks = tasks.filter(target__isnull=chosen["target"] == "no")
        tasks = self._by_due_day(self._by_place(tasks, chosen), chosen)
        if chosen.get("figure"):
            tasks = tasks.filter(pk__in=self._counted(chosen).values("pk"))
        else:
            tasks = self._by_unit(tasks, chosen)
        return self._by_part(tasks, chosen.get("part"))

    def _of_table(self, pk):
        """What a table's lines became, and what was split off from it since: as its export holds them."""
        lines = TableLine.objects.filter(table=pk, table__campaign=self.campaign)
        table = TaskTable.objects.filter(pk=pk, campaign=self.campaign).first()
        split = [part for parts in parts_of(table).values() for part in parts] if table else []
        return Q(pk__in=lines.values("task")) | Q(pk__in=split)

    def _counted(self, chosen):
        """The records behind a figure, of the units and deadlines as they stood on its day."""
        period = self.campaign.so_far(on=chosen.get("on") or timezone.localdate())
        _label, rows = FIGURES[chosen["figure"]]
        tasks = rows(self.campaign, period)
        if unit := chosen.get("unit"):
            below = {"unit__in": Unit.objects.below(unit, on=period.last)} if chosen.get("below") else {"unit": unit}
            leading = chosen.get("role") == "lead"
            tasks = figures.of_part(tasks, on=period.last, leading=leading, **below)
        if group := chosen.get("group"):
            tasks = figures.of_part(tasks, on=period.last, unit__appraisal_group=group)
        if phase := chosen.get("phase"):
            tasks = tasks.filter(due_then__range=(phase.starts_on, phase.ends_on))
        return tasks

    def _by_unit(self, tasks, chosen):
        if chosen.get("unit"):
            leading = chosen.get("role") == "lead"
            tasks = tasks.of_unit(chosen["unit"], leading=leading, below=bool(chosen.get("below")))
        return tasks.of_group(chosen["group"]) if chosen.get("group") else tasks

    def _by_place(self, tasks, chosen):
        """Where it stands in the schemes and in the assessment system."""
        if chosen.get("workstream"):
            tasks = tasks.in_workstream(chosen["workstream"])
        match chosen.get("standing"):
            case "none":
                tasks = tasks.in_no_workstream()
            case "several":
                tasks = tasks.in_several_workstreams()
        if chosen.get("criterion"):
            tasks = tasks.of_indicators([chosen["criterion"].pk])
        if words := chosen.get("indicator"):
            of_campaign = Indicator.objects.of(self.campaign)
            tasks = tasks.of_indicators(
                of_campaign.filter(Q(code__iexact=words) | Q(name__icontains=words)).values("pk")
            )
        return tasks

    def _by_due_day(self, tasks, chosen):
        today = timezone.localdate()
        match chosen.get("due"):
            case "overdue":
                tasks = tasks.overdue(on=today)
            case "today":
                tasks = tasks.due(first=today, last=today)
            case "week":
                tasks = tasks.due(first=today, last=today + timedelta(days=SOON))
            case "none":
                tasks = tasks.filter(due_on=None)
        if chosen.get("phase") and not chosen.get("figure"):
            tasks = tasks.filter(due_on__range=(chosen["phase"].starts_on, chosen["phase"].ends_on))
        if chosen.get("first"):
            tasks = tasks.filter(due_on__gte=chosen["first"])
        return tasks.filter(due_on__lte=chosen["last"]) if chosen.get("last") else tasks

    def _by_part(self, tasks, part):
        if not part:
            return tasks
        parts = self.assignments.filter(task=OuterRef("pk"))
        unread = parts.filter(state=Assignment.State.UNREAD)
        match part:
            case "unread_long":
                since = timezone.localdate() - UNREAD_TOO_LONG
                tasks, parts = tasks.filter(issued_on__lt=since), unread
            case "all_read":
                return tasks.filter(Exists(parts), ~Exists(unread), state=Task.State.ISSUED)
            case "least_acknowledged" | "least_in_progress" | "least_reported_done":
                state = part.removeprefix("least_")
                behind = parts.filter(state__in=STATES[: STATES.index(state)])
                return tasks.filter(Exists(parts.filter(state=state)), ~Exists(behind), state__in=Task.RUNNING_STATES)
            case "unfinished":
                parts = parts.unfinished()
            case "working":
                parts = parts.filter(state__in=(Assignment.State.ACKNOWLEDGED, Assignment.State.IN_PROGRESS))
            case "nudged":
                parts = parts.exclude(nudged_at=None).unfinished()
            case "sent_back":
                parts = sent_back(parts)
            case _:
                parts = parts.filter(state=part)
        return tasks.filter(Exists(parts), state__in=Task.RUNNING_STATES)
