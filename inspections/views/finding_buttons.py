"""The buttons under a list of findings."""

from django.utils.translation import gettext_lazy

from cityinit.addresses import address
from inspections.actions.bulk import PERMISSION

# What can be done with ticked findings: label, URL name, permission, icon.
BULK = [
    (gettext_lazy("批量交办"), "inspections:findings_dispatch", "inspections.dispatch_finding", "send"),
    (gettext_lazy("批量销号"), "inspections:findings_close", "inspections.review_finding", "circle-check"),
    (gettext_lazy("批量延期"), "inspections:findings_extend", "inspections.grant_extension", "hourglass"),
]


def bulk_buttons(user, campaign):
    """The buttons under a list of findings, for the office."""
    if not user.has_perm(PERMISSION, campaign):
        return []
    return [
        {"label": label, "url": address(name), "icon": icon}
        for label, name, permission, icon in BULK
        if user.has_perm(permission, campaign)
    ]
