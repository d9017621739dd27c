"""How the list of findings is narrowed."""

from __future__ import annotations

from django import forms
from django.db.models import BigIntegerField, CharField, DateField, DateTimeField, Model, TextField
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy

from campaigns.models import Indicator
from cityinit.forms import DayField, FilterForm
from cityinit.pairs import pattern
from cityinit.periods import Period, day_of
from cityinit.statements import Slot
from inspections import figures, overview
from inspections.figures import lately
from inspections.models import Finding, FindingCategory, Round, Site
from inspections.models.finding import LONG_TERM_NEAR, sites_named
from units.models import Unit

from .fields import SEVERITIES


class FindingFilter(FilterForm):
    GROUPS = {
        "open": Finding.OPEN_STATES,
        "with_unit": Finding.UNIT_STATES,
        "counted": [state for state in Finding.State if state not in Finding.UNCOUNTED_STATES],
        "done": Finding.DONE_STATES,
    }
    FLAGS = {
        "overdue": lambda findings, now: findings.overdue(at=now),
        "today": lambda findings, now: findings.due_today(at=now),
        "warned": lambda findings, now: findings.warned(at=now),
        "recurred": lambda findings, now: findings.recurred_within(lately(on=day_of(now))),
        "in_time": lambda findings, now: findings.in_time(at=now),
        "long_term": lambda findings, soon: findings.long_term_until(day=soon),
        "extension": lambda findings, now: findings.with_extension_asked(),
        "doubt": lambda findings, now: findings.with_open_doubt(),
        "reopened": lambda findings, now: findings.filter(reopened_times__gt=0),
    }

    # What a number of the overview counts, of the period from 起 to 止: these days are then those of the figure.
    FIGURES = {
        "found": figures.found,
        "closed": figures.closed,
        "left": figures.left,
        "due": figures.due,
        "due_closed": figures.due_closed,
        "in_time": figures.in_time,
        "reviewed": figures.reviewed,
        "reworked": figures.reworked,
        "ever_closed": figures.ever_closed,
        "reopened": figures.reopened,
    }
    AS_THEY_STAND = {
        "closed_then": lambda findings, period: overview.closed_on_days(findings, period),
        "open_then": lambda findings, period: overview.open_at(findings, period.ends_at, on=period.last),
    }
    # These ask for days, which are worked out before anything is asked of the database.
    OF_A_DAY = ("today", "recurred")
    SLOTS = {
        "now": Slot("now", DateTimeField()),
        "soon": Slot("soon", DateField()),
        "unit": Slot("unit", BigIntegerField()),
        "path": Slot("path", CharField()),
        "category": Slot("category", BigIntegerField()),
        "severity": Slot("severity", CharField()),
        "round": Slot("round", BigIntegerField()),
        "site": Slot("site", BigIntegerField()),
        "since": Slot("since", DateField()),
        "until": Slot("until", DateField()),
        "words": Slot("words", TextField()),
    }

    q = forms.CharField(
        label=gettext_lazy("关键词"),
        required=False,
        max_length=60,
        widget=forms.TextInput({"placeholder": gettext_lazy("编号、描述、地点")}),
    )
    state = forms.ChoiceField(
        label=gettext_lazy("状态"),
        required=False,
        choices=[
            ("", gettext_lazy("全部")),
            ("open", gettext_lazy("未办结")),
            ("with_unit", gettext_lazy("单位办理中")),
            ("done", gettext_lazy("已办结")),
            ("counted", gettext_lazy("计入统计的")),
            *[choice for choice in Finding.State.choices if choice[0] != Finding.State.DRAFT],
        ],
    )
    flag = forms.ChoiceField(
        label=gettext_lazy("时限"),
        required=False,
        choices=[
            ("", gettext_lazy("全部")),
            ("overdue", gettext_lazy("已逾期")),
            ("today", gettext_lazy("今天到期")),
            ("warned", gettext_lazy("即将到期")),
            ("in_time", gettext_lazy("时限内")),
            ("long_term", gettext_lazy("挂账到期")),
            ("recurred", gettext_lazy("近90天销号后反弹")),
            ("extension", gettext_lazy("申请延期")),
            ("doubt", gettext_lazy("疑似旧照")),
            ("reopened", gettext_lazy("反弹过")),
        ],
    )
    unit = forms.ModelChoiceField(
        Unit.objects.none(), label=gettext_lazy("责任单位"), required=False, empty_label=gettext_lazy("全部")
    )
    category = forms.ModelChoiceField(
        FindingCategory.objects.none(), label=gettext_lazy("类别"), required=False, empty_label=gettext_lazy("全部")
    )
    severity = forms.ChoiceField(
        label=gettext_lazy("等级"), required=False, choices=[("", gettext_lazy("全部")), *SEVERITIES]
    )
    round = forms.ModelChoiceField(
        Round.objects.none(), label=gettext_lazy("督查批次"), required=False, empty_label=gettext_lazy("全部")
    )
    since = DayField(label=gettext_lazy("发现起"), required=False)
    until = DayField(label=gettext_lazy("发现止"), required=False)
    order = forms.ChoiceField(
        label=gettext_lazy("排序"),
        required=False,
        choices=[("", gettext_lazy("最新发现")), ("due", gettext_lazy("期限先后"))],
    )
    alone = forms.BooleanField(label=gettext_lazy("不含下级单位"), required=False)
    sent = forms.ChoiceField(
        label=gettext_lazy("交办"),
        required=False,
        choices=[("", gettext_lazy("不限")), ("yes", gettext_lazy("已交办")), ("no", gettext_lazy("未交办"))],
    )
    on_demand = ("alone", "sent", "figure")
    # Set by links from desks, sites and tasks.
    part = forms.ChoiceField(
        label=gettext_lazy("范围"),
        required=False,
        widget=forms.HiddenInput,
        choices=[("lead", ""), ("reported", "")],
    )
    figure = forms.ChoiceField(
        label=gettext_lazy("统计口径"),
        required=False,
        choices=[
            ("", gettext_lazy("不限")),
            ("found", gettext_lazy("期内发现")),
            ("closed", gettext_lazy("期内发现、截至期末已销号")),
            ("left", gettext_lazy("期内发现、截至期末未销号")),
            ("due", gettext_lazy("期内发现、截至期末到期")),
            ("due_closed", gettext_lazy("到期的中已销号")),
            ("in_time", gettext_lazy("按期销号")),
            ("reworked", gettext_lazy("返工过（截至期末）")),
            ("reviewed", gettext_lazy("复核过（截至期末）")),
            ("ever_closed", gettext_lazy("销过号（截至期末）")),
            ("reopened", gettext_lazy("反弹过（截至期末）")),
            ("closed_then", gettext_lazy("期内销号")),
            ("open_then", gettext_lazy("期末未销号")),
        ],
    )
    site = forms.ModelChoiceField(
        Site.objects.none(), label=gettext_lazy("点位"), required=False, widget=forms.HiddenInput
    )
    indicator = forms.ModelChoiceField(
        Indicator.objects.none(), label=gettext_lazy("测评指标"), required=False, widget=forms.HiddenInput
    )

    sparse = True

    def __init__(self, data=None, *, by, campaign, choices, offered, sees_rounds, **kwargs):
        """`choices` gives the rows that each field of rows offers, by the field's name, when they are asked for."""
        self.by, self.campaign, self.choices, self.offered = by, campaign, choices, offered
        # Names of rounds tell of plans: who does not read the register follows a link to one.
        if not sees_rounds:
            self.on_demand = (*self.on_demand, "round")
        super().__init__(data, **kwargs)

    def offer(self, name, field):
        if name in self.choices:
            field.queryset = self.choices[name]()

    def filter(self, findings, *, now, read=False, slots=None):
        """Those of the findings that were asked for; `read` as of `FindingQuerySet.mentioning`.

        With `slots` they stand for the values of `given`, of the moment too: for SQL that is composed once.
        """
        given = {name: value for name, value in self.chosen.items() if value}
        value = slots or {**self.given, **self.moments(now)}
        if state := given.get("state"):
            findings = findings.filter(state__in=self.GROUPS.get(state, [state]))
        if flag := given.get("flag"):
            findings = self.FLAGS[flag](findings, value["soon" if flag == "long_term" else "now"])
        if period := self._period:
            findings = self._counted(findings, given.pop("figure"), period, now=now, unit=given.pop("unit", None))
            given = {name: value for name, value in given.items() if name not in ("since", "until")}
        if "unit" in given and given.get("alone"):
            findings = findings.filter(lead_unit=value["unit"])
        elif "unit" in given:
            findings = findings.filter(lead_unit__path__startswith=value["path"])
        if sent := given.get("sent"):
            findings = findings.filter(dispatched_at__isnull=sent == "no")
        if part := given.get("part"):
            findings = findings.led_within(self.by) if part == "lead" else findings.filter(reported_by=self.by)
        for name in ("category", "severity", "round", "site"):
            if name in given:
                findings = findings.filter(**{name: value[name]})
        if indicator := given.get("indicator"):
            findings = findings.under(indicator)
        if "since" in given:
            findings = findings.filter(found_on__gte=value["since"])
        if "until" in given:
            findings = findings.filter(found_on__lte=value["until"])
        if words := given.get("q"):
            findings = findings.mentioning(value["words"] if slots else words, named=self._named, read=read)
        return findings

    @property
    def _period(self):
        """Of what a figure is asked; None where none is, or without its days."""
        first, last = self.chosen["since"], self.chosen["until"]
        return Period(first, last) if self.chosen["figure"] and first and last and first <= last else None

    def _counted(self, findings, figure, period, *, now, unit):
        """Those that the figure counts; `unit` is the one that led them when the period ended, or one above it."""
        if as_they_stand := self.AS_THEY_STAND.get(figure):
            if unit:
                findings = findings.filter(lead_unit__path__startswith=unit.path)
            return as_they_stand(findings, period)
        options = {"now": now} if figure in ("due", "due_closed") else {}
        counted = self.FIGURES[figure](self.campaign, period, unit=unit, **options)
        return findings.filter(pk__in=counted.order_by().values("pk"))

    @staticmethod
    def moments(now):
        """Of the slots those that a moment fills: itself, and the day up to which what may wait is shown to end."""
        return {"now": now, "soon": day_of(now) + LONG_TERM_NEAR}

    @cached_property
    def given(self):
        """What may be another each time without the SQL being another: keys, days, a path."""
        chosen = {name: value for name, value in self.chosen.items() if value and name in self.SLOTS}
        given = {name: value.pk if isinstance(value, Model) else value for name, value in chosen.items()}
        given |= {"path": chosen["unit"].path} if "unit" in chosen else {}
        return given | ({"words": pattern(self.chosen["q"])} if self.has_words else {})

    @property
    def shape(self):
        """What tells the SQL of this filter from that of another beyond `given`.

        None where it has a day, or words that sites are named by.
        """
        chosen = {name: value for name, value in self.chosen.items() if value}
        if self._period or chosen.get("flag") in self.OF_A_DAY or (self.has_words and self._named != []):
            return None
        if self.has_words:
            chosen["q"] = "q"
        told = {
            name: name if name in self.SLOTS else getattr(value, "lineage", value) for name, value in chosen.items()
        }
        return tuple(sorted(told.items()))

    @cached_property
    def _named(self):
        return sites_named(self.chosen["q"])

    @property
    def has_words(self):
        return bool(self.chosen["q"])

    @property
    def by_due(self):
        return self.chosen["order"] == "due"
