"""What is done to the tree of units. Rows are never deleted: old reports go on naming them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import models, transaction
from django.db.models.functions import Concat, Substr
from django.utils import timezone
from django.utils.translation import gettext as _

from cityinit import audit
from cityinit.workflow import Refused
from units import succession
from units.models import Post, Unit, UnitAlias, UnitName, UnitPlace
from units.notices import administrators, liaisons_of, tell
from units.roles import require

from .people import leave_unit


@transaction.atomic
def add_unit(parent: Unit, *, name: str, by: Any, **values: Any) -> Unit:
    """A new unit below `parent`; refused under a closed unit and when the host already has the name."""
    require(by, "units.change_unit", parent)
    parent = _locked(parent)
    _refuse_closed(parent)
    _refuse_taken(name, host_id=parent.host_id, but=None, obj=parent)
    unit = Unit.objects.create(parent=parent, name=name, **values)
    audit.record(_("新增单位"), by=by, subject=unit.name, detail={_("上级单位"): parent.name, _("单位编号"): unit.pk})
    return unit


@transaction.atomic
def change_unit(unit: Unit, *, by: Any, **values: Any) -> Unit:
    """Write the facts of a unit that have no history: kind, appraisal group, short and own name, place in lists."""
    require(by, "units.change_unit", unit)
    changed = {field: value for field, value in values.items() if getattr(unit, field) != value}
    if changed:
        Unit.objects.filter(pk=unit.pk).update(**changed)
        Unit.objects.mark_register(unit.host_id)
        for field, value in changed.items():
            setattr(unit, field, value)
        detail = {str(Unit._meta.get_field(field).verbose_name): value for field, value in changed.items()}
        audit.record(_("修改单位"), by=by, subject=unit.name, detail=detail)
    return unit


@transaction.atomic
def rename_unit(unit: Unit, *, name: str, by: Any, short_name: str = "", on: date | None = None) -> Unit:
    """Give the unit a new name and keep the old one as borne until `on`; refused when the name is not new.

    The old short name would go on standing in every list, so it goes with the old name.
    """
    require(by, "units.change_unit", unit)
    today = timezone.localdate()
    on = on or today
    unit = _locked(unit)
    _refuse_closed(unit)
    if name == unit.name:
        raise Refused(_("“%(name)s”就是现在的名称。") % {"name": name}, unit)
    if on > today:
        raise Refused(_("更名日期不能晚于今天：请在更名当天办理。"), unit)
    last = unit.former_names.last()
    if last and on <= last.until:
        raise Refused(
            _("曾用名“%(name)s”用至%(day)s，这次更名的日期要在它之后。") % {"name": last.name, "day": last.until}, unit
        )
    _refuse_taken(name, host_id=unit.host_id, but=unit, obj=unit)
    former = unit.name
    UnitName.objects.create(unit=unit, name=former, short_name=unit.short_name, until=on)
    Unit.objects.filter(pk=unit.pk).update(name=name, short_name=short_name)
    Unit.objects.mark_register(unit.host_id)
    unit.name, unit.short_name = name, short_name
    audit.record(_("单位更名"), by=by, subject=name, detail={_("原名称"): former, _("用至"): str(on)})
    return unit


@transaction.atomic
def move_unit(unit: Unit, *, parent: Unit, by: Any, on: date | None = None) -> Unit:
    """Put the unit, with all below it, under another parent; `on` is its last day at the old place.

    A figure of that day or an earlier one goes on counting it there. Refused as `refuse_move` says.
    """
    require(by, "units.change_unit", unit)
    require(by, "units.change_unit", parent)
    on = on or timezone.localdate()
    unit, parent = _locked(unit), _locked(parent)
    refuse_move(unit, parent=parent, on=on)
    former = unit.parent
    _put_below(unit, parent, on=on)
    audit.record(
        _("调整隶属"),
        by=by,
        subject=unit.name,
        detail={_("原上级"): str(former), _("新上级"): parent.name, _("原隶属至"): str(on)},
    )
    return unit


@transaction.atomic
def merge_unit(unit: Unit, *, into: Unit, by: Any, on: date | None = None) -> Unit:
    """Close the unit in favour of `into`, which from the day after `on` answers for its open work.

    What is not concluded goes over to the successor, whose liaisons are told; what is done stays with the old name.
    The closed unit stands below its successor, so that a liaison there sees its records; what stood below it moves
    up. Posts there end or go over as `leave_unit` says; who held them and the administrators are told. Refused as
    `refuse_merge` says.
    """
    require(by, "units.change_unit", unit)
    require(by, "units.change_unit", into)
    today = timezone.localdate()
    on = on or today
    unit, into = _locked(unit), _locked(into)
    refuse_merge(unit, into=into, on=on)
    open_work = succession.open_work(unit)
    later = _later_in_words(unit, on=on)
    for child in unit.children.active():
        _put_below(child, into, on=on)
    if unit.parent_id != into.pk:
        _put_below(unit, into, on=on)
    Unit.objects.filter(pk=unit.pk).update(closed_on=on, merged_into=into)
    unit.closed_on, unit.merged_into = on, into
    for alias in UnitAlias.objects.filter(units=unit):
        alias.units.add(into)
        alias.units.remove(unit)
    # First the posts: who holds none any more is put on no roster of the successor.
    ended, gone_over = leave_unit(unit, into=into, by=by, on=on)
    succession.take_over(unit, into=into, by=by, on=on)
    taken = _in_words(open_work)
    audit.record(
        _("撤并单位"),
        by=by,
        subject=unit.name,
        detail={
            _("并入"): into.name,
            _("日期"): str(on),
            _("结束的岗位"): len(ended),
            _("转到承接单位的岗位"): len(gone_over),
            _("承接"): taken,
            **later,
        },
    )
    text = _("“%(unit)s”已并入“%(into)s”，") % {"unit": unit, "into": into}
    told = _in_words([work for work in open_work if not work.is_of_office])
    said = text + (_("由你们承接：%(taken)s。") % {"taken": told} if told else _("没有未办结的工作。"))
    tell(liaisons_of(into), said, url=unit.get_absolute_url())
    _tell_of_posts(unit, into=into, ended=ended, gone_over=gone_over)
    return unit


@transaction.atomic
def close_unit(unit: Unit, *, by: Any, on: date | None = None) -> Unit:
    """Close a unit nobody succeeds; refused while anything is open there, anybody in post or any unit below it."""
    require(by, "units.change_unit", unit)
    on = on or timezone.localdate()
    unit = _locked(unit)
    refuse_close(unit, on=on)
    Unit.objects.filter(pk=unit.pk).update(closed_on=on)
    unit.closed_on = on
    detail = {_("日期"): str(on), **_later_in_words(unit, on=on)}
    audit.record(_("撤销单位"), by=by, subject=unit.name, detail=detail)
    return unit


def _tell_of_posts(unit: Unit, *, into: Unit, ended: list[Post], gone_over: list[Post]) -> None:
    said = {"unit": unit, "into": into, "people": "、".join(str(post.user) for post in ended)}
    if ended:
        text = _("“%(unit)s”已并入“%(into)s”，%(people)s的联络员岗位随之结束；需要在承接单位任职的，请任命。")
        tell(administrators(of=[unit]), text % said, url=into.get_absolute_url())
        text = _("“%(unit)s”已并入“%(into)s”，您的联络员岗位随之结束；需要在承接单位任职的，请联系系统管理员。")
        tell({post.user for post in ended}, text % said, url=into.get_absolute_url())
    if gone_over:
        text = _("“%(unit)s”已并入“%(into)s”，您的岗位转到承接单位，权限不变。")
        tell({post.user for post in gone_over}, text % said, url=into.get_absolute_url())


def _later_in_words(unit: Unit, *, on: date) -> dict[str, str]:
    """For the trail: what stays under the unit's name though it was done after its last day."""
    told = _in_words(succession.written_after(unit, on=on))
    return {_("最后一天之后"): told} if told else {}


