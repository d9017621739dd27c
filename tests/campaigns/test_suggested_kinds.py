import pytest

from campaigns import presets
from campaigns.models import Campaign, WorkLogEntry
from campaigns.models.activity import Meeting, Publicity
from campaigns.models.group import Document


@pytest.mark.parametrize(
    ("model", "kinds"),
    [
        (Campaign, presets.CAMPAIGN_KINDS),
        (WorkLogEntry, presets.LOG_KINDS),
        (Meeting, presets.MEETING_KINDS),
        (Document, presets.DOCUMENT_KINDS),
        (Publicity, presets.PUBLICITY_KINDS),
    ],
)
def test_every_suggested_kind_can_be_saved_and_stands_once(model, kinds):
    longest = model._meta.get_field("kind").max_length

    assert [kind for kind in kinds if len(kind) > longest] == []
    assert sorted(set(kinds)) == sorted(kinds)
