"""The desk of each role: what waits, what is due today, what is overdue. Every count links to exactly its rows."""

from django.db.models import F
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from campaigns.actions.calendar import unknown_years
from campaigns.forms.supervision import ExtensionFilterForm, SupervisionFilterForm
from campaigns.forms.task_filter import TaskFilterForm
from campaigns.models import Assignment, Decision, Supervision, Task, TaskExtension
from cityinit.addresses import address
from cityinit.models import Job

from .progress import whole
from .recurring import taps
from .task_rows import lines

SHOWN = 8


@require_safe
def desk(request):
    user, campaign = request.user, request.campaign
    has_tasks = bool(campaign) and user.has_perm("campaigns.see_task")
    counted = _Counted(user, campaign) if has_tasks else None
    # The office of this campaign, and not of another one the person also works for.
    of_office = bool(campaign) and user.has_perm("campaigns.confirm_task", campaign)
    context = {
        "campaign": campaign,
        "stats": [],
        "lists": [],
        "progress": None,
        "may_file": bool(campaign) and user.has_perm("campaigns.file_row"),
        "has_duty": bool(campaign) and user.has_perm("campaigns.keep_duty"),
        "has_materials": bool(campaign) and user.has_perm("campaigns.see_material"),
        "has_calls": bool(campaign) and user.has_perm("reports.see_contribution"),
        "has_findings": user.has_perm("inspections.see_finding"),
        # A unit's findings run by the hour, its tasks by the day.
        "findings_first": not of_office and user.has_perm("inspections.answer_finding"),
        # What was filled in without signal is shown and sent from here, too.
        "has_outbox": user.has_perm("inspections.report_finding") or user.has_perm("inspections.answer_finding"),
        "may_start": user.has_perm("campaigns.change_campaign"),
        "administration": _administration(user) if user.has_perm("cityinit.see_jobs") else [],
        "unknown_years": _alarm(user),
        "calendar_url": address("campaigns:calendar") if user.has_perm("campaigns.change_calendar") else "",
    }
    if counted and of_office:
        context |= {"stats": _office_stats(counted), "lists": _office_lists(counted)}
    elif counted and user.has_perm("campaigns.acknowledge_task"):
        context |= {"stats": _unit_stats(counted), "lists": _unit_lists(counted), "taps": counted.taps()}
    elif counted:
        context |= {"stats": _leader_stats(counted), "lists": [counted.list(_("逾期的任务"), due="overdue")]}
    if counted and user.has_perm("reports.see_dashboard"):
        context["progress"] = whole(campaign, on=counted.today)
    return render(request, "campaigns/desk.html", context)


class _Counted:
    """Counts and lists through the very filter of the task list, so that a number and its link cannot differ."""

    def __init__(self, user, campaign):
        self.user, self.campaign = user, campaign
        self.today = timezone.localdate()

    def stat(self, label, *, tone, **chosen):
        count = self._found(chosen).count()
        return _stat(label, count, tone=tone, url=_url(chosen))

    def supervisions(self, label, *, tone, **chosen):
        """Through the filter of the ledger of supervisions, as `stat` is through that of the tasks."""
        form = SupervisionFilterForm(chosen, host=self.campaign.host)
        count = form.filter(Supervision.objects.visible_to(self.user, of=self.campaign)).count()
        return _stat(label, count, tone=tone, url=_url(chosen, "campaigns:supervisions"))

    def extensions(self, label, *, tone, **chosen):
        form = ExtensionFilterForm(chosen, host=self.campaign.host)
        count = form.filter(TaskExtension.objects.visible_to(self.user, of=self.campaign)).count()
        return _stat(label, count, tone=tone, url=_url(chosen, "campaigns:extensions"))

    def taps(self):
        """Today's recurring duty of the own units, a few at most."""
        parts = Assignment.objects.own_of(self.user).filter(task__campaign=self.campaign, task__state=Task.State.ISSUED)
        due = parts.exclude(task__frequency="").select_related("unit", "task__campaign__host")
        return taps(due.order_by("task__position", "task", "pk")[:SHOWN], by=self.user)

    def list(self, title, *, may_log=False, **chosen):
        rows = self._found(chosen).order_by(F("due_on").asc(nulls_last=True), "position", "pk").for_list()
        shown = lines(rows[:SHOWN], on=self.today, by=self.user)
        return {"title": title, "rows": shown, "url": _url(chosen), "may_log": may_log}

    def _found(self, chosen):
        form = TaskFilterForm(chosen, campaign=self.campaign, by=self.user)
        return form.filter(Task.objects.visible_to(self.user, of=self.campaign))