def _in_words(works: Iterable[succession.Open | succession.Later]) -> str:
    return "、".join(f"{work.label}{work.count}" for work in works if work.count)


def refuse_move(unit: Unit, *, parent: Unit, on: date) -> None:
    """Refused for closed units, cycles, hosts, across hosts, a day to come, and one before an earlier move."""
    _refuse_closed(unit)
    _refuse_closed(parent, obj=unit)
    _refuse_place(unit, parent)
    if unit.parent_id == parent.pk:
        raise Refused(_("它已经在“%(parent)s”之下。") % {"parent": parent}, unit)
    if on > timezone.localdate():
        raise Refused(_("调整日期不能晚于今天：请在调整当天办理。"), unit)
    _refuse_before_earlier_move(unit, on)


def refuse_merge(unit: Unit, *, into: Unit, on: date) -> None:
    """Refused for closed units, cycles, hosts, across hosts, a day to come, and one before an earlier move."""
    _refuse_closed(unit)
    _refuse_closed(into, obj=unit)
    if not unit.is_host and into.pk != unit.pk and into.path.startswith(unit.path):
        text = _("“%(into)s”是它的下属单位，不能由下属单位承接。请先把“%(into)s”调整到别的上级之下，或换一个承接单位。")
        raise Refused(text % {"into": into}, unit)
    _refuse_place(unit, into)
    if on > timezone.localdate():
        raise Refused(_("撤并日期不能晚于今天：请在撤并当天办理。"), unit)
    _refuse_before_earlier_move(unit, on)


