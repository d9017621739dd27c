"""What readers say of a report and what becomes of it: remarks, leaders' instructions, and how each was settled."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cityinit.sent import sent_before
from cityinit.workflow import Refused
from units.notices import office_of, tell

from .models import Comment, Report, ReportEvent, Section

INSTRUCT = "campaigns.instruct"


def remark(
    report: Report, *, by: Any, text: str, section: Section | None = None, client_key: UUID | None = None
) -> Comment:
    """Keep what a reader says and tell the office; of who may instruct it is an instruction, told in the timeline.

    Sent twice with one key it is kept once. Refused to who may not see the report, without words, and with a key
    that is another's.
    """
    if not by.has_perm("reports.see_report", report):
        raise Refused(_("您没有查看这份总结的权限。"), report)
    text = text.strip()
    if not text:
        raise Refused(_("请写明意见。"), report)
    own = report.comments.filter(by=by)
    if there := sent_before(own, client_key):
        return there
    try:
        with transaction.atomic():
            return _keep(report, by=by, text=text, section=section, client_key=client_key)
    except IntegrityError:
        # The same form arrived twice at once; the other one was faster.
        if there := sent_before(own, client_key):
            return there
        raise


def _keep(report: Report, *, by: Any, text: str, section: Section | None, client_key: UUID | None) -> Comment:
    is_instruction = by.has_perm(INSTRUCT, report.campaign)
    made = Comment.objects.create(
        report=report,
        section=section,
        about=str(section) if section and section.level else "",
        is_instruction=is_instruction,
        text=text,
        by=by,
        client_key=client_key,
    )
    if is_instruction:
        values = {"move": "instruct", "label": _("批示"), "note": text, "by": by}
        ReportEvent.objects.create(report=report, source=report.state, target=report.state, **values)
    told = _("%(who)s对“%(title)s”提了意见：%(text)s")
    if is_instruction:
        told = _("%(who)s对“%(title)s”作了批示：%(text)s")
    said = told % {"who": by, "title": report.title, "text": text[:60]}
    tell(office_of(report.campaign.host).exclude(pk=by.pk), said, url=f"{report.get_absolute_url()}#remarks")
    return made


def settle(comment: Comment, *, by: Any, answer: str = "") -> None:
    """Say what became of a remark, and tell whoever made it. Refused to who may not write the report, and twice.

    An instruction is not settled without words.
    """
    report = comment.report
    if not by.has_perm("reports.write_report", report):
        raise Refused(_("您没有处理意见的权限。"), report)
    answer = answer.strip()
    if comment.is_instruction and not answer:
        raise Refused(_("请写明批示的办理情况。"), report)
    with transaction.atomic():
        done = Comment.objects.filter(pk=comment.pk, settled_at=None).update(
            settled_by=by, settled_at=timezone.now(), answer=answer
        )
        if not done:
            raise Refused(_("这条意见已经处理过了。"), report)
        if comment.by_id != by.pk:
            told = {"title": report.title, "answer": answer or _("已修改")}
            said = _("您对“%(title)s”的意见已处理：%(answer)s") % told
            tell([comment.by], said, url=f"{report.get_absolute_url()}#remarks")
