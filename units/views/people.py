"""People and their posts."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cityinit.addresses import address
from cityinit.htmx import render_page
from cityinit.paging import Page
from cityinit.sent import told_in
from units import actions
from units.actions.people import require_managing
from units.forms import EndPostForm, HandOverForm, NewPersonForm, PeopleFilter, PersonForm, PostForm
from units.models import HandOver, Post, Unit, User, held_posts

MANAGE = "units.manage_people"


@require_safe
def people(request):
    today = timezone.localdate()
    seen = Unit.objects.visible_to(request.user)
    within = seen.active().order_by("host_id", "position", "pk")
    form = PeopleFilter(request.GET or None, units=within, offered=seen.register_marks())
    found = form.filter(User.objects.visible_to(request.user), on=today)
    page = Page(request, found.prefetch_related(held_posts(on=today)), order=("name", "pk"))
    context = {
        "page": page,
        "rows": [_row(person, request.user, here=address("units:people")) for person in page.rows],
        "form": form,
        "can_manage": request.user.has_perm(MANAGE),
    }
    return render_page(request, "units/people.html", context)


@require_safe
def person(request, pk):
    found = _person(request, pk)
    manages = found.is_managed_by(request.user)
    today = timezone.localdate()
    posts = list(found.posts.for_list().select_related("handed_over", "taken_over"))
    facts = [
        (_("姓名"), found.name),
        (_("职务"), found.title),
        (_("手机"), found.phone_for(request.user)),
    ]
    if manages or found.pk == request.user.pk:
        facts.append((_("账号"), found.username))
        facts.append((_("密码"), _password_state(found)))
    context = {
        "person": found,
        "facts": facts,
        "held": [_post(post, today, request.user) for post in posts if post.ends_on is None or post.ends_on >= today],
        "former": [post for post in posts if post.ends_on and post.ends_on < today],
        "can_manage": manages,
        "can_appoint": request.user.has_perm(MANAGE),
    }
    return render(request, "units/person.html", context)


@require_http_methods(["GET", "POST"])
def person_new(request):
    _insist(request)
    form = NewPersonForm(request.POST or None)
    if form.is_valid():
        added = actions.add_person(by=request.user, **form.cleaned_data)
        messages.success(
            request, _("已新增%(person)s。请新增岗位，并创建一次性链接发给本人设置密码。") % {"person": added}
        )
        return redirect(added)
    return render(request, "units/person_form.html", {"form": form, "title": _("新增人员")})


@require_http_methods(["GET", "POST"])
def person_edit(request, pk):
    _insist(request)
    found = _person(request, pk)
    # Before the form shows the number of somebody whose number is masked.
    require_managing(request.user, found)
    form = PersonForm(request.POST or None, current=found)
    if form.is_valid():
        actions.change_person(found, by=request.user, **form.cleaned_data)
        messages.success(request, _("已保存。"))
        return redirect(found)
    return render(request, "units/person_form.html", {"form": form, "person": found, "title": _("修改人员")})


@never_cache
@require_POST
def person_link(request, pk):
    """Create a one-time link and show it, this once."""
    _insist(request)
    found = _person(request, pk)
    link = request.build_absolute_uri(actions.make_link(found, by=request.user))
    return render(request, "units/person_link.html", {"person": found, "link": link})


@require_http_methods(["GET", "POST"])
def post_new(request, pk):
    _insist(request)
    found = _person(request, pk)
    units = Unit.objects.staffed_by(request.user).active().order_by("host_id", "position", "pk")
    form = PostForm(request.POST or None, units=units, initial={"starts_on": timezone.localdate()})
    if form.is_valid():
        post = actions.appoint(found, by=request.user, **form.cleaned_data)
        messages.success(request, _("已任命：%(post)s。") % {"post": post})
        return redirect(found)
    return render(request, "units/person_form.html", {"form": form, "person": found, "title": _("新增岗位")})


@require_http_methods(["GET", "POST"])
def post_end(request, pk):
    _insist(request)
    post = _post_of(request, pk)
    form = EndPostForm(request.POST or None, initial={"on": timezone.localdate()})
    if form.is_valid():
        actions.end_post(post, by=request.user, **form.cleaned_data)
        messages.success(request, _("“%(post)s”的最后一天是%(day)s。") % {"post": post, "day": form.cleaned_data["on"]})
        return redirect(post.user)
    context = {"form": form, "person": post.user, "title": _("结束岗位"), "lead": f"{post}（{post.span}）"}
    return render(request, "units/person_form.html", context)


@require_http_methods(["GET", "POST"])
def post_hand_over(request, pk):
    _insist(request)
    post = _post_of(request, pk)
    others = User.objects.visible_to(request.user).filter(is_active=True).exclude(pk=post.user_id)
    form = HandOverForm(request.POST or None, people=others, initial={"on": timezone.localdate()})
    if form.is_valid():
        with told_in(form):
            new = actions.hand_over(post, by=request.user, **form.cleaned_data)
            said = _("已交接给%(person)s，从%(day)s起在岗。") % {"person": new.user, "day": new.starts_on}
            messages.success(request, said)
            return redirect(new.taken_over)
    context = {"form": form, "person": post.user, "title": _("交接岗位"), "lead": f"{post}（{post.span}）"}
    return render(request, "units/person_form.html", context, status=422 if form.is_bound else 200)


@require_safe
def hand_over(request, pk):
    """The sheet of a hand-over as it stood that day; `?print` on paper."""
    rows = HandOver.objects.visible_to(request.user)
    related = ("post__user", "post__unit", "successor__user", "by")
    found = get_object_or_404(rows.select_related(*related), pk=pk)
    facts = [
        (_("岗位"), str(found.post), found.post.unit.get_absolute_url()),
        (_("移交人"), found.post.user, found.post.user.get_absolute_url()),
        (_("接任人"), found.successor.user, found.successor.user.get_absolute_url()),
        (_("移交人最后一天"), found.post.ends_on),
        (_("接任人到任"), found.successor.starts_on),
        (_("办理"), found.by or _("系统")),
    ]
    template = "units/hand_over_print.html" if "print" in request.GET else "units/hand_over.html"
    return render(request, template, {"sheet": found, "facts": facts, "lists": found.lists_for(request.user)})


@require_POST
def post_withdraw(request, pk):
    _insist(request)
    post = _post_of(request, pk)
    actions.withdraw_post(post, by=request.user)
    messages.success(request, _("已撤回：%(post)s。") % {"post": post})
    return redirect(post.user)


def _insist(request):
    if not request.user.has_perm(MANAGE):
        raise PermissionDenied


def _person(request, pk):
    return get_object_or_404(User.objects.visible_to(request.user), pk=pk)


def _post_of(request, pk):
    within = User.objects.visible_to(request.user)
    return get_object_or_404(Post.objects.for_list().filter(user__in=within), pk=pk)


def _row(person, viewer, *, here):
    """A line of the list as ready texts."""
    tone, state = _state(person)
    return {
        "url": f"{here}{person.pk}/",
        "name": person.name,
        "title": person.title,
        "phone": person.phone_for(viewer),
        "posts": "；".join(str(post) for post in person.held_posts),
        "tone": tone,
        "state": state,
    }


def _state(person):
    """(tone, text) of what an administrator should notice about a person; nothing of most."""
    if not person.is_active:
        return "neutral", _("已停用")
    if not person.held_posts:
        return "orange", _("无岗位")
    if not person.has_usable_password():
        return "yellow", _("未设密码")
    return "", ""


def _password_state(person):
    if not person.has_usable_password():
        return _("尚未设置，需要一次性链接")
    if person.password_changed_at is None:
        return _("已设置")
    return _("%(day)s设置") % {"day": timezone.localdate(person.password_changed_at)}


def _post(post, today, viewer):
    return {
        "post": post,
        "begun": post.starts_on <= today,
        "young": post.starts_on >= today,
        "can_manage": viewer.has_perm(MANAGE, post),
    }
