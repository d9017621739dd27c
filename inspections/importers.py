"""The sheets of a workbook about places and findings, and `load_workbook`: the order in which all sheets load."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import IO, Any

from django.db import transaction
from django.utils.timezone import get_default_timezone, make_aware
from django.utils.translation import gettext as _

from campaigns import importers as campaign_rows
from campaigns import sheets as campaign_sheets
from campaigns.clock import Calendar
from campaigns.models import Campaign, Grid, ImportedRow
from cityinit.alone import Work, alone
from cityinit.loading import Loading
from cityinit.workbook import (
    Column,
    Fault,
    Reading,
    Row,
    Sheet,
    choice,
    day,
    in_order,
    number,
    read_workbook,
    several,
    text,
)
from units import importers as unit_sheets
from units.importers import UNITS
from units.models import Unit
from units.roles import scope_of

from .dispatch import office_calendar, warn_at
from .models import Finding, FindingCategory, FindingEvent, Rectification, Round, Site, SiteType, Sponsorship

TARGETS = {str(label): value for value, label in Sponsorship.Target.choices}
STATE_HINTS = {
    "已关闭": "已销号",
    "已整改": "已销号",
    "已完成": "已销号",
    "完成": "已销号",
    "未整改": "整改中",
    "新上报": "待核实",
}
STATES = {
    "待核实": Finding.State.REPORTED,
    "已交办": Finding.State.DISPATCHED,
    "整改中": Finding.State.RECTIFYING,
    "待复核": Finding.State.SUBMITTED,
    "返工": Finding.State.REWORK,
    "已销号": Finding.State.CLOSED,
    "现场整改": Finding.State.CLOSED_ON_SPOT,
    "挂账": Finding.State.LONG_TERM,
    "不予立案": Finding.State.REJECTED,
    "作废": Finding.State.VOID,
}
# An office that wrote only days: the hours at which its day's steps are taken to have happened, in order.
FOUND_AT, ANSWERED_AT, REVIEWED_AT, CLOSED_AT, DUE_AT = time(9), time(16), time(17), time(17, 30), time(18)

SITES = Sheet(
    "点位",
    (
        Column("编号", text(40), required=True, key=True, example="D001"),
        Column("名称", text(100), required=True, example="中心农贸市场"),
        Column("类型", text(60), required=True, example="农贸市场"),
        Column("地址", text(200)),
        Column("经度", number(places=8), empty=None, example="116.39"),
        Column("纬度", number(places=8), empty=None, example="39.90"),
        Column("责任单位", text(100), required=True, example="阳光街道办事处"),
        Column("包保领导", text(60)),
        Column("所属街道", text(60)),
        Column("所属社区", text(60)),
        Column("网格", text(40), example="YG-01"),
    ),
)
# The sheet of `campaigns.sheets` that a site's grid is looked up in.
GRIDS = "网格"
FINDINGS = Sheet(
    "问题",
    (
        Column("编号", text(40), required=True, key=True, example="W001"),
        Column("发现日期", day, required=True, empty=None, example="2025-04-02"),
        Column("督查批次", text(100), example="第一次督查"),
        Column("点位", text(120), example="中心农贸市场"),
        Column("类别", text(60), required=True, example="环境卫生"),
        Column("问题描述", required=True, example="门前垃圾堆积"),
        Column("责任单位", several(), required=True, empty=list, example="阳光街道办事处"),
        Column("整改期限", day, empty=None, example="2025-04-09"),
        Column("状态", choice(STATES, hints=STATE_HINTS), empty="", options=tuple(STATES), example="已销号"),
        Column("整改措施", example="清运垃圾并增加保洁班次"),
        Column("整改日期", day, empty=None, example="2025-04-08"),
        Column("复核日期", day, empty=None, example="2025-04-08"),
        Column("复核结果", example="合格"),
        Column("销号日期", day, empty=None, example="2025-04-08"),
    ),
)
SPONSORSHIPS = Sheet(
    "包保",
    (
        Column("包保单位", text(100), key=True, example="阳光街道办事处"),
        Column("包保领导", text(60), key=True, example="副市长"),
        Column("对象类型", choice(TARGETS), required=True, key=True, options=tuple(TARGETS), example="社区"),
        Column("对象名称", text(100), required=True, key=True, example="阳光社区"),
        Column("说明"),
    ),
)
# In the order the template shows them; `load_workbook` says in which they load.
SHEETS = (
    campaign_sheets.CAMPAIGN,
    unit_sheets.UNITS,
    unit_sheets.PEOPLE,
    *(sheet for sheet in campaign_sheets.SHEETS if sheet is not campaign_sheets.CAMPAIGN),
    SPONSORSHIPS,
    SITES,
    FINDINGS,
)


@dataclass
class Loaded:
    """What a load did, or would do: the tally per sheet, what was passed over, and every fault."""

    campaign: str = ""
    campaign_id: int | None = None
    counts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    @property
    def is_sound(self) -> bool:
        return not self.faults

    @property
    def changes(self) -> int:
        return sum(tally.get("created", 0) + tally.get("updated", 0) for tally in self.counts.values())


class _Rollback(Exception):
    """Takes back everything a dry run or a faulty load wrote."""


def load_workbook(file: str | Path | IO[bytes], *, by: Any = None, dry_run: bool = False, hold: Any = None) -> Loaded:
    """Bring a campaign in from a workbook, all or nothing; loading the same file twice changes nothing.

    With faults, or on a dry run, nothing is written. `hold` is called inside the transaction before it
    commits (a job checks its lease there). `by=None` is the command line, which may bring in a new host unit;
    a person loads only into hosts of the own office.
    """
    reading = read_workbook(file, SHEETS)
    loaded = Loaded(faults=reading.faults, notes=reading.notes)
    try:
        with transaction.atomic():
            # Of two loads at once the second finds the rows of the first, and leaves them.
            alone(Work.LOAD)
            _load(reading, loaded, by=by)
            if dry_run or loaded.faults:
                raise _Rollback
            if hold:
                hold()
    except _Rollback:
        loaded.campaign_id = None
        loaded.faults = in_order(loaded.faults, SHEETS)
    return loaded


def _load(reading: Reading, loaded: Loaded, *, by: Any) -> None:
    rows = reading.rows.get(campaign_sheets.CAMPAIGN.name, [])
    if len(rows) != 1:
        if not reading.faults:
            wrong = _("没有“创建活动”表或表中没有内容，") if not rows else _("一个工作簿只能有一个创建活动，")
            reading.faults.append(Fault("创建活动", None, "", "", wrong, _("请在“创建活动”表中填一行。")))
        return
    row = rows[0]
    loaded.campaign = row["名称"]
    existing = Campaign.objects.filter(name=row["名称"]).select_related("host").first()
    loading = Loading(reading, {sheet.name: sheet for sheet in SHEETS}, by=by)
    loaded.skipped, loaded.counts = loading.skipped, loading.counts
    unread = row.unreadable.intersection(("名称", "主体单位"))
    host = _host(loading, row, existing)
    # A host of others is a fault, and the rest is checked as for a new one.
    if unread or (existing and row.unreadable.intersection(("名称", "主体单位"))):
        # Whose campaign it is stands in doubt: nothing more is told of what the system holds.
        loaded.notes.append(_("“创建活动”的这一行改好之前，各表之间的对应关系还没有检查，再次上传时接着检查。"))
        return
    if existing:
        loading.memory = {
            (sheet, key): written
            for sheet, key, written in ImportedRow.objects.filter(campaign=existing).values_list(
                "sheet", "key", "written"
            )
        }
    host = unit_sheets.load_units(loading, host_name=row["主体单位"], host=host)
    campaign = campaign_rows.load_campaign(loading, host=host, existing=existing)
    unit_sheets.load_people(loading, starts_on=campaign.starts_on)
    campaign_rows.load_structure(loading, campaign)
    campaign_rows.load_tasks(loading, campaign)
    campaign_rows.load_log(loading, campaign)
    campaign_rows.load_registers(loading, campaign)
    _load_sites(loading, campaign)
    _load_sponsorships(loading, campaign)
    _load_findings(loading, campaign)
    _remember(loading, campaign)
    loaded.campaign_id = campaign.pk


def _host(loading: Loading, row: Row, existing: Campaign | None) -> Unit | None:
    """The host the file loads into: the campaign's own; for a person one of the own office's; else a new one."""
    by = loading.by
    if existing:
        if by and not by.has_perm("campaigns.load_workbook", existing):
            loading.fault(row, "名称", _("这个创建活动不在您的管辖范围内，"), _("请核对名称。"))
        elif existing.host.name != row["主体单位"]:
            wrong = _("这个创建活动的主体单位是“%(name)s”，") % {"name": existing.host.name}
            loading.fault(row, "主体单位", wrong, _("请改成一致。"))
        return existing.host
    if by is None:
        return None
    paths = scope_of(by).paths_with("campaigns.load_workbook")
    host = Unit.objects.filter(path__in=paths, name=row["主体单位"]).first()
    if host is None:
        right = _("请填您所在的主体单位。要为新的主体单位建库，请把工作簿交给系统管理员导入。")
        loading.fault(row, "主体单位", _("不是您管辖的主体单位，"), right)
    return host


def _remember(loading: Loading, campaign: Campaign) -> None:
    ImportedRow.objects.bulk_create(
        (
            ImportedRow(campaign=campaign, sheet=sheet, key=key, written=written)
            for (sheet, key), written in loading.written.items()
        ),
        batch_size=1000,
        update_conflicts=True,
        unique_fields=["campaign", "sheet", "key"],
        update_fields=["written"],
    )


# Sites and sponsorships --------------------------------------------------------------------------------


def _load_sites(loading: Loading, campaign: Campaign) -> None:
    existing = {site.code: site for site in Site.objects.of(campaign).select_related("grid")}
    kinds = SiteType.objects.by_name()
    _know_grids(loading, campaign)
    for site in existing.values():
        _know_site(loading, site)
    for row in loading.rows(SITES.name):
        unit = loading.find(row, "责任单位", "unit", where=UNITS.name)
        grid = loading.find(row, "网格", "grid", where=GRIDS)
        _check_coordinates(loading, row)
        if row.unreadable:
            # Known to be there, so that rows naming it are not reported for its faults.
            loading.know("site", row["编号"], None)
            loading.index["site name"].setdefault(row["名称"], {})[row["编号"]] = None
            continue
        if row["类型"] not in kinds:
            kinds[row["类型"]] = SiteType.objects.add(row["类型"])
        there = existing.get(row["编号"])
        site = loading.put_model(
            row,
            there,
            Site,
            fixed={"campaign": campaign, "code": row["编号"], "position": row.number},
            values={
                "name": row["名称"],
                "kind": kinds[row["类型"]],
                "address": row["地址"],
                "longitude": _float(row["经度"]),
                "latitude": _float(row["纬度"]),
                "unit": unit,
                "leader": row["包保领导"],
                "street": row["所属街道"],
                "community": row["所属社区"],
                # A file without the column says nothing of the grid.
                "grid": grid if row.has("网格") or not there else there.grid,
            },
            later=True,
        )
        if site is not None:
            _know_site(loading, site)
    loading.write_added(Site)


def _know_grids(loading: Loading, campaign: Campaign) -> None:
    for row in loading.rows(GRIDS):
        if row.unreadable and "编号" not in row.unreadable:
            loading.know("grid", row["编号"], None)
    for grid in Grid.objects.of(campaign):
        loading.know("grid", grid.code, grid)


def _know_site(loading: Loading, site: Site) -> None:
    """A site may be called by code or by name; a name borne twice is kept as ambiguous."""
    loading.know("site", site.code, site)
    loading.index["site name"].setdefault(site.name, {})[site.code] = site


def _find_site(loading: Loading, row: Row, column: str) -> Site | None:
    name = row[column]
    if not name or name in loading.index["site"]:
        return loading.index["site"].get(name) if name else None
    same = loading.index["site name"].get(name, {})
    if len(same) > 1:
        codes = "、".join(sorted(same))
        loading.fault(row, column, _("有%(n)s个点位叫这个名称，") % {"n": len(same)}, _("请改填编号：%s。") % codes)
        return None
    if same:
        site = next(iter(same.values()))
        if site is None:
            row.unreadable.add(column)
        return site
    return loading.find(row, column, "site", where=SITES.name, also=loading.index["site name"])


def _check_coordinates(loading: Loading, row: Row) -> None:
    for column, limit in (("经度", 180), ("纬度", 90)):
        if row[column] is not None and abs(row[column]) > limit:
            loading.fault(row, column, _("超出范围，"), _("应在 -%(n)s 到 %(n)s 之间。") % {"n": limit})


def _float(value: Any) -> float | None:
    return None if value is None else float(value)


def _load_sponsorships(loading: Loading, campaign: Campaign) -> None:
    existing = {
        (link.unit_id, link.leader, link.target_kind, link.target_name): link
        for link in Sponsorship.objects.filter(campaign=campaign)
    }
    for row in loading.rows(SPONSORSHIPS.name):
        unit = loading.find(row, "包保单位", "unit", where=UNITS.name)
        if not row["包保单位"] and not row["包保领导"]:
            loading.fault(row, "包保单位", _("包保单位和包保领导都没有填，"), _("至少填一个。"))
        site = None
        if row["对象类型"] == Sponsorship.Target.SITE:
            site = _find_site(loading, row, "对象名称")
        elif row["对象类型"] == Sponsorship.Target.UNIT:
            loading.find(row, "对象名称", "unit", where=UNITS.name)
        if row.unreadable:
            continue
        key = (unit.pk if unit else None, row["包保领导"], row["对象类型"], row["对象名称"])
        loading.put_model(
            row,
            existing.get(key),
            Sponsorship,
            fixed={
                "campaign": campaign,
                "position": row.number,
                "unit": unit,
                "leader": row["包保领导"],
                "target_kind": row["对象类型"],
                "target_name": row["对象名称"],
            },
            values={"site": site, "note": row["说明"]},
            later=True,
        )
    loading.write_added(Sponsorship)


# Findings ----------------------------------------------------------------------------------------------


def _load_findings(loading: Loading, campaign: Campaign) -> None:
    """Write the findings; a state is set once, when the row is made, with an "imported" event."""
    rows = loading.rows(FINDINGS.name)
    existing = {
        finding.number: finding
        for finding in Finding.objects.of(campaign).prefetch_related("assisting_units", "rectifications")
    }
    worked_on = set(
        FindingEvent.objects.filter(finding__campaign=campaign)
        .exclude(move="imported")
        .values_list("finding_id", flat=True)
    )
    calendar = office_calendar()
    rounds = {found.name: found for found in Round.objects.of(campaign)}
    categories = {category.name: category for category in FindingCategory.objects.of(campaign)}
    for row in rows:
        units = loading.find_all(row, "责任单位", "unit", where=UNITS.name)
        site = _find_site(loading, row, "点位")
        steps = steps_of(loading, row)
        if row.unreadable or steps is None:
            continue
        if row["类别"] not in categories:
            categories[row["类别"]] = FindingCategory.objects.create(campaign=campaign, name=row["类别"])
        if row["督查批次"] and row["督查批次"] not in rounds:
            rounds[row["督查批次"]] = Round.objects.create(campaign=campaign, name=row["督查批次"])
        finding = existing.get(row["编号"])
        _put_finding(
            loading,
            campaign,
            row,
            finding,
            units=units,
            fields={
                "found_on": row["发现日期"],
                "found_at": moment_of(row["发现日期"], FOUND_AT),
                "round": rounds.get(row["督查批次"]),
                "site": site,
                "category": categories[row["类别"]],
                "description": row["问题描述"],
                "lead_unit": units[0],
                "due_at": moment_of(row["整改期限"], DUE_AT),
                "measure": row["整改措施"],
            },
            steps=steps,
            calendar=calendar,
            worked_on=bool(finding and finding.pk in worked_on),
        )
    loading.write_added(Finding, Finding.assisting_units.through, Rectification, FindingEvent)


def _put_finding(
    loading: Loading,
    campaign: Campaign,
    row: Row,
    existing: Finding | None,
    *,
    units: list[Unit],
    fields: dict[str, Any],
    steps: dict[str, Any],
    calendar: Calendar,
    worked_on: bool,
) -> None:
    dated = {name: value for name, value in steps.items() if name != "state"}

    def now(finding: Finding) -> dict[str, Any]:
        return {name: getattr(finding, name) for name in {**fields, **dated}} | {
            "assisting": list(finding.assisting_units.all())
        }

    def write_beside(finding: Finding) -> None:
        if existing:
            finding.assisting_units.set(units[1:])
            finding.rectifications.all().delete()
        else:
            assists = Finding.assisting_units.through
            for unit in dict.fromkeys(units[1:]):
                loading.add(assists(finding=finding, unit=unit))
        if finding.answered_at:
            rectification = Rectification(
                finding=finding,
                attempt=1,
                unit=units[0],
                measure=row["整改措施"],
                answered_at=finding.answered_at,
                reviewed_at=finding.reviewed_at,
                review_note=row["复核结果"],
                verdict=verdict_of(finding.state),
            )
            loading.add(rectification)

    def create() -> Finding:
        finding = Finding(
            campaign=campaign,
            number=row["编号"],
            position=row.number,
            first_due_at=fields["due_at"],
            reported_at=fields["found_at"],
            reported_by=loading.by,
            rework_times=int(steps["state"] == Finding.State.REWORK),
            **fields,
            **steps,
        )
        finding.warn_at = warn_at(finding, start=finding.found_at, due_at=finding.due_at, calendar=calendar)
        finding.changed_at = last_change(finding)
        loading.add(finding)
        write_beside(finding)
        event = FindingEvent(
            finding=finding,
            move="imported",
            label=_("导入"),
            target=finding.state,
            by=loading.by,
            **when_of(finding),
        )
        loading.add(event)
        return finding

    def update(finding: Finding) -> None:
        for name, value in {**fields, **dated}.items():
            setattr(finding, name, value)
        finding.warn_at = warn_at(finding, start=finding.found_at, due_at=finding.due_at, calendar=calendar)
        finding.changed_at = last_change(finding)
        finding.save(update_fields=[*fields, *dated, "warn_at", "changed_at"])
        write_beside(finding)
        finding.events.filter(move="imported").update(**when_of(finding))

    wanted = {**fields, **dated, "assisting": units[1:]}
    loading.put(row, existing, wanted=wanted, now=now, create=create, update=update, worked_on=worked_on)


def when_of(finding: Finding) -> dict[str, Any]:
    """The imported event is dated by what the row says, so that figures as of a past day read it right."""
    return {"at": finding.closed_at or finding.answered_at or finding.found_at, "due_at": finding.due_at}


def last_change(finding: Finding) -> datetime:
    """The last of the days that the row says."""
    told = (finding.found_at, finding.answered_at, finding.reviewed_at, finding.closed_at)
    return max(moment for moment in told if moment)


def verdict_of(state: str) -> str:
    if state in (Finding.State.CLOSED, Finding.State.CLOSED_ON_SPOT):
        return Rectification.Verdict.PASSED
    return Rectification.Verdict.REWORK if state == Finding.State.REWORK else Rectification.Verdict.OPEN


def steps_of(loading: Loading, row: Row) -> dict[str, Any] | None:
    """The state and the times at which it was reached; a state whose day is missing is a fault."""
    for first, last in (
        ("发现日期", "整改期限"),
        ("发现日期", "整改日期"),
        ("整改日期", "复核日期"),
        ("整改日期", "销号日期"),
        ("发现日期", "销号日期"),
    ):
        if row[first] and row[last] and row[last] < row[first]:
            wrong = _("早于%(first)s%(day)s，") % {"first": first, "day": row[first]}
            loading.fault(row, last, wrong, _("请检查两个日期。"))
            return None
    state = row["状态"] or _state_of_days(row)
    closed_on = row["销号日期"] or row["复核日期"] or row["整改日期"]
    if state == Finding.State.CLOSED_ON_SPOT:
        closed_on = closed_on or row["发现日期"]
    if state == Finding.State.CLOSED and not closed_on:
        loading.fault(row, "销号日期", _("已销号的问题没有销号日期，"), _("请填销号日期或整改日期。"))
        return None
    if state == Finding.State.SUBMITTED and not row["整改日期"]:
        loading.fault(row, "整改日期", _("待复核的问题没有整改日期，"), _("请填整改日期。"))
        return None
    is_closed = state in (Finding.State.CLOSED, Finding.State.CLOSED_ON_SPOT)
    if row["销号日期"] and not is_closed:
        loading.fault(row, "销号日期", _("有销号日期而状态不是已销号，"), _("请改状态或删去日期。"))
        return None
    sent = state not in (Finding.State.REPORTED, Finding.State.REJECTED, Finding.State.VOID)
    answered = row["整改日期"] or (closed_on if is_closed else None)
    return {
        "state": state,
        "dispatched_at": moment_of(row["发现日期"], FOUND_AT) if sent else None,
        "acknowledged_at": moment_of(row["发现日期"], FOUND_AT) if sent and state != Finding.State.DISPATCHED else None,
        "answered_at": moment_of(answered, ANSWERED_AT),
        "reviewed_at": moment_of(row["复核日期"] or (closed_on if is_closed else None), REVIEWED_AT),
        "closed_at": moment_of(closed_on, CLOSED_AT) if is_closed else None,
        "paused_at": moment_of(row["发现日期"], FOUND_AT) if state == Finding.State.LONG_TERM else None,
    }


def _state_of_days(row: Row) -> str:
    if row["销号日期"]:
        return Finding.State.CLOSED
    return Finding.State.SUBMITTED if row["整改日期"] else Finding.State.DISPATCHED


def moment_of(day: date | None, hour: time) -> datetime | None:
    return make_aware(datetime.combine(day, hour), get_default_timezone()) if day else None
