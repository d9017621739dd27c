"""A few templates that every host is offered, in our own words; what an office saves itself stands beside them."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

# Before the place of one in a form, apart from the keys of those that are kept.
PRESET = "preset-"
# Name → lines: days are counted from the first day, the lead is left to the office.
PRESETS: tuple[tuple[Any, tuple[dict[str, Any], ...]], ...] = (
    (
        _("专项整治（摸底、整治、验收）"),
        (
            {
                "name": "开展摸底排查，建立问题台账",
                "due_after": 30,
                "requirement": "逐路段、逐点位登记，明确责任人和时限",
            },
            {"name": "对照台账集中整治", "starts_after": 30, "due_after": 120, "requirement": "完成一处、销号一处"},
            {
                "name": "组织验收，通报结果",
                "starts_after": 120,
                "due_after": 150,
                "requirement": "验收不合格的限期返工",
            },
            {"name": "日常巡查，防止反弹", "frequency": "每周1次"},
        ),
    ),
    (
        _("设施建设（方案、施工、移交）"),
        (
            {"name": "制定建设方案和资金计划", "due_after": 45},
            {"name": "完成施工", "starts_after": 45, "due_after": 210},
            {"name": "竣工验收并移交管护单位", "starts_after": 210, "due_after": 240},
        ),
    ),
    (
        _("宣传教育"),
        (
            {"name": "制定宣传方案，印发资料", "due_after": 30},
            {"name": "在公共场所设置宣传阵地", "due_after": 60},
            {"name": "开展进社区、进学校宣讲", "frequency": "每月1次"},
        ),
    ),
)
