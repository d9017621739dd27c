"""The views of the tasks, side by side; a filter goes along to those that take one."""

from django.utils.translation import gettext_lazy

from cityinit.addresses import address

# URL name, label, whether it takes the filter of the list.
VIEWS = (
    ("tasks", gettext_lazy("列表"), True),
    ("tasks_tree", gettext_lazy("树"), False),
    ("tasks_board", gettext_lazy("看板"), True),
    ("tasks_timeline", gettext_lazy("时间轴"), True),
    ("week", gettext_lazy("一周"), False),
)
NOT_KEPT = ("after", "before", "sort", "saved", "all", "by", "window")


def kept_query(request):
    """The filter alone, without the page, the order and the look of the view it stands in."""
    kept = request.GET.copy()
    for name in NOT_KEPT:
        kept.pop(name, None)
    return kept


def view_tabs(request, active):
    takes_filter = any(name == active and takes for name, _label, takes in VIEWS)
    query = f"?{kept_query(request).urlencode()}" if takes_filter and request.GET else ""
    return [
        {
            "label": label,
            "url": address(f"campaigns:{name}") + (query if takes else ""),
            "active": name == active,
        }
        for name, label, takes in VIEWS
    ]
