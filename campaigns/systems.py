"""What an indicator or a standard must look like before it is kept: asked by the forms and by the actions."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext as _

from .ancestry import would_ring
from .models import AssessmentSystem, Indicator, Standard

# Ⅰ, Ⅱ, Ⅲ and one below: no published system goes deeper, and a number must stay readable.
DEEPEST = 4


def indicator_faults(
    system: AssessmentSystem,
    *,
    indicator: Indicator | None = None,
    code: str,
    name: str,
    parent: Indicator | None = None,
    score: Decimal | None = None,
) -> dict[str, str]:
    """Field → the sentence that says what is wrong with it; empty when it may be kept.

    `indicator` is the row being edited, None for a new one.
    """
    found: dict[str, str] = {}
    used = system.indicators.filter(code=code).first()
    if not code.strip():
        found["code"] = _("请填写编号，如“Ⅱ-1”。")
    elif used is not None and used != indicator:
        found["code"] = _("编号“%(code)s”已用于“%(name)s”，请换一个。") % {"code": code, "name": used.name}
    if not name.strip():
        found["name"] = _("请填写名称。")
    if parent is not None:
        if parent.system_id != system.pk:
            found["parent"] = _("上级指标须在同一版测评体系里。")
        elif indicator and would_ring(indicator, parent=parent):
            found["parent"] = _("“%(parent)s”就是它自己或在它之下，不能作它的上级，否则上下级会绕成圈。") % {
                "parent": parent
            }
        elif depth_of(parent) + height_of(indicator) > DEEPEST:
            found["parent"] = _("这样会超过%(n)s级。请选更高一级的指标作上级。") % {"n": DEEPEST}
    if score is not None and score < 0:
        found["score"] = _("分值不能是负数。")
    return found


def standard_faults(
    indicator: Indicator,
    *,
    standard: Standard | None = None,
    number: str,
    content: str,
    score: Decimal | None = None,
) -> dict[str, str]:
    """The same for a standard of that indicator."""
    found: dict[str, str] = {}
    used = indicator.standards.filter(number=number).first()
    if not number.strip():
        found["number"] = _("请填写序号，如“1”。")
    elif used is not None and used != standard:
        found["number"] = _("“%(code)s”下已有序号%(number)s：%(content)s。请换一个序号。") % {
            "code": indicator.code,
            "number": number,
            "content": used.content[:30],
        }
    if not content.strip():
        found["content"] = _("请填写标准的内容。")
    if score is not None and score < 0:
        found["score"] = _("分值不能是负数。")
    return found


def depth_of(indicator: Indicator) -> int:
    """1 for level Ⅰ; asked of the database as it is now."""
    depth, above, seen = 1, indicator.parent_id, {indicator.pk}
    while above is not None and above not in seen:
        seen.add(above)
        depth += 1
        above = Indicator.objects.filter(pk=above).values_list("parent_id", flat=True).first()
    return depth


def height_of(indicator: Indicator | None) -> int:
    """How many levels it and what is below it take."""
    height, level = 1, {indicator.pk} if indicator and indicator.pk else set()
    while level and height <= DEEPEST:
        level = set(Indicator.objects.filter(parent__in=level).values_list("pk", flat=True))
        height += bool(level)
    return height


def branch_of(indicator: Indicator) -> list[int]:
    """The keys of the indicator and of all below it, those above first."""
    found, level = [indicator.pk], [indicator.pk]
    while level:
        level = list(Indicator.objects.filter(parent__in=level).exclude(pk__in=found).values_list("pk", flat=True))
        found += level
    return found
