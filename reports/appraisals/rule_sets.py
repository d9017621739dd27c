"""What the office does with the rules of its appraisals: draw up, edit while a draft, adopt, retire, revise."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.models import Campaign
from campaigns.sent import sent_in
from cityinit import audit
from cityinit.sent import refuse_stale, said_if_taken, sent_before
from cityinit.workflow import Refused
from reports.models import AppraisalRule, RuleSet, RuleSetEvent
from reports.workflow import RULE_SET
from units.models import User
from units.roles import require

from .kinds import KINDS
from .presets import PRESETS

PERMISSION = "reports.appraise"
COPIED = tuple(name for name in RuleSet.WRITTEN if name != "name")


def add_rule_set(
    campaign: Campaign, *, by: User, name: str, preset: str = "", client_key: UUID | None = None, **values: Any
) -> RuleSet:
    """A draft, empty or with the rules of one of our own; refused where the name is taken. Sent twice it is one."""
    require(by, PERMISSION, campaign)
    if there := sent_in(campaign, RuleSet.objects.all(), client_key):
        return there
    with said_if_taken(_("已经有叫“%(name)s”的细则，请在它的页面上修订。") % {"name": name}):
        if RuleSet.objects.filter(campaign=campaign, name=name).exists():
            raise Refused(_("已经有叫“%(name)s”的细则，请在它的页面上修订。") % {"name": name})
        made = RuleSet.objects.create(campaign=campaign, name=name, client_key=client_key, **values)
        rules = PRESETS[preset].rules if preset else ()
        AppraisalRule.objects.bulk_create(
            AppraisalRule(rule_set=made, position=place, **rule) for place, rule in enumerate(rules, start=1)
        )
        record(made, "add", _("新建"), by=by, note=str(PRESETS[preset].name) if preset else "")
    return made


def change_rule_set(rule_set: RuleSet, *, by: User, seen: str = "", **values: Any) -> None:
    """Write a draft's base, caps and settings; refused once it is in use, and of another version's name."""
    require(by, PERMISSION, rule_set)
    with said_if_taken(_("已经有叫这个名称的细则。")):
        now = lock(rule_set)
        refuse_stale(rule_set, seen=seen, now=now.mark)
        others = RuleSet.objects.filter(campaign=now.campaign_id).exclude(pk=now.pk)
        if values.get("name", now.name) != now.name and (
            now.version > 1 or others.filter(name=values["name"]).exists()
        ):
            raise Refused(_("修订版沿用原来的名称，也不能与别的细则重名。"))
        for name, value in values.items():
            setattr(rule_set, name, value)
        rule_set.save(update_fields=RuleSet.WRITTEN)
        record(rule_set, "change", _("修改"), by=by)


def revise(rule_set: RuleSet, *, by: User) -> RuleSet:
    """A draft of the next version with all its rules; the draft there is, if there is one."""
    require(by, PERMISSION, rule_set)
    with transaction.atomic():
        Campaign.objects.hold(rule_set.campaign_id)
        versions = RuleSet.objects.filter(campaign=rule_set.campaign_id, name=rule_set.name)
        if draft := versions.filter(state=RuleSet.State.DRAFT).first():
            return draft
        last = versions.aggregate(last=Max("version"))["last"]
        made = RuleSet.objects.create(
            campaign=rule_set.campaign,
            name=rule_set.name,
            version=last + 1,
            **{name: getattr(rule_set, name) for name in COPIED},
        )
        AppraisalRule.objects.bulk_create(
            AppraisalRule(
                rule_set=made, position=rule.position, **{name: getattr(rule, name) for name in AppraisalRule.WRITTEN}
            )
            for rule in rule_set.rules.all()
        )
        record(made, "copy", _("修订"), by=by, note=_("由“%(rules)s”复制") % {"rules": rule_set})
    return made


@transaction.atomic
def adopt(rule_set: RuleSet, *, by: User, seen_state: str = "") -> None:
    """Bring a draft in use, from now on frozen; the version before is retired with it."""
    Campaign.objects.hold(rule_set.campaign_id)
    RULE_SET.ask(rule_set, "adopt", by=by, seen_state=seen_state)
    before = RuleSet.objects.filter(campaign=rule_set.campaign_id, name=rule_set.name).in_use().first()
    if before:
        RULE_SET.make(before, "retire", by=None)
        record(before, "retire", _("停用"), by=by, note=_("由“%(rules)s”接替") % {"rules": rule_set})
    RULE_SET.make(rule_set, "adopt", by=by, seen_state=seen_state, adopted_on=timezone.localdate())
    record(rule_set, "adopt", _("启用"), by=by)


@transaction.atomic
def retire(rule_set: RuleSet, *, by: User, seen_state: str = "") -> None:
    """No new appraisal goes by it; those that did stand."""
    RULE_SET.make(rule_set, "retire", by=by, seen_state=seen_state)
    record(rule_set, "retire", _("停用"), by=by)


@transaction.atomic
def discard(rule_set: RuleSet, *, by: User) -> None:
    """Throw a draft away; refused of one that was in use."""
    require(by, PERMISSION, rule_set)
    now = lock(rule_set)
    audit.record(_("删除考核细则草稿"), by=by, subject=now, detail={"pk": now.pk})
    now.delete()


# Rules ------------------------------------------------------------------------------------------------


def add_rule(rule_set: RuleSet, *, by: User, client_key: UUID | None = None, **values: Any) -> AppraisalRule:
    """Put a rule at the end of a draft; refused where it lacks what its kind needs. Sent twice it is added once."""
    require(by, PERMISSION, rule_set)
    with said_if_taken(_("这条规则刚刚已经新增。")):
        lock(rule_set)
        if there := sent_before(rule_set.rules.all(), client_key):
            return there
        last = rule_set.rules.aggregate(last=Max("position"))["last"] or 0
        return _write(AppraisalRule(rule_set=rule_set, position=last + 1, client_key=client_key), values)


@transaction.atomic
def change_rule(rule: AppraisalRule, *, by: User, seen: str = "", **values: Any) -> None:
    """Write a rule of a draft; refused where it lacks what its kind needs."""
    require(by, PERMISSION, rule.rule_set)
    lock(rule.rule_set)
    refuse_stale(rule.rule_set, seen=seen, now=_there(rule).mark)
    _write(rule, values)


@transaction.atomic
def remove_rule(rule: AppraisalRule, *, by: User) -> None:
    """Take a rule out of a draft."""
    require(by, PERMISSION, rule.rule_set)
    lock(rule.rule_set)
    _there(rule).delete()


def missing(kind: str, values: dict[str, Any]) -> dict[str, str]:
    """{field: sentence} of what a rule of this kind needs and was not given."""
    return {name: _("这类规则需要填写这一项。") for name in KINDS[kind].needs if values.get(name) in (None, "")}


def _write(rule: AppraisalRule, values: dict[str, Any]) -> AppraisalRule:
    for name, value in values.items():
        setattr(rule, name, value)
    # What another kind would ask is forgotten, not kept to surprise.
    for name, empty in (("severity", ""), ("rank", ""), ("threshold", None), ("step", None)):
        if name not in KINDS[rule.kind].fields:
            setattr(rule, name, empty)
    if wrong := missing(rule.kind, {name: getattr(rule, name) for name in AppraisalRule.WRITTEN}):
        raise Refused(" ".join(wrong.values()), rule.rule_set)
    rule.save()
    return rule


def _there(rule: AppraisalRule) -> AppraisalRule:
    if (now := AppraisalRule.objects.filter(pk=rule.pk).first()) is None:
        raise Refused(_("这条规则刚刚被别人删除了。"), rule.rule_set)
    return now


def lock(rule_set: RuleSet) -> RuleSet:
    """The draft as it stands, held until the transaction ends; refused once it is in use, or gone."""
    now = RuleSet.objects.select_for_update(no_key=True).filter(pk=rule_set.pk).first()
    if now is None:
        raise Refused(_("这份草稿刚刚被别人删除了。"))
    if not now.is_draft:
        raise Refused(
            _("“%(rules)s”目前是“%(state)s”，不能再改。要改请点“修订”。")
            % {"rules": now, "state": now.get_state_display()},
            now,
        )
    return now


def record(rule_set: RuleSet, move: str, label: str, *, by: Any, note: str = "") -> None:
    RuleSetEvent.objects.create(rule_set=rule_set, move=move, label=str(label), note=note, by=by)
