"""People and their posts. Every change of posts is recorded and told to the other administrators."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.db import IntegrityError, models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cityinit import audit
from cityinit.workflow import Refused
from units import succession
from units.models import HandOver, Notice, Post, Unit, User
from units.notices import administrators, tell
from units.roles import OFFICE_ROLES, Role, require

DAY = timedelta(days=1)
MANAGE = "units.manage_people"


@transaction.atomic
def add_person(*, username: str, name: str, by: Any, title: str = "", phone: str = "") -> User:
    """A person who can log in once they have used a one-time link, and do something once they have a post."""
    require(by, MANAGE)
    if User.objects.filter(username=username).exists():
        raise Refused(_("账号“%(username)s”已有人使用。") % {"username": username})
    try:
        with transaction.atomic():
            person = User.objects.create_user(username, name, title=title, phone=phone)
    except IntegrityError:
        raise Refused(_("账号“%(username)s”刚刚被别人用了，请换一个。") % {"username": username}) from None
    audit.record(_("新增人员"), by=by, subject=person, detail={_("人员编号"): person.pk})
    return person


@transaction.atomic
def change_person(person: User, *, by: Any, is_active: bool = True, **values: Any) -> User:
    """Write what is known of a person. Who is taken out of use has no access from the next request on.

    Refused for oneself, for the last administrator and for who has a post outside the own scope.
    """
    require_managing(by, person)
    if not is_active and by is not None and by.pk == person.pk:
        raise Refused(_("不能停用自己的账号，请由另一位系统管理员办理。"), person)
    values["is_active"] = is_active
    changed = {field: value for field, value in values.items() if getattr(person, field) != value}
    if not changed:
        return person
    for field, value in changed.items():
        setattr(person, field, value)
    person.save(update_fields=list(changed))
    if "is_active" in changed and not is_active:
        _refuse_without_administrator(person, after=timezone.localdate())
    # Names of the fields only: the trail is read by more people than the telephone numbers.
    audit.record(_("修改人员"), by=by, subject=person, detail={_("修改"): _labels(changed)})
    if "is_active" in changed:
        what = _("恢复使用") if is_active else _("停用")
        _tell(_("%(person)s的账号已%(what)s") % {"person": person, "what": what}, person, by=by)
    return person


@transaction.atomic
def appoint(
    person: User,
    *,
    role: str,
    unit: Unit,
    by: Any,
    starts_on: date,
    scope: Unit | None = None,
    ends_on: date | None = None,
) -> Post:
    """Give a person a role at a unit from a day (to a day).

    Refused at a closed unit, for somebody out of use, over another host's units or more than the own
    scope, and where the person holds this very post already.
    """
    _require_ruling(by, Post(user=person, role=role, unit=unit, scope=scope))
    post = _appointed(person, role=role, unit=unit, scope=scope, starts_on=starts_on, ends_on=ends_on)
    _record(_("任命岗位"), post, by=by)
    return post


@transaction.atomic
def end_post(post: Post, *, by: Any, on: date) -> Post:
    """Let `on` be the last day of the post.

    Refused before its first day, for the last administrator, and where the post was handed over for another day: there
    would be a gap before the successor, or two people at once.
    """
    post = _locked(post)
    _require_ruling(by, post)
    if (there := _successor(post)) and on != there.starts_on - DAY:
        text = _(
            "这个岗位已交接给%(who)s，从%(day)s起在岗，最后一天只能是%(last)s。"
            "如需改日子，请先撤回%(who)s的岗位，再重新交接。"
        )
        told = {"who": there.user, "day": there.starts_on, "last": there.starts_on - DAY}
        raise Refused(text % told, post.user)
    _end(post, on=on)
    if post.role == Role.ADMINISTRATOR:
        _refuse_without_administrator(post.user, after=on)
    _record(_("结束岗位"), post, by=by)
    return post


@transaction.atomic
def withdraw_post(post: Post, *, by: Any) -> None:
    """Take back an appointment made by mistake; refused once a day of it has passed."""
    post = _locked(post)
    _require_ruling(by, post)
    today = timezone.localdate()
    if post.starts_on < today:
        raise Refused(_("这个岗位从%(day)s起已经生效，不能撤回，请结束它。") % {"day": post.starts_on}, post.user)
    pk = post.pk
    post.delete()
    if post.role == Role.ADMINISTRATOR:
        _refuse_without_administrator(post.user, after=today - DAY)
    post.pk = pk
    _record(_("撤回岗位"), post, by=by)


@transaction.atomic
def hand_over(post: Post, *, to: User, by: Any, on: date) -> Post:
    """End the post on `on` and give `to` the same one from the day after; a last day agreed on stays.

    What is open in a liaison's scope is kept as a hand-over sheet that both are told of. What the holder was named for
    at the unit, patrols and turns, goes to the successor where it was the holder's last post there; notices not read,
    where it was the last of all. Refused to the holder, to somebody out of use, at a
    closed unit, when the post has ended before, and once it was handed over.
    """
    post = _locked(post)
    _require_ruling(by, post)
    if to.pk == post.user_id:
        raise Refused(_("不能交接给本人。"), post.user)
    if there := _successor(post):
        text = _("这个岗位已交接给%(who)s（%(span)s）。如需改交给别人，请先撤回或结束这个岗位。")
        raise Refused(text % {"who": there.user, "span": there.span}, post.user)
    agreed = post.ends_on if post.ends_on and post.ends_on > on else None
    if post.ends_on and post.ends_on < on:
        raise Refused(_("这个岗位已于%(day)s结束，没有可交接的。") % {"day": post.ends_on}, post.user)
    _end(post, on=on)
    new = _appointed(to, role=post.role, unit=post.unit, scope=post.scope, starts_on=on + DAY, ends_on=agreed)
    if post.role == Role.ADMINISTRATOR:
        _refuse_without_administrator(post.user, after=on)
    if not post.user.posts.filter(unit=post.unit).not_ended(on=new.starts_on).exists():
        succession.hand_over(post.user, new.user, unit=post.unit, by=by, on=on)
    _record(_("交接岗位"), post, by=by, to=new.user)
    _hand_over_work(post, new, by=by)
    return new


def leave_unit(unit: Unit, *, into: Unit, by: Any, on: date) -> tuple[list[Post], list[Post]]:
    """What becomes of the posts at a unit that is merged away on that day: those that end, those that go over.

    A liaison's rights come from the unit, so the post ends with it: the administrators decide who shall speak for the
    successor. Those of an office post do not; it stands at the successor from the day after.
    """
    ended, gone_over = posts_leaving(unit, on=on)
    for post in ended:
        _end_with_unit(post, on=on, by=by)
    for post in gone_over:
        former = {"role": post.role, "scope": post.scope, "ends_on": post.ends_on}
        starts_on = max(post.starts_on, on + DAY)
        _end_with_unit(post, on=on, by=by)
        same = post.user.posts.filter(role=post.role, unit=into, scope=post.scope).not_ended(on=starts_on)
        if not same.exists():
            Post.objects.create(user=post.user, unit=into, starts_on=starts_on, **former)
    return ended, gone_over


def posts_leaving(unit: Unit, *, on: date) -> tuple[list[Post], list[Post]]:
    """The posts at a unit that last longer than that day: those of liaisons, those of an office."""
    posts = list(unit.posts.filter(models.Q(ends_on=None) | models.Q(ends_on__gt=on)).for_list().order_by("pk"))
    return [post for post in posts if post.role not in OFFICE_ROLES], [
        post for post in posts if post.role in OFFICE_ROLES
    ]


def _end_with_unit(post: Post, *, on: date, by: Any) -> None:
    """Let it end with the unit; one that was to begin later never begins."""
    detail = {_("岗位"): str(post), _("原任期"): post.span, _("岗位编号"): post.pk, _("人员编号"): post.user_id}
    if post.starts_on > max(on, timezone.localdate()):
        post.delete()
    else:
        # Appointed after the day of a merger that is entered late: it has stood until today.
        post.ends_on = on if post.starts_on <= on else timezone.localdate()
        post.save(update_fields=["ends_on"])
    audit.record(_("随单位撤并结束岗位"), by=by, subject=post.user, detail=detail)


def _hand_over_work(post: Post, new: Post, *, by: Any) -> None:
    work = succession.seen_by_units(post.scope or post.unit, with_below=True) if post.role == Role.LIAISON else []
    contents = [one.kept() for one in work]
    sheet = HandOver.objects.create(post=post, successor=new, contents=contents, by=by)
    text = _("岗位交接：%(post)s，%(sheet)s，从%(day)s起。请看交接单。")
    said = text % {"post": post, "sheet": sheet, "day": new.starts_on}
    tell([post.user, new.user], said, url=sheet.get_absolute_url())
    if not post.user.posts.not_ended(on=new.starts_on).exists():
        for notice in Notice.objects.visible_to(post.user).unread():
            tell([new.user], notice.text, url=notice.url)


def require_managing(by: Any, person: User) -> None:
    """Refuse who is no administrator of all the person's posts; the system itself may do everything."""
    require(by, MANAGE)
    if by is not None and not person.is_managed_by(by):
        raise Refused(
            _("%(person)s有岗位不在您的管辖范围内，请由管辖它的系统管理员办理。") % {"person": person}, person
        )


