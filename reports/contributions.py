"""What becomes of a unit's summary: drafted, written, handed in, taken back; returned, accepted or excused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from cityinit.moment import at_one_moment
from cityinit.queue import Lease
from cityinit.sent import Stale
from cityinit.workflow import Refused
from units.notices import liaisons_of, office_of, tell

from .calls import hold as hold_call
from .drafting import Draft, draft_of, links_of
from .models import Call, Contribution, ContributionEvent, Paragraph
from .models.call import ContributionQuerySet, mark_of_texts
from .wording import as_typed
from .workflow import CONTRIBUTION

WRITE = "reports.submit_contribution"
State = Contribution.State


def text_mark(contribution: Contribution) -> str:
    """A mark of the words as they are kept, by which a form drawn from others is known."""
    return mark_of_texts(list(contribution.paragraphs.values_list("key", "text")))


def redraft(contribution: Contribution, *, by: Any, keys: Iterable[str] = ()) -> None:
    """Write the drafts anew from the records of today; what a hand typed stays, save in the paragraphs of `keys`.

    Refused to who may not write it, once it is handed in, and once the call is closed.
    """
    _refuse_who_may_not(contribution, by)
    _refuse_handed_in(contribution)
    call = contribution.call
    with at_one_moment():
        drafted = draft_of(call.campaign, call.period, contribution.unit, on=timezone.localdate())
    with transaction.atomic():
        _hold(contribution)
        _refuse_handed_in(contribution)
        _put(contribution, drafted, anew=set(keys))
        if by is not None:
            note = _("%(n)s段") % {"n": len(set(keys))} if keys else ""
            record(contribution, "redraft", by=by, label=_("重新生成草稿"), note=note)


def draft_missing(call: Call, *, lease: Lease | None = None) -> int:
    """Drafts for the units of the call that have none yet, one after the other; how many were written."""
    rows = call.contributions.missing().filter(drafted_at=None)
    return _redraft_each(rows, lease=lease)


def freshen(*, lease: Lease | None = None) -> int:
    """Asked every night: drafts that nobody has touched are written anew from the records of the day before."""
    rows = Contribution.objects.missing().filter(submitted_at=None).exclude(drafted_at=None)
    typed = Paragraph.objects.exclude(text=F("drafted")).values("contribution")
    return _redraft_each(rows.exclude(pk__in=typed), lease=lease)


def _redraft_each(contributions: ContributionQuerySet, *, lease: Lease | None) -> int:
    rows = list(contributions.select_related("unit", "call__campaign__host").order_by("pk"))
    for place, row in enumerate(rows, start=1):
        # Handed in or excused since the list was read: there is nothing to draft any more.
        with suppress(Refused):
            redraft(row, by=None)
        if lease is not None:
            lease.progress(100 * place // len(rows), str(row.unit))
    return len(rows)


@transaction.atomic
def save(contribution: Contribution, *, by: Any, texts: Mapping[str, str], seen: str = "") -> None:
    """Keep what was typed, paragraph by paragraph; it stays a draft until it is handed in.

    `seen` is the `text_mark` the form was drawn from. Refused to who may not write it, once it is handed in or the call
    is closed, and where somebody else has saved meanwhile.
    """
    _refuse_who_may_not(contribution, by)
    _hold(contribution)
    _refuse_handed_in(contribution)
    _write(contribution, texts, seen=seen)


@transaction.atomic
def submit(
    contribution: Contribution, *, by: Any, texts: Mapping[str, str] | None = None, seen: str = "", seen_state: str = ""
) -> None:
    """Keep what was typed and hand it in; the office is told,
    or the unit's liaisons where the office does it for them.

    Refused as `save`, and where nothing is written.
    """
    _refuse_who_may_not(contribution, by)
    _hold(contribution)
    _refuse_handed_in(contribution)
    if texts is not None:
        _write(contribution, texts, seen=seen)
    now = timezone.now()
    values = {"submitted_at": now, "submitted_by": by, "judged_at": now, "reason": ""}
    source = CONTRIBUTION.make(contribution, "submit", by=by, seen_state=seen_state, **values)
    record(contribution, "submit", by=by, source=source)
    own = liaisons_of(contribution.unit)
    told = {"unit": contribution.unit, "call": contribution.call, "who": by}
    url = contribution.get_absolute_url()
    if by in own:
        tell(office_of(contribution.call.campaign.host), _("%(unit)s报送了%(call)s") % told, url=url)
    else:
        tell(own, _("%(who)s代%(unit)s报送了%(call)s") % told, url=url)


@transaction.atomic
def move(contribution: Contribution, name: str, *, by: Any, note: str = "", seen_state: str = "") -> None:
    """Take back, accept, return with a reason, excuse, ask again; whom it concerns is told."""
    _hold(contribution)
    note = note.strip()
    if CONTRIBUTION.moves[name].gives and not note:
        raise Refused(_("请写明原因。"), contribution)
    values: dict[str, Any] = {"judged_at": timezone.now()}
    if name in ("return_to_unit", "excuse"):
        values["reason"] = note
    elif name in ("accept", "ask_again"):
        values["reason"] = ""
    source = CONTRIBUTION.make(contribution, name, by=by, seen_state=seen_state, **values)
    record(contribution, name, by=by, source=source, note=note)
    told = {"unit": contribution.unit, "call": contribution.call, "why": note}
    text = {
        "accept": _("%(unit)s的%(call)s已采用"),
        "return_to_unit": _("%(unit)s的%(call)s被退回：%(why)s"),
        "excuse": _("%(unit)s不用报送%(call)s：%(why)s"),
        "ask_again": _("请%(unit)s报送%(call)s"),
    }.get(name)
    if text:
        tell(liaisons_of(contribution.unit), text % told, url=contribution.get_absolute_url())


def accept_many(contributions: Iterable[Contribution], *, by: Any) -> tuple[int, list[tuple[Contribution, str]]]:
    """Accept what can be accepted; how many were, and each refusal with its contribution."""
    accepted, refused = 0, []
    for row in contributions:
        try:
            move(row, "accept", by=by)
        except Refused as refusal:
            refused.append((row, refusal.reason))
        else:
            accepted += 1
    return accepted, refused


# Pieces ----------------------------------------------------------------------------------------------


def record(
    contribution: Contribution, move_name: str, *, by: Any, label: str = "", source: str = "", note: str = ""
) -> None:
    ContributionEvent.objects.create(
        contribution=contribution,
        move=move_name,
        label=label or str(CONTRIBUTION.moves[move_name].label),
        source=source,
        target=contribution.state if source else "",
        note=note,
        by=by,
    )


def _hold(contribution: Contribution) -> None:
    """The call first, then the contribution: who closes the call and who hands in do so one after the other."""
    hold_call(contribution.call)
    now = Contribution.objects.select_for_update(no_key=True).only("state", "figures").get(pk=contribution.pk)
    contribution.state, contribution.figures = now.state, now.figures


def _refuse_who_may_not(contribution: Contribution, by: Any) -> None:
    if by is not None and not by.has_perm(WRITE, contribution):
        raise Refused(_("您没有填写这份单位总结的权限。"), contribution)


def _refuse_handed_in(contribution: Contribution) -> None:
    if not contribution.call.is_open:
        raise Refused(_("这次征集已结束，不能再报送或改动。如有需要，请联系创建办重新打开征集。"), contribution)
    if not contribution.is_with_unit:
        told = {"state": contribution.get_state_display()}
        raise Refused(_("这份总结目前是“%(state)s”，不能再改。需要修改时请先撤回。") % told, contribution)


def _write(contribution: Contribution, texts: Mapping[str, str], *, seen: str) -> None:
    rows = list(contribution.paragraphs.all())
    if seen and seen != mark_of_texts([(row.key, row.text) for row in rows]):
        raise Stale(
            _("您打开页面之后，本单位有人保存过。与现在保存的内容不同之处已经标出，核对后可以再次保存。"), contribution
        )
    changed = []
    for row in rows:
        text = as_typed(texts.get(row.key, row.text))
        if text != row.text:
            row.text, row.links = text, links_of(text, row, contribution.figures)
            changed.append(row)
    Paragraph.objects.bulk_update(changed, ["text", "links"])


def _put(contribution: Contribution, drafted: Draft, *, anew: set[str]) -> None:
    there = {row.key: row for row in contribution.paragraphs.all()}
    for position, told in enumerate(drafted.paragraphs):
        row = there.pop(told.key, None) or Paragraph(contribution=contribution, key=told.key, text="", drafted="")
        is_typed = row.is_typed and told.key not in anew
        row.position, row.heading = position, told.heading
        row.drafted, row.drafted_links = told.text, told.links
        if not is_typed:
            row.text = told.text
        row.links = links_of(row.text, row, drafted.figures)
        row.save()
    for row in there.values():
        # Of a workstream that is gone nothing is drafted; a person's words stay.
        if row.is_typed:
            Paragraph.objects.filter(pk=row.pk).update(drafted="", drafted_links=[])
        else:
            row.delete()
    contribution.figures, contribution.lists = drafted.figures, drafted.lists
    contribution.sources = drafted.sources
    contribution.drafted_at = timezone.now()
    contribution.save(update_fields=["figures", "lists", "sources", "drafted_at"])
