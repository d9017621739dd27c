"""The finding that a page is about."""

from django.db.models import BigIntegerField
from django.http import Http404

from cityinit.statements import Slot, Statements
from inspections.models import Finding
from units.roles import scope_of

# With all that a page asks of a finding it is the longest query there is: composed once for each scope.
ONE = Statements()


def finding_or_404(user, pk):
    """The finding, where the person sees it, with all that its pages ask of it; one query."""

    def rows():
        mine = Finding.objects.visible_to(user).for_page().with_signs()
        return mine.filter(pk=Slot("pk", BigIntegerField())).order_by()

    composed = ONE.of((user.pk, scope_of(user).posts), rows)
    found = composed.objects({"pk": pk}) if composed else []
    if not found:
        raise Http404
    return found[0]
