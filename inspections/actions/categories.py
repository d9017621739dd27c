"""The categories of findings with their limits, to whom each is dispatched, and what else holds for findings."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.clock import Limit, LimitUnit
from campaigns.models import Campaign
from cityinit import audit
from cityinit.sent import refuse_stale
from cityinit.workflow import Refused
from inspections.category_sheet import Wished
from inspections.models import DispatchRule, FindingCategory, FindingSettings
from units.models import User

PERMISSION = "inspections.change_category"


@transaction.atomic
def save_category(category: FindingCategory, *, by: User, seen: str = "") -> FindingCategory:
    """Add a category, or change one; refused for a name that another bears, and over somebody else's change.

    Findings that are dispatched already keep the deadline they have.
    """
    _ask(by, category.campaign)
    # As a table that is loaded: to save a category marks the campaign.
    Campaign.objects.hold(category.campaign_id)
    if category.pk:
        now = FindingCategory.objects.select_for_update(no_key=True).get(pk=category.pk)
        refuse_stale(category, seen=seen, now=now.mark)
    else:
        category.position = _next_position(category.campaign)
    try:
        with transaction.atomic():
            category.save()
    except IntegrityError:
        raise Refused(_("已有叫“%(name)s”的类别。") % {"name": category.name}, category.campaign) from None
    audit.record(_("维护问题类别"), by=by, subject=category, detail={"limit": limit_in_words(category)})
    return category


@transaction.atomic
def retire_category(category: FindingCategory, *, by: User, back: bool = False) -> None:
    """File nothing new under it, or (`back`) do so again; what was filed stays. Done twice, the second does nothing."""
    _ask(by, category.campaign)
    Campaign.objects.hold(category.campaign_id)
    category.retired_on = None if back else category.retired_on or timezone.localdate()
    category.save(update_fields=["retired_on"])
    audit.record(_("恢复问题类别") if back else _("停用问题类别"), by=by, subject=category)


@transaction.atomic
def save_rule(rule: DispatchRule, *, by: User) -> DispatchRule:
    """Say to which unit findings of a category go; refused where there is a rule for the very same already."""
    _ask(by, rule.campaign)
    try:
        with transaction.atomic():
            rule.save()
    except IntegrityError:
        raise Refused(_("“%(what)s”已有分工，请修改原来的那一条。") % {"what": rule.what}, rule.campaign) from None
    audit.record(_("维护交办分工"), by=by, subject=rule)
    return rule


@transaction.atomic
def delete_rule(rule: DispatchRule, *, by: User) -> None:
    """Take a rule out; refused where somebody else was faster, so that the trail says it once."""
    _ask(by, rule.campaign)
    held = DispatchRule.objects.select_for_update(of=("self",), no_key=False).filter(pk=rule.pk).order_by("pk").first()
    if held is None:
        raise Refused(_("这条分工刚刚已被别人删除。"), rule.campaign)
    subject = str(held)
    held.delete()
    audit.record(_("删除交办分工"), by=by, subject=subject)


@transaction.atomic
def save_settings(settings: FindingSettings, *, by: User) -> None:
    _ask(by, settings.campaign)
    values = {name: getattr(settings, name) for name in FindingSettings.WRITTEN}
    FindingSettings.objects.update_or_create(campaign=settings.campaign, defaults=values)
    audit.record(_("修改问题办理设置"), by=by, subject=settings.campaign, detail=values)


@transaction.atomic
def load_categories(campaign: Campaign, wished: Iterable[Wished], *, by: User) -> dict[str, int]:
    """Write the categories, limits and rules of a table that was looked at; gives how many of each are new or changed.

    Loaded twice, the second changes nothing. What the table does not say stays as it is.
    """
    _ask(by, campaign)
    # One table at a time: of the same one confirmed twice the second finds all there.
    Campaign.objects.hold(campaign.pk)
    there = {category.name: category for category in FindingCategory.objects.of(campaign)}
    rules = {rule.category_id: rule for rule in DispatchRule.objects.of(campaign).filter(kind=None, street="")}
    done = {"added": 0, "changed": 0, "rules": 0}
    position = _next_position(campaign)
    for row in wished:
        category = there.get(row.name)
        values = {name: value for name, value in row.values.items() if value}
        if category is None:
            category = there[row.name] = FindingCategory(campaign=campaign, name=row.name, position=position)
            position += 1
            done["added"] += 1
        elif all(getattr(category, name) == value for name, value in values.items()):
            values = {}
        else:
            done["changed"] += 1
        if values or category.pk is None:
            for name, value in values.items():
                setattr(category, name, value)
            category.save()
        if row.unit_id:
            done["rules"] += _set_rule(campaign, category, rules.get(category.pk), unit_id=row.unit_id)
    audit.record(_("导入问题类别"), by=by, subject=campaign, detail=done)
    return done


def _set_rule(campaign: Campaign, category: FindingCategory, rule: DispatchRule | None, *, unit_id: int) -> bool:
    if rule and rule.unit_id == unit_id:
        return False
    rule = rule or DispatchRule(campaign=campaign, category=category)
    rule.unit_id = unit_id
    rule.save()
    return True


def limit_in_words(category: FindingCategory) -> str:
    """3个工作日, or that the severity's limit holds."""
    if not category.limit_amount:
        return _("按等级")
    return str(Limit(category.limit_amount, LimitUnit(category.limit_unit)))


def _next_position(campaign: Campaign) -> int:
    last = FindingCategory.objects.of(campaign).order_by("-position").values_list("position", flat=True).first()
    return 0 if last is None else last + 1


def _ask(by: User, campaign: Any) -> None:
    if not by.has_perm(PERMISSION, campaign):
        raise Refused(_("您没有维护问题类别和分工的权限。"), campaign)