def _require_ruling(by: Any, post: Post) -> None:
    """Refuse who is no administrator of all that the post governs: nobody gives away more than is theirs."""
    require(by, MANAGE)
    if by is None or (by.has_perm(MANAGE, post.unit) and by.has_perm(MANAGE, post)):
        return
    raise Refused(
        _(
            "岗位“%(post)s”的单位或管辖范围超出了您的管辖范围。请在您管辖的单位中选择并填写管辖单位，或请上一级系统管理员办理。"
        )
        % {"post": post},
        post.user,
    )


def _appointed(
    person: User, *, role: str, unit: Unit, scope: Unit | None, starts_on: date, ends_on: date | None
) -> Post:
    if not person.is_active:
        raise Refused(_("%(person)s的账号已停用，不能任命。") % {"person": person}, person)
    for place in (unit, scope):
        if place and place.closed_on:
            raise Refused(
                _("“%(unit)s”已于%(day)s撤销，不能再任命岗位。") % {"unit": place, "day": place.closed_on}, person
            )
    if scope and scope.host_id != unit.host_id:
        raise Refused(_("管辖单位“%(scope)s”属于另一个主体单位。") % {"scope": scope}, person)
    if ends_on and ends_on < starts_on:
        raise Refused(_("结束日期不能早于开始日期。"), person)
    # The row lock makes a form that was sent twice wait for itself.
    User.objects.select_for_update(no_key=True).get(pk=person.pk)
    same = person.posts.filter(role=role, unit=unit, scope=scope)
    if ends_on:
        same = same.filter(starts_on__lte=ends_on)
    if there := same.filter(models.Q(ends_on=None) | models.Q(ends_on__gte=starts_on)).first():
        raise Refused(
            _("%(person)s已有这个岗位：%(post)s（%(span)s）。") % {"person": person, "post": there, "span": there.span},
            person,
        )
    return Post.objects.create(user=person, role=role, unit=unit, scope=scope, starts_on=starts_on, ends_on=ends_on)


