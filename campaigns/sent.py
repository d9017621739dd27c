"""A form that was sent before: in this campaign, or in another that was open in a second tab."""

from __future__ import annotations

from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _

from campaigns.models import Campaign
from cityinit.sent import sent_before
from cityinit.workflow import Refused

Sent = TypeVar("Sent", bound=Model)


def sent_in(campaign: Campaign, rows: QuerySet[Sent], client_key: UUID | None) -> Sent | None:
    """The row that the same form has made already, of rows of all campaigns; refused where that was in another one.

    And as `sent_before`: where it was somebody else's, of whose rows these are not.
    """
    there: Any = sent_before(rows, client_key)
    if there and there.campaign_id != campaign.pk:
        raise Refused(_("这张表已在另一个创建活动里提交过，请重新打开页面填写。"))
    return there
