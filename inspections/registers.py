"""The register of sponsorships, shown among the campaign's."""

from django.utils.translation import gettext_lazy

from campaigns.registers import STRUCTURE, Register

from .models import Sponsorship

SPONSORSHIPS = Register(
    "sponsorships",
    Sponsorship,
    STRUCTURE,
    "link",
    columns=("unit", "target_kind", "target_name", "note", "starts_on", "ends_on"),
    search=("leader", "target_name", "note"),
    fields=("unit", "leader", "target_kind", "target_name", "site", "note", "starts_on", "ends_on"),
    about=gettext_lazy("哪位领导、哪个单位包保哪里"),
    kind="target_kind",
    unit="unit",
    span=("starts_on", "ends_on"),
    named=(("unit",), ("leader",)),
)