def _locked(post: Post) -> Post:
    """The post as it is now; gone is said, not a fault."""
    now = Post.objects.select_for_update(of=("self",), no_key=True).for_list().filter(pk=post.pk)
    if not (found := now.first()):
        raise Refused(_("这个岗位刚刚被撤回了。"), post.user)
    return found


def _successor(post: Post) -> Post | None:
    """The post of whom it was handed over to."""
    there = HandOver.objects.filter(post=post).select_related("successor__user").first()
    return there.successor if there else None


def _end(post: Post, *, on: date) -> None:
    if on < post.starts_on:
        raise Refused(
            _("结束日期不能早于开始日期%(day)s，请改填这一天或之后的日期。") % {"day": post.starts_on}, post.user
        )
    if post.ends_on and post.ends_on < timezone.localdate():
        raise Refused(_("这个岗位已于%(day)s结束。") % {"day": post.ends_on}, post.user)
    post.ends_on = on
    post.save(update_fields=["ends_on"])


def _refuse_without_administrator(person: User, *, after: date) -> None:
    """Somebody who can log in must be administrator of all the day after, or nobody could ever appoint again."""
    # Two administrators ending each other's post at once wait for each other here.
    posts = list(Post.objects.select_for_update(no_key=True).filter(role=Role.ADMINISTRATOR).order_by("pk"))
    posts = [post for post in posts if post.scope_id is None] or posts
    day = max(after + DAY, timezone.localdate())
    left = User.objects.filter(
        pk__in={post.user_id for post in posts if post.starts_on <= day and (not post.ends_on or post.ends_on >= day)},
        is_active=True,
    )
    if not any(someone.has_usable_password() for someone in left):
        raise Refused(
            _("这样就没有能登录的系统管理员了。请先任命另一位系统管理员，并请其用一次性链接设好密码。"), person
        )


def _labels(names: Iterable[str]) -> str:
    return "、".join(str(User._meta.get_field(name).verbose_name) for name in names)


def _record(action: str, post: Post, *, by: Any, to: User | None = None) -> None:
    detail = {_("岗位"): str(post), _("任期"): post.span, _("岗位编号"): post.pk, _("人员编号"): post.user_id}
    if post.scope:
        detail[_("管辖单位")] = post.scope.name
    if to:
        detail[_("接任")] = str(to)
    audit.record(action, by=by, subject=post.user, detail=detail)
    text = _("岗位变动：%(action)s，%(person)s，%(post)s（%(span)s）") % {
        "action": action,
        "person": f"{post.user}→{to}" if to else post.user,
        "post": post,
        "span": post.span,
    }
    _tell(text, post.user, by=by)


def _tell(text: str, person: User, *, by: Any) -> None:
    units = [post.unit for post in person.posts_that_bind()]
    others = administrators(of=units)
    tell(others.exclude(pk=by.pk) if by else others, text, url=person.get_absolute_url())
