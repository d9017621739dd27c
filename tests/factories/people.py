"""A small city: the host's units, and one person per role."""

from dataclasses import dataclass, field
from datetime import date
from functools import cache

from django.contrib.auth.hashers import make_password
from django.db import connection

from units.models import Post, Unit, User
from units.roles import Role

PASSWORD = "qingshui-7-hupan"
SINCE = date(2024, 1, 1)
PATHS_BELOW = "update units_unit set path = %s || id || '/' where parent_id = %s"

_PINYIN = {
    Role.COORDINATOR: "coordinator",
    Role.INSPECTOR: "inspector",
    Role.LIAISON: "liaison",
    Role.LEADER: "leader",
    Role.ADMINISTRATOR: "administrator",
}


@dataclass
class City:
    """清水市 with its 创建办, 城管局, 公安局 and a 街道 with one 社区.

    `liaison` is of 城管局; `other_liaison` is of 公安局; `street_liaison` covers street and community;
    `nobody` has an account and no post.
    """

    host: Unit
    office: Unit
    bureau: Unit
    police: Unit
    street: Unit
    community: Unit
    coordinator: User
    inspector: User
    liaison: User
    leader: User
    administrator: User
    other_liaison: User
    street_liaison: User
    nobody: User
    by_role: dict = field(default_factory=dict)


def unit(name, *, parent=None, **values):
    """A unit below `parent`; without one a host unit of its own."""
    return Unit.objects.create(name=name, parent=parent, **values)


def person(name, role=None, at=None, *, username="", scope=None, since=SINCE, until=None, **values):
    """A person who can log in with PASSWORD, with a post in `role` at the unit `at` unless no role is given."""
    made = User.objects.create_user(username or name, name, password=PASSWORD, **values)
    if role:
        Post.objects.create(user=made, role=role, unit=at, scope=scope, starts_on=since, ends_on=until)
    return made


def _units_below(parent, *rows, first=1):
    """As `Unit.save` would write them, at once: half of all tests begin with a city."""
    made = Unit.objects.bulk_create(
        Unit(parent=parent, host_id=parent.host_id, position=n, **row) for n, row in enumerate(rows, start=first)
    )
    for one in made:
        one.path = f"{parent.path}{one.pk}/"
    # As plain SQL: to put `bulk_update` together took a third of a city.
    with connection.cursor() as cursor:
        cursor.execute(PATHS_BELOW, [parent.path, parent.pk])
    return made


def _member(name, username):
    return User(username=username, name=name, password=_hashed())


@cache
def _hashed():
    return make_password(PASSWORD)


def city(name="清水市"):
    """A host unit with its tree and one person per role; call it again with another name for a second city."""
    host = unit(name, kind="主体单位", self_name="我市")
    office, bureau, police, street = _units_below(
        host,
        {"name": f"{name}创建办", "short_name": "创建办", "kind": "委员单位"},
        {"name": f"{name}城市管理局", "short_name": "城管局", "kind": "委员单位"},
        {"name": f"{name}公安局", "short_name": "公安局", "kind": "委员单位"},
        {"name": "河湾街道", "kind": "街道"},
    )
    [community] = _units_below(street, {"name": "柳荫社区", "kind": "社区"}, first=5)
    by_role = {role: _member(f"{name}{role.label[:8]}", f"{_PINYIN[role]}{host.pk}") for role in Role}
    other_liaison = _member(f"{name}公安联络员", f"police{host.pk}")
    street_liaison = _member(f"{name}街道联络员", f"street{host.pk}")
    nobody = _member(f"{name}待岗人员", f"nobody{host.pk}")
    at = {Role.LIAISON: bureau, Role.LEADER: host}
    posts = [(someone, role, at.get(role, office)) for role, someone in by_role.items()]
    posts += [(other_liaison, Role.LIAISON, police), (street_liaison, Role.LIAISON, street)]
    # The people are written at once, then their posts.
    User.objects.bulk_create([*by_role.values(), other_liaison, street_liaison, nobody])
    Post.objects.bulk_create(Post(user=user, role=role, unit=unit, starts_on=SINCE) for user, role, unit in posts)
    return City(
        host,
        office,
        bureau,
        police,
        street,
        community,
        **{_PINYIN[role]: someone for role, someone in by_role.items()},
        other_liaison=other_liaison,
        street_liaison=street_liaison,
        nobody=nobody,
        by_role=by_role,
    )
