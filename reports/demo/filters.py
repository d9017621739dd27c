"""Saved filters of the demo city: what the office looks at every day, and what a liaison does."""

from campaigns.actions.filters import open_with, save_filter
from campaigns.models import Campaign, SavedFilter, Workstream
from units.models import User

OFFICE, EVERYBODY = SavedFilter.Audience.OFFICE, SavedFilter.Audience.EVERYBODY


def save_all(campaign: Campaign) -> None:
    """Shared ones of the office, and a liaison's own that opens the list."""
    office, liaison = (User.objects.get(username=name) for name in ("office", "liaison"))
    green = Workstream.objects.of(campaign).first()
    shared = [
        ("tasks", "逾期未办结", "due=overdue", EVERYBODY),
        ("tasks", "待确认", "state=awaiting_confirmation", OFFICE),
        ("tasks", "三天未签收", "part=unread_long", OFFICE),
        ("tasks", "未归入板块", "standing=none", OFFICE),
        ("log", "亮点工作", "highlight=on", EVERYBODY),
    ]
    if green:
        shared.append(("tasks", green.name, f"workstream={green.pk}", EVERYBODY))
    for page, name, query, audience in shared:
        save_filter(campaign, page=page, name=name, query=query, audience=audience, by=office)
    mine = save_filter(campaign, page="tasks", name="手上的任务", query="mine=on&state=open", by=liaison)
    open_with(mine, by=liaison)
