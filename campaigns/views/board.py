"""看板: the tasks in columns by where they stand; for a unit by where its own parts do."""

from django.core.exceptions import PermissionDenied
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from campaigns.forms.task_filter import TaskFilterForm
from campaigns.models import Assignment, Task
from campaigns.workflow import ASSIGNMENT, TASK
from cityinit.addresses import address
from cityinit.htmx import render_page

from .task_rows import lines
from .view_tabs import kept_query, view_tabs

# So many cards a column; what is beyond stands in the list.
SHOWN = 10
# What the columns themselves are narrowed by, and the filter above them is not.
COLUMNS_ARE = ("state", "part")
# Key, heading, tone, and the condition of the list by which the column is counted and read.
OF_OFFICE = (
    ("draft", gettext_lazy("未下发"), "neutral", {"state": Task.State.DRAFT}),
    ("unread", gettext_lazy("待签收"), "orange", {"part": "unread"}),
    ("working", gettext_lazy("进行中"), "blue", {"part": "all_read"}),
    ("awaiting", gettext_lazy("待确认"), "yellow", {"state": Task.State.AWAITING_CONFIRMATION}),
    ("confirmed", gettext_lazy("已办结"), "green", {"state": Task.State.CONFIRMED}),
)
# A unit with several parts in one task sees one card, where the part that has come least far stands.
OF_UNIT = (
    ("unread", gettext_lazy("待签收"), "orange", {"part": "unread"}),
    ("acknowledged", gettext_lazy("已签收"), "blue", {"part": "least_acknowledged"}),
    ("in_progress", gettext_lazy("办理中"), "blue", {"part": "least_in_progress"}),
    ("reported_done", gettext_lazy("已反馈完成"), "yellow", {"part": "least_reported_done"}),
    ("confirmed", gettext_lazy("已办结"), "green", {"state": Task.State.CONFIRMED}),
)


@require_safe
def tasks_board(request):
    """Each column counts what its link lists; a move that needs no words is made on the card."""
    user, campaign = request.user, request.campaign
    if not user.has_perm("campaigns.see_task"):
        raise PermissionDenied
    if not campaign:
        return render(request, "campaigns/no_campaign.html")
    form = TaskFilterForm(request.GET, campaign=campaign, by=user)
    for name in COLUMNS_ARE:
        del form.fields[name]
    is_office = user.has_perm("reports.see_dashboard", campaign)
    columns = [
        _column(request, campaign, key=key, title=title, tone=tone, condition=condition)
        for key, title, tone, condition in (OF_OFFICE if is_office else OF_UNIT)
    ]
    _add_moves(columns, user, campaign)
    context = {
        "tabs": view_tabs(request, "tasks_board"),
        "form": form,
        "columns": columns,
        "query": kept_query(request).urlencode(),
    }
    return render_page(request, "campaigns/tasks_board.html", context, fragment="campaigns/_board.html")


def _column(request, campaign, *, key, title, tone, condition):
    user = request.user
    query = kept_query(request)
    for name in COLUMNS_ARE:
        query.pop(name, None)
    query.update(condition)
    form = TaskFilterForm(query, campaign=campaign, by=user)
    found = form.filter(Task.objects.visible_to(user, of=campaign))
    # What was done last stands first; everything else by the day it is due.
    by_day = ("-confirmed_on", "-pk") if key == "confirmed" else ("due_key", "position", "pk")
    rows = found.in_order("due").order_by(*by_day).for_list()
    return {
        "key": key,
        "title": title,
        "tone": tone,
        "count": found.count(),
        "cards": lines(rows[:SHOWN], on=timezone.localdate(), by=user),
        "url": f"{address('campaigns:tasks')}?{query.urlencode()}",
    }


def _add_moves(columns, user, campaign):
    """下发 on a draft, 签收 on an own part that is unread: nothing is to be said with them."""
    base = address("campaigns:tasks")
    by_key = {column["key"]: column["cards"] for column in columns}
    if user.has_perm("campaigns.issue_task", campaign):
        for card in by_key.get("draft", ()):
            card["move"] = {
                "label": TASK.moves["issue"].label,
                "url": f"{base}{card['pk']}/issue/",
                "seen": Task.State.DRAFT,
            }
    cards = {card["pk"]: card for card in by_key["unread"]}
    label = ASSIGNMENT.moves["acknowledge"].label
    unread = Assignment.objects.own_of(user).filter(state=Assignment.State.UNREAD, task__in=cards)
    for part in unread.select_related("unit", "task__campaign__host"):
        if user.has_perm("campaigns.acknowledge_task", part):
            url = reverse("campaigns:assignment_move", args=[part.pk, "acknowledge"])
            cards[str(part.task_id)]["move"] = {"label": label, "url": url, "seen": part.state}
