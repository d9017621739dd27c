"""Where something was captured, and when: what every form says that a phone may send later."""

from __future__ import annotations

import uuid

from django import forms
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cityinit.models import StoredFile
from cityinit.sent import sent_key
from inspections.models import Site

from .fields import CapturedAtField, PositionField, photos_field


class PlacedForm(forms.Form):
    """Photos and a place: a site, or words for where it is, or at least where the phone was."""

    client_key = forms.UUIDField(widget=forms.HiddenInput)
    campaign = forms.CharField(widget=forms.HiddenInput, required=False)
    captured_at = CapturedAtField(required=False)
    photos = photos_field(gettext_lazy("照片"))
    site = forms.ModelChoiceField(Site.objects.none(), required=False, label=gettext_lazy("点位"))
    place = forms.CharField(label=gettext_lazy("地点"), required=False, max_length=120)
    latitude = PositionField(limit=90)
    longitude = PositionField(limit=180)

    # Fields of photos; the page draws them itself.
    PHOTOS: tuple[str, ...] = ("photos",)

    def __init__(self, *args, sites, by, **kwargs):
        super().__init__(*args, **kwargs)
        for name in self.PHOTOS:
            self.fields[name].hold_for(by)
        self.fields["site"].queryset = sites
        self.initial.setdefault("client_key", uuid.uuid4())

    def clean(self):
        cleaned = super().clean()
        self._find_site(cleaned)
        self._take_position_from_photos(cleaned)
        # What was sent and turned down has its own sentence already.
        if not self.errors.keys() & set(self.PHOTOS):
            self.check_photos(cleaned)
        known = cleaned.get("site") or cleaned.get("place") or cleaned.get("latitude") is not None
        if not known and not self.errors.keys() & {"site", "place"}:
            self.add_error("place", _("请选择点位，或写明在什么地方。"))
        return cleaned | {"client_key": sent_key(self)}

    def check_photos(self, cleaned):
        """Whether there is enough to see or read."""
        if not cleaned["photos"] and not cleaned.get("description"):
            self.add_error("photos", _("请至少拍一张照片，或写一句问题描述。"))

    @property
    def given(self):
        """What the actions take."""
        given = {name: value for name, value in self.cleaned_data.items() if name != "campaign"}
        return given | {"found_at": given.pop("captured_at")}

    def _find_site(self, cleaned):
        """A chosen site goes before the text; a text that is a site's code or name means that site."""
        if cleaned.get("site"):
            cleaned["place"] = ""
            return
        text = cleaned.get("place", "")
        found = list(self.fields["site"].queryset.filter(Q(code=text) | Q(name=text))[:3]) if text else []
        if len(found) > 1:
            codes = "、".join(site.code for site in found)
            self.add_error(
                "place", _("有几个点位都叫“%(name)s”，请填编号：%(codes)s。") % {"name": text, "codes": codes}
            )
        elif found:
            cleaned["site"], cleaned["place"] = found[0], ""

    def _take_position_from_photos(self, cleaned):
        # Plain-HTTP intranets have no geolocation; the camera may have written where it stood.
        if cleaned.get("latitude") is not None and cleaned.get("longitude") is not None:
            return
        shots = [
            checked if isinstance(checked, StoredFile) else checked.photo for checked in cleaned.get("photos") or []
        ]
        placed = next((shot for shot in shots if shot.latitude is not None), None)
        cleaned["latitude"] = placed.latitude if placed else None
        cleaned["longitude"] = placed.longitude if placed else None
