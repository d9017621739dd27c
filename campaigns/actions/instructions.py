"""What leaders say in writing (批示): given, told to who must act, corrected on the same day."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.models import Campaign, Instruction, Task
from cityinit import audit
from cityinit.sent import refuse_stale, sent_before
from cityinit.workflow import Refused
from units.notices import liaisons_of, office_of, tell
from units.roles import PERMISSIONS, Role, scope_of

from .tasks import record

PERMISSION = "campaigns.instruct"
LEADER_LENGTH = Instruction._meta.get_field("leader").max_length or 0


def instruct(
    campaign: Campaign,
    *,
    by: Any,
    content: str,
    given_on: date,
    task: Task | None = None,
    client_key: UUID | None = None,
) -> Instruction:
    """A leader's instruction, for a task or for the whole campaign; the office and the task's lead unit are told.

    The same `client_key` gives the one that is already there. Refused for a day to come, and for a task that has not
    been handed out: nobody would read it.
    """
    if not by.has_perm(PERMISSION, task or campaign):
        raise Refused(_("只有领导可以批示，且限于自己分管的范围。"), task or campaign)
    own = Instruction.objects.of(campaign).filter(given_by=by)
    if there := sent_before(own, client_key):
        return there
    if given_on > timezone.localdate():
        raise Refused(_("批示日期不能晚于今天。"), task or campaign)
    if task and (task.campaign_id != campaign.pk or task.state == Task.State.DRAFT):
        raise Refused(_("请选择本创建活动中已下发的任务。"), campaign)
    last = Instruction.objects.of(campaign).aggregate(last=Max("position"))["last"]
    try:
        with transaction.atomic():
            made = Instruction.objects.create(
                campaign=campaign,
                leader=signature(by),
                content=content,
                given_on=given_on,
                task=task,
                given_by=by,
                client_key=client_key,
                position=(last or 0) + 1,
            )
            audit.record(_("批示"), by=by, subject=f"{task or campaign}：{content}", detail={"pk": made.pk})
            _tell(made, _("%(leader)s批示：%(content)s"), by=by, event=_("批示"))
    except IntegrityError:
        # The same form arrived twice at once; the other one was faster.
        if there := sent_before(own, client_key):
            return there
        raise
    return made


@transaction.atomic
def change_instruction(instruction: Instruction, *, by: Any, content: str, seen: str = "") -> None:
    """Correct the words of one's own instruction on its day; who was told is told again.

    `seen` is the mark of what the form was drawn from: refused when the office has changed it since.
    """
    kept = Instruction.objects.select_for_update(no_key=True).filter(pk=instruction.pk).first()
    if kept is None:
        raise Refused(_("这条批示刚刚被删除了。"), instruction.campaign)
    if reason := change_refusal(kept, by):
        raise Refused(reason, instruction.task or instruction.campaign)
    refuse_stale(instruction, seen=seen, now=kept.mark)
    instruction.content = content
    instruction.save(update_fields=["content"])
    subject = f"{instruction.task or instruction.campaign}：{content}"
    audit.record(_("修改批示"), by=by, subject=subject, detail={"pk": instruction.pk, "content": kept.content})
    _tell(instruction, _("%(leader)s修改了批示：%(content)s"), by=by, event=_("修改批示"))


def change_refusal(instruction: Instruction, by: Any) -> str | None:
    """Say why `by` may not correct the instruction now, or return None; the office does so in the register."""
    own = instruction.given_by_id == by.pk and by.has_perm(PERMISSION, instruction.task or instruction.campaign)
    if not own:
        return _("只有批示的领导本人可以修改；创建办可在台账中更正。")
    if instruction.given_on != timezone.localdate():
        return _("批示只能在当天修改。如需更正，请联系创建办。")
    return None


def signature(by: Any) -> str:
    """The leader's post and name, as the summary will name them."""
    post = next((held for held in scope_of(by).posts if PERMISSION in PERMISSIONS[held.role]), None)
    title = by.title or (f"{post.unit_name}{Role(post.role).label}" if post else "")
    return f"{title}{by.name}"[-LEADER_LENGTH:]


def _tell(instruction: Instruction, text: str, *, by: Any, event: str) -> None:
    said = text % {"leader": instruction.leader, "content": instruction.content}
    task = instruction.task
    told = set(office_of(instruction.campaign.host))
    if task:
        told |= set(liaisons_of(task.lead_unit))
        record(task, "instruct", event, by=by, note=instruction.content)
    tell(told - {by}, said, url=task.get_absolute_url() if task else instruction.get_absolute_url())
