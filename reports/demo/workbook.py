"""The demo's rows as a workbook, so that they come in as any office's would."""

from io import BytesIO

from openpyxl import Workbook

from . import findings, people, registers, sites, structure, tasks, units
from .days import Days


def sheets(days: Days) -> dict[str, list[dict]]:
    """Sheet name → rows."""
    return {
        "创建活动": [structure.campaign(days)],
        "单位": units.rows(),
        "人员": people.rows(),
        "阶段": structure.phases(days),
        "领导小组": structure.groups(days),
        "板块": structure.workstreams(),
        "测评指标": structure.indicators(),
        "指标自查": structure.self_checks(days),
        "任务": tasks.rows(days),
        "工作记录": tasks.log(days),
        **registers.sheets(days),
        "点位": sites.rows(),
        "包保": sites.sponsorships(),
        "问题": findings.rows(days),
    }


def file(days: Days) -> BytesIO:
    """The workbook as an .xlsx file."""
    book = Workbook(write_only=True)
    for name, rows in sheets(days).items():
        sheet = book.create_sheet(name)
        columns = list(dict.fromkeys(column for row in rows for column in row))
        sheet.append(columns)
        for row in rows:
            sheet.append([row.get(column) for column in columns])
    content = BytesIO()
    book.save(content)
    content.seek(0)
    return content
