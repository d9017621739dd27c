"""The lists whose filters can be saved, and what of an address is such a filter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from cityinit.addresses import address

from .models import Campaign
from .registers import REGISTERS

REGISTER = "register-"
# Where a page of the list begins, and how it was come by: not what it is narrowed to.
NOT_KEPT = ("after", "before", "saved", "all", "campaign", "csrfmiddlewaretoken")
LONGEST = 2000


@dataclass(frozen=True)
class FilteredList:
    key: str
    label: str
    url: str


def filtered_list(key: str) -> FilteredList | None:
    """The list of that key; None where there is none, such as a register that is no longer kept."""
    if key == "tasks":
        return FilteredList(key, _("任务"), address("campaigns:tasks"))
    if key == "log":
        return FilteredList(key, _("工作记录"), address("campaigns:log"))
    register = REGISTERS.get(key.removeprefix(REGISTER)) if key.startswith(REGISTER) else None
    if register is None:
        return None
    return FilteredList(key, register.title, reverse("campaigns:register", args=[register.slug]))


def may_open(of_list: FilteredList, campaign: Campaign, *, by: Any) -> bool:
    """Whether the list itself is shown to the person."""
    if register := REGISTERS.get(of_list.key.removeprefix(REGISTER)):
        return register.reading_refusal(campaign, by=by) is None
    return bool(by.has_perm("campaigns.see_task"))


def filter_in(query: QueryDict) -> str:
    """What an address narrows a list to, in one order: empty fields and the page are left out."""
    kept = QueryDict(mutable=True)
    for name in sorted(query):
        if name not in NOT_KEPT and (values := [value for value in query.getlist(name) if value.strip()]):
            kept.setlist(name, values)
    return kept.urlencode()
