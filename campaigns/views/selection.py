"""What is ticked in a list of tasks, or everything the list's filter finds: the rows of a bulk action."""

from dataclasses import dataclass, field

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.forms.task_filter import TaskFilterForm
from campaigns.models import Task
from cityinit.addresses import address
from cityinit.asked import key_in
from cityinit.marks import digest
from cityinit.workflow import Refused

# What is done at once: a page of the list, which the person has before their eyes. More takes longer than a second,
# and is more than anybody has looked through: it is shown once more, and then done by a job.
AT_ONCE = 50
# What is merged is gone through in one request: more would hold the tasks for longer than a person waits.
MOST = 500
# What can be done with ticked tasks: label, URL name, permission, icon. Each address takes `task`, `all` and `filter`
# by POST, and reads them with `selection`.
BULK = [
    (gettext_lazy("下发"), "campaigns:tasks_issue", "campaigns.issue_task", "send"),
    (gettext_lazy("批量修改"), "campaigns:tasks_change", "campaigns.break_down_task", "edit"),
    (gettext_lazy("合并"), "campaigns:tasks_merge", "campaigns.break_down_task", "stack-2"),
]


@dataclass(frozen=True)
class Selection:
    """The tasks chosen, and how many the filter found beyond what one action takes."""

    tasks: QuerySet
    keys: list[int] = field(default_factory=list)
    left_out: int = 0
    filter: str = ""
    # Whether it is all that the filter finds, and the indicator on whose page of the breakdown it was chosen.
    whole: bool = False
    breakdown: int | None = None

    @property
    def is_many(self):
        return len(self.keys) > AT_ONCE

    @cached_property
    def mark(self):
        """By which a page that showed these very tasks is known."""
        return digest({"tasks": self.keys})

    @property
    def note(self):
        """What to tell when not everything was taken."""
        if not self.left_out:
            return ""
        return _("一次最多处理%(most)s项，另有%(n)s项没有处理，请缩小筛选范围再来。") % {
            "most": MOST,
            "n": self.left_out,
        }

    @property
    def back_url(self):
        # Sent from where the tasks were broken down, the work goes on there.
        if self.breakdown:
            return f"{address('campaigns:breakdown')}?indicator={self.breakdown}"
        return f"{address('campaigns:tasks')}?{self.filter}" if self.filter else address("campaigns:tasks")


def bulk_buttons(user, campaign):
    """The buttons under a list of tasks, each with what it may be asked of."""
    return [
        {"label": label, "url": address(name), "icon": icon}
        for label, name, permission, icon in BULK
        if user.has_perm(permission, campaign)
    ]


def selection(request, *, most=None):
    """The tasks a bulk action was sent with: within sight and within the campaign, in the list's order.

    With `all` it is what the list's filter finds now. What is beyond `most` is left out and counted.
    """
    user, campaign = request.user, request.campaign
    if not campaign:
        return Selection(Task.objects.none())
    visible = Task.objects.visible_to(user, of=campaign)
    sent = QueryDict(request.POST.get("filter", ""))
    whole = bool(request.POST.get("all"))
    form = TaskFilterForm(sent, campaign=campaign, by=user)
    if whole:
        # A filter that has become faulty filters nothing: it would choose every task there is.
        if form.is_bound and not form.is_valid():
            raise Refused(_("筛选条件已经失效，没有办理任何任务。请重新筛选后再试。"), campaign)
        found = form.filter(visible)
    else:
        found = visible.filter(pk__in=list(filter(None, map(key_in, request.POST.getlist("task")))))
    found = found.order_by("position", "pk")
    keys = list(found.values_list("pk", flat=True)[:most])
    left_out = found.count() - len(keys) if len(keys) == most else 0
    # What is gone through here must not change under the action; of thousands only pages and counts are asked.
    tasks = visible.filter(pk__in=keys).order_by("position", "pk") if len(keys) <= MOST else found
    return Selection(tasks, keys, left_out, sent.urlencode(), whole, key_in(request.POST.get("breakdown")))
