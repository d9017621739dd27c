"""What people do with saved filters; what others see of it is told to the audit trail."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction
from django.http import QueryDict
from django.utils.translation import gettext as _

from campaigns.models import Campaign, FilterDefault, SavedFilter
from campaigns.models.saved import SHARE
from campaigns.saved import LONGEST, filter_in, filtered_list
from cityinit import audit
from cityinit.sent import refuse_stale
from cityinit.workflow import Refused

Audience = SavedFilter.Audience


def save_filter(
    campaign: Campaign, *, page: str, name: str, query: str, by: Any, audience: str = Audience.OWN
) -> SavedFilter:
    """Keep a list's filter under a name; sent twice it is kept once.

    Refused where nothing is narrowed, where the name stands for another filter already, and to who may not share.
    """
    if filtered_list(page) is None:
        raise Refused(_("没有这个列表，不能保存筛选。"), campaign)
    kept = filter_in(QueryDict(query[: LONGEST + 1]))
    if not kept:
        raise Refused(_("现在没有设任何条件，请先筛选再保存。"), campaign)
    if len(query) > LONGEST:
        raise Refused(_("条件太长，不能保存。请减少条件。"), campaign)
    _ask_to_share(campaign, audience, by)
    values = {"campaign": campaign, "owner": by, "page": page, "name": name}
    try:
        with transaction.atomic():
            saved, is_new = SavedFilter.objects.get_or_create(**values, defaults={"query": kept, "audience": audience})
            if not is_new and (saved.query, saved.audience) != (kept, audience):
                raise Refused(_name_taken(name), campaign)
            if is_new:
                _tell(_("共享筛选"), saved, by=by)
    except IntegrityError:
        raise Refused(_name_taken(name), campaign) from None
    return saved


def change_filter(saved: SavedFilter, *, name: str, audience: str, by: Any, seen: str = "") -> None:
    """Rename it or show it to others; refused to who neither owns it nor keeps the office's shared ones.

    `seen` is the mark of the filter the form was drawn from.
    """
    try:
        with transaction.atomic():
            now = SavedFilter.objects.select_for_update(of=("self",), no_key=True).select_related("campaign__host")
            if (kept := now.filter(pk=saved.pk).first()) is None:
                raise Refused(_("这个筛选刚刚被删除了。"), saved)
            _ask(kept, by)
            refuse_stale(saved, seen=seen, now=kept.mark)
            if audience != kept.audience:
                _ask_to_share(kept.campaign, audience, by)
            was_shared = kept.is_shared
            kept.name, kept.audience = name, audience
            kept.save(update_fields=["name", "audience"])
            _tell(_("修改共享筛选"), kept, by=by, was_shared=was_shared)
    except IntegrityError:
        raise Refused(_name_taken(name), saved) from None


@transaction.atomic
def delete_filter(saved: SavedFilter, *, by: Any) -> None:
    """Take it away, also from those whose list opened with it."""
    _ask(saved, by)
    _tell(_("删除共享筛选"), saved, by=by)
    saved.delete()


@transaction.atomic
def open_with(saved: SavedFilter, *, by: Any) -> None:
    """Let the person's list open with it from now on."""
    FilterDefault.objects.update_or_create(
        user=by, campaign=saved.campaign, page=saved.page, defaults={"filter": saved}
    )


def open_plain(saved: SavedFilter, *, by: Any) -> None:
    """Let the person's list open with everything again."""
    FilterDefault.objects.filter(user=by, filter=saved).delete()


def may_change(saved: SavedFilter, by: Any) -> bool:
    return saved.owner_id == by.pk or (saved.is_shared and by.has_perm(SHARE, saved))


def _ask(saved: SavedFilter, by: Any) -> None:
    if not may_change(saved, by):
        raise Refused(_("这是别人保存的筛选，您不能改动；可以打开后另存一个。"), saved)


def _ask_to_share(campaign: Campaign, audience: str, by: Any) -> None:
    if audience != Audience.OWN and not by.has_perm(SHARE, campaign):
        raise Refused(_("只有创建办工作人员可以把筛选共享给别人，请选“只有我自己”。"), campaign)


def _tell(what: str, saved: SavedFilter, *, by: Any, was_shared: bool = False) -> None:
    if saved.is_shared or was_shared:
        detail = {"page": saved.page, "query": saved.query, "audience": str(saved.get_audience_display())}
        audit.record(what, by=by, subject=f"{saved.campaign} {saved.name}", detail=detail)


def _name_taken(name: str) -> str:
    return _("您已有一个叫“%(name)s”的筛选，请换一个名称。") % {"name": name}
