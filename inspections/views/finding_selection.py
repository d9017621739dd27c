"""What is ticked in the list of findings, or everything its filter finds: the rows of a bulk action."""

from dataclasses import dataclass, field

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from cityinit.addresses import address
from cityinit.asked import key_in
from cityinit.marks import digest
from cityinit.workflow import Refused
from inspections.actions.bulk import AT_ONCE
from inspections.models import Finding

from .findings import filter_form


@dataclass(frozen=True)
class Selection:
    """The findings chosen, in the order of the list."""

    findings: QuerySet
    keys: list[int] = field(default_factory=list)
    filter: str = ""
    # Whether it is all that the filter finds.
    whole: bool = False

    @property
    def is_many(self):
        return len(self.keys) > AT_ONCE

    @cached_property
    def mark(self):
        """By which a page that showed these very findings is known."""
        return digest({"findings": self.keys})

    @property
    def back_url(self):
        here = address("inspections:findings")
        return f"{here}?{self.filter}" if self.filter else here


def selection(request):
    """The findings a bulk action was sent with, within sight; with `all` what the list's filter finds now."""
    user, campaign = request.user, request.campaign
    visible = Finding.objects.visible_to(user, of=campaign)
    sent = QueryDict(request.POST.get("filter", ""))
    whole = bool(request.POST.get("all"))
    if whole:
        form = filter_form(request, sent)
        # A filter that has become faulty filters less than was asked: it would choose findings nobody saw.
        if form.is_bound and not form.is_valid():
            raise Refused(_("筛选条件已经失效，没有办理任何问题。请重新筛选后再试。"), campaign)
        found = form.filter(visible, now=timezone.now())
    else:
        found = visible.filter(pk__in=list(filter(None, map(key_in, request.POST.getlist("finding")))))
    found = found.order_by("-found_at", "-pk")
    keys = list(found.values_list("pk", flat=True))
    return Selection(found, keys, sent.urlencode(), whole)