def _url(chosen, name="campaigns:tasks"):
    return f"{address(name)}?{urlencode(chosen)}"


def _stat(label, count, *, tone, url):
    return {"label": label, "value": count, "tone": tone if count else "neutral", "url": url}


def _unit_stats(counted):
    return [
        counted.stat(_("待签收"), tone="orange", part="unread"),
        counted.stat(_("今天到期"), tone="yellow", due="today", part="unfinished"),
        counted.stat(_("已逾期"), tone="red", due="overdue", part="unfinished"),
        counted.stat(_("被退回"), tone="red", part="sent_back"),
        counted.stat(_("被催办"), tone="orange", part="nudged"),
        counted.stat(_("7天内到期"), tone="blue", due="week", part="unfinished"),
        *_that_wait(
            counted.supervisions(_("督办待答复"), tone="red", state=Supervision.State.OPEN),
            counted.extensions(_("延期待批"), tone="blue", state=TaskExtension.State.ASKED),
        ),
    ]


def _unit_lists(counted):
    return [
        counted.list(_("待签收的任务"), part="unread"),
        counted.list(_("办理中的任务"), part="working", may_log=True),
    ]


def _office_stats(counted):
    return [
        counted.stat(_("待确认"), tone="yellow", state=Task.State.AWAITING_CONFIRMATION),
        counted.stat(_("今天到期"), tone="yellow", due="today"),
        counted.stat(_("已逾期"), tone="red", due="overdue"),
        counted.stat(_("3天以上未签收"), tone="orange", part="unread_long"),
        counted.stat(_("待下发"), tone="blue", state=Task.State.DRAFT),
        *_that_wait(
            counted.extensions(_("延期待批"), tone="yellow", state=TaskExtension.State.ASKED),
            counted.supervisions(_("督办已答复"), tone="yellow", state=Supervision.State.ANSWERED),
            counted.supervisions(_("督办逾期未答复"), tone="red", state="late"),
        ),
        _pending_decisions(counted),
    ]


def _pending_decisions(counted):
    count = Decision.objects.visible_to(counted.user, of=counted.campaign).pending().count()
    tone = "orange" if count else "neutral"
    return {"label": _("议定事项未落实"), "value": count, "tone": tone, "url": address("campaigns:decisions")}


def _office_lists(counted):
    return [
        counted.list(_("待确认的任务"), state=Task.State.AWAITING_CONFIRMATION),
        counted.list(_("逾期的任务"), due="overdue"),
    ]


def _leader_stats(counted):
    return [
        counted.stat(_("办理中"), tone="blue", state=Task.State.ISSUED),
        counted.stat(_("今天到期"), tone="yellow", due="today"),
        counted.stat(_("已逾期"), tone="red", due="overdue"),
        counted.stat(_("待确认"), tone="yellow", state=Task.State.AWAITING_CONFIRMATION),
        *_that_wait(counted.supervisions(_("督办未解除"), tone="orange", state="running")),
    ]


def _that_wait(*stats):
    """What is rare stands on the desk only while there is some of it."""
    return [stat for stat in stats if stat["value"]]


def _administration(user):
    jobs = Job.objects.visible_to(user)
    return [
        _job_stat(_("失败的后台作业"), jobs, Job.State.FAILED, tone="red"),
        _job_stat(_("排队中的作业"), jobs, Job.State.QUEUED, tone="blue"),
        _job_stat(_("进行中的作业"), jobs, Job.State.RUNNING, tone="blue"),
    ]


def _job_stat(label, jobs, state, *, tone):
    count = jobs.filter(state=state).count()
    url = f"{address('cityinit:jobs')}?{urlencode({'state': state})}"
    return {"label": label, "value": count, "tone": tone if count else "neutral", "url": url}


def _alarm(user):
    if user.has_perm("cityinit.see_jobs") or user.has_perm("campaigns.break_down_task"):
        return unknown_years(on=timezone.localdate())
    return []
