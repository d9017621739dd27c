"""The sheets 单位 and 人员 of a workbook."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from cityinit.loading import Loading
from cityinit.workbook import Column, Row, Sheet, choice, text

from .actions.people import MANAGE
from .models import Post, Unit, User
from .roles import Role

RELATIONS = {str(label): value for value, label in Unit.Relation.choices}
ROLES = {
    "创建办": Role.COORDINATOR,
    "督查员": Role.INSPECTOR,
    "联络员": Role.LIAISON,
    "领导": Role.LEADER,
    "系统管理员": Role.ADMINISTRATOR,
}

UNITS = Sheet(
    "单位",
    (
        Column("名称", text(100), required=True, key=True, example="阳光街道办事处"),
        Column("简称", text(40), example="阳光街道"),
        Column("自称", text(20), example="我街道"),
        Column("上级单位", text(100), example="示例市"),
        Column("关系", choice(RELATIONS), empty=Unit.Relation.BELOW, options=tuple(RELATIONS), example="下属"),
        Column("类型", text(20), example="街道"),
        Column("考核组", text(40), example="街道组"),
    ),
)
PEOPLE = Sheet(
    "人员",
    (
        Column("账号", text(60), required=True, key=True, example="yangguang01"),
        Column("姓名", text(40), required=True, example="张三"),
        Column("单位", text(100), required=True, example="阳光街道办事处"),
        Column("职务", text(60), example="文明办主任"),
        Column("手机", text(20), example=""),
        Column("角色", choice(ROLES), options=tuple(ROLES), example="联络员"),
        Column("管辖单位", text(100)),
    ),
)


def load_units(loading: Loading, *, host_name: str, host: Unit | None) -> Unit:
    """Write the units of the file and return the host; every name becomes findable under "unit".

    A unit without a superior hangs under the host; 上级 and 共建 units stand beside the tree.
    """
    rows = loading.rows(UNITS.name)
    existing = {unit.name: unit for unit in Unit.objects.of_host(host).order_by("pk")} if host else {}
    for unit in existing.values():
        loading.know("unit", unit.name, unit)
    if not rows:
        host = host or Unit.objects.create(name=host_name)
        loading.know("unit", host.name, host)
        return host
    by_name = {row["名称"]: row for row in rows}
    for row in rows:
        loading.know("unit", row["名称"], existing.get(row["名称"]))
    if host_name not in by_name and host_name not in existing:
        campaign = loading.rows("创建活动")[0]
        loading.find(campaign, "主体单位", "unit", where=UNITS.name, also=by_name)
    host_row = by_name.get(host_name)
    above = ""
    if host_row:
        # What the host stands under is outside its own register: it is kept beside the tree.
        above, host_row.values["上级单位"] = host_row["上级单位"], ""
        host = _put_unit(loading, host_row, host, parent=None, host=None) or host
    # A faulty host row stops the load in the end; a stand-in lets the other rows be checked.
    host = host or Unit.objects.create(name=host_name)
    loading.know("unit", host.name, host)
    for row in loading.parents_first(UNITS.name, name="名称", parent="上级单位"):
        if row is host_row:
            continue
        relation = row["关系"]
        if row["名称"] == above and relation == Unit.Relation.BELOW:
            relation = Unit.Relation.SUPERIOR
        parent = _parent(loading, row, host=host, beside=relation != Unit.Relation.BELOW)
        unit = _put_unit(loading, row, existing.get(row["名称"]), parent=parent, host=host, relation=relation)
        if unit is not None:
            loading.know("unit", unit.name, unit)
    return host


def _parent(loading: Loading, row: Row, *, host: Unit, beside: bool) -> Unit | None:
    """Where the unit hangs; beside the tree, only under another unit that stands there too."""
    named = loading.find(row, "上级单位", "unit", where=UNITS.name)
    if beside:
        return named if named and named.relation != Unit.Relation.BELOW else None
    return named or host


def _put_unit(
    loading: Loading,
    row: Row,
    existing: Unit | None,
    *,
    parent: Unit | None,
    host: Unit | None,
    relation: str = Unit.Relation.BELOW,
) -> Unit | None:
    if existing and row["上级单位"] and existing.parent_id != (parent.pk if parent else None):
        loading.skip(row, _("上级单位与系统中不同，请在单位页面调整隶属关系。"))
        return existing
    values = {
        "short_name": row["简称"],
        "self_name": row["自称"],
        "kind": row["类型"],
        "appraisal_group": row["考核组"],
        "relation": relation,
    }
    fixed = {"name": row["名称"], "parent": parent, "host": host, "position": row.number}
    return loading.put_model(row, existing, Unit, fixed=fixed, values=values)


def load_people(loading: Loading, *, starts_on: date) -> None:
    """Write the people of the file with a post from `starts_on`; they have no password until they get a link."""
    rows = loading.rows(PEOPLE.name)
    if rows and loading.by and not loading.by.has_perm(MANAGE):
        loading.fault(rows[0], "账号", _("您没有管理人员的权限，"), _("请删去“人员”表，或请系统管理员导入。"))
        return
    existing = {user.username: user for user in User.objects.filter(username__in=[row["账号"] for row in rows])}
    # A post that was ended since still exists, so it is not given again.
    given = set(Post.objects.filter(user__in=existing.values()).values_list("user_id", "role", "unit_id"))
    for row in rows:
        unit = loading.find(row, "单位", "unit", where=UNITS.name)
        scope = loading.find(row, "管辖单位", "unit", where=UNITS.name)
        user = existing.get(row["账号"])
        if user and user.name != row["姓名"]:
            wrong = _("这个账号在系统中是“%(name)s”，") % {"name": user.name}
            loading.fault(row, "账号", wrong, _("请换一个账号。"))
            continue
        if user and loading.by and not user.is_managed_by(loading.by):
            loading.fault(row, "账号", _("这个账号的岗位不在您的管辖范围内，"), _("请由管辖它的系统管理员导入。"))
            continue
        post = Post(role=row["角色"], unit=unit, scope=scope, starts_on=starts_on)
        if unit and row["角色"] and loading.by and not loading.by.has_perm(MANAGE, post):
            loading.fault(row, "角色", _("这个岗位超出了您的管辖范围，"), _("请改填管辖单位，或由系统管理员导入。"))
            continue
        values = {"title": row["职务"], "phone": row["手机"]}
        written = loading.put(
            row,
            user,
            wanted=values,
            now=lambda person: {"title": person.title, "phone": person.phone},
            create=lambda row=row, values=values: User.objects.create_user(row["账号"], row["姓名"], **values),  # type: ignore[misc]  # bound to this row
            update=lambda person, values=values: _update(person, values),  # type: ignore[misc]  # bound to this row
        )
        if written is None:
            continue
        if not row["角色"]:
            loading.notes.append(_("%(name)s没有填角色，暂不授予岗位。") % {"name": row["姓名"]})
        elif (written.pk, post.role, post.unit_id) not in given:
            post.user = written
            loading.add(post)
    loading.write_added(Post)


def _update(person: User, values: dict[str, Any]) -> None:
    for name, value in values.items():
        setattr(person, name, value)
    person.save(update_fields=list(values))