def refuse_close(unit: Unit, *, on: date) -> None:
    """Refused for the host, a day to come, and with each thing that would be left to nobody."""
    _refuse_closed(unit)
    if unit.is_host:
        raise Refused(_("“%(unit)s”是主体单位，不能撤销。") % {"unit": unit}, unit)
    if on > timezone.localdate():
        raise Refused(_("撤销日期不能晚于今天：请在撤销当天办理。"), unit)
    left = [f"{work.label}{work.count}" for work in succession.open_work(unit) if work.count]
    if children := unit.children.active().count():
        left.append(_("下属单位%(n)s个") % {"n": children})
    if held := Post.objects.filter(unit=unit).not_ended(on=timezone.localdate()).count():
        left.append(_("在任岗位%(n)s个") % {"n": held})
    if left:
        text = _("“%(unit)s”还有%(left)s，直接撤销就没有单位负责了。请先办结或调整，或选择承接单位并入。")
        raise Refused(text % {"unit": unit, "left": "、".join(left)}, unit)


def _locked(unit: Unit) -> Unit:
    """The unit as it is now. Changes of one host's tree wait for each other, or two could close a ring."""
    Unit.objects.select_for_update(no_key=True).get(pk=unit.host_id)  # type: ignore[misc]  # every saved unit has a host
    return Unit.objects.select_related("host", "parent").get(pk=unit.pk)


def _put_below(unit: Unit, parent: Unit, *, on: date) -> None:
    """Rewrite the paths of the whole subtree in one statement, keeping where each unit stood until `on`."""
    old, new = unit.path, f"{parent.path}{unit.pk}/"
    # Moved twice on one day, a unit stood until then where the first move found it.
    UnitPlace.objects.bulk_create(
        (
            UnitPlace(unit=one, parent_id=one.parent_id, path=one.path, until=on)
            for one in Unit.objects.filter(path__startswith=old)
        ),
        ignore_conflicts=True,
    )
    rest = Substr("path", len(old) + 1)
    Unit.objects.filter(path__startswith=old).update(path=Concat(models.Value(new), rest))
    Unit.objects.filter(pk=unit.pk).update(parent=parent)
    unit.path, unit.parent = new, parent


def _refuse_place(unit: Unit, target: Unit) -> None:
    if unit.is_host:
        raise Refused(_("“%(unit)s”是主体单位，不能移动或并入别的单位。") % {"unit": unit}, unit)
    if unit.host_id != target.host_id:
        raise Refused(_("“%(target)s”属于另一个主体单位，不能跨主体办理。") % {"target": target}, unit)
    if unit.relation != Unit.Relation.BELOW or target.relation != Unit.Relation.BELOW:
        raise Refused(_("上级单位和共建单位不在下属单位树中，不能移动或合并。"), unit)
    if target.path.startswith(unit.path):
        raise Refused(_("“%(target)s”就是它自己或在它之下，不能成为它的上级。") % {"target": target}, unit)


def _refuse_before_earlier_move(unit: Unit, on: date) -> None:
    later = UnitPlace.objects.filter(unit__path__startswith=unit.path, until__gt=on).select_related("unit").last()
    if later:
        text = _("“%(unit)s”的上一次调整在%(day)s，这次的日期不能比它早。")
        raise Refused(text % {"unit": later.unit, "day": later.until}, unit)


def _refuse_closed(unit: Unit, *, obj: Unit | None = None) -> None:
    if unit.closed_on:
        raise Refused(_("“%(unit)s”已于%(day)s撤销。") % {"unit": unit, "day": unit.closed_on}, obj or unit)


def _refuse_taken(name: str, *, host_id: int | None, but: Unit | None, obj: Unit) -> None:
    others = Unit.objects.filter(host=host_id, name=name)
    if (others.exclude(pk=but.pk) if but else others).exists():
        raise Refused(_("已经有叫“%(name)s”的单位。") % {"name": name}, obj)
