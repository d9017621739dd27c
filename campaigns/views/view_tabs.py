"""The views of the tasks, side by side; a filter goes along to those that take one."""

from django.urls import reverse
from django.utils.translation import gettext_lazy

# URL name, label, whether it takes the filter of the list.
VIEWS = (
    ("tasks", gettext_lazy("列表"), True),
    ("tasks_tree", gettext_lazy("树"), False),
)
NOT_KEPT = ("after", "before", "sort", "saved", "all")


def view_tabs(request, active):
    kept = request.GET.copy() if any(name == active and takes for name, _label, takes in VIEWS) else None
    for name in NOT_KEPT if kept else ():
        kept.pop(name, None)
    query = f"?{kept.urlencode()}" if kept else ""
    return [
        {
            "label": label,
            "url": reverse(f"campaigns:{name}") + (query if takes else ""),
            "active": name == active,
        }
        for name, label, takes in VIEWS
    ]
