"""Bringing in a table with columns of its own: upload, columns, dry run, the person's word, load.

What the rows become is told by who uses it: 任务分解表 here, finding ledgers in inspections.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.models import Campaign
from campaigns.models.mapped import KeptMapping, MappedUpload
from cityinit import audit, uploads
from cityinit.content import Checked
from cityinit.queue import enqueue
from cityinit.workflow import Refused
from units.models import Unit, UnitAlias


@dataclass(frozen=True)
class Bringing:
    """One kind of such tables: its models, who may bring it in, and its three jobs by dotted name."""

    model: type[MappedUpload]
    mappings: type[KeptMapping]
    permission: str
    read: str
    check: str
    load: str
    # What the office calls it.
    called: Any

    def receive(self, campaign: Campaign, checked: Checked, *, client_key: UUID, by: Any) -> Any:
        """Keep the upload and have it read; sent twice, it is stored once."""
        self.ask(campaign, by=by)

        def begin(upload: MappedUpload) -> None:
            self._enqueue(upload, self.read, _("读取%(what)s"), by=by)

        return uploads.receive(self.model, checked, client_key=client_key, by=by, begin=begin, campaign=campaign)

    @transaction.atomic
    def look_elsewhere(self, upload: Any, *, sheet: str, header_line: int | None, by: Any) -> None:
        """Read another sheet, or take another line for the header; refused once the table is loaded."""
        self._change(upload, by=by, sheet=sheet, header_line=header_line, layout=None, mapping=None, options={})
        self._enqueue(upload, self.read, _("读取%(what)s"), by=by)

    @transaction.atomic
    def match_columns(
        self,
        upload: Any,
        *,
        mapping: Mapping[str, str],
        options: Mapping[str, Any],
        by: Any,
        seen_revision: int | None = None,
    ) -> None:
        """Keep which column is which and have the rows checked; remembered for the next table of this shape.

        Refused once the table is loaded, and when a colleague has changed it since the page was drawn.
        """
        if not upload.is_read:
            raise Refused(_("这张表还没有读出来，请稍候。"), upload)
        self._change(upload, by=by, seen_revision=seen_revision, mapping=dict(mapping), options=dict(options))
        self.mappings._default_manager.update_or_create(
            host_id=upload.campaign.host.host_id,
            shape=upload.shape,
            defaults={
                "name": upload.file.name,
                "mapping": dict(mapping),
                "options": dict(options),
                "used_at": timezone.now(),
                "used_by": by,
            },
        )
        self._enqueue(upload, self.check, _("检查%(what)s"), by=by)

    @transaction.atomic
    def name_units(self, upload: Any, *, name: str, units: Iterable[Unit] = (), kind: str = "", by: Any) -> None:
        """Say once for this host which units a name means, and have the rows checked again."""
        units = list(units)
        if not name.strip() or not (units or kind):
            raise Refused(_("请选择“%(name)s”是哪个单位。") % {"name": name}, upload)
        self._change(upload, by=by)
        alias, _made = UnitAlias.objects.update_or_create(
            host_id=upload.campaign.host.host_id,
            name=name.strip()[:100],
            defaults={"kind": kind, "created_by": by, "created_at": timezone.now()},
        )
        alias.units.set(units)
        audit.record(
            _("指定单位写法"),
            by=by,
            subject=alias.name,
            detail={"units": [unit.name for unit in units], "kind": str(alias.kind_in_words())},
        )
        self._enqueue(upload, self.check, _("检查%(what)s"), by=by)

    @transaction.atomic
    def forget_mapping(self, mapping: KeptMapping, *, by: Any) -> None:
        """The next table of that shape is guessed anew."""
        audit.record(_("删除记住的列对应"), by=by, subject=mapping.name)
        mapping.delete()

    @transaction.atomic
    def start_load(self, upload: Any, *, by: Any) -> None:
        """Queue the load that the person has seen the dry run of; refused with faults, or when it is loaded."""
        self.ask(upload.campaign, by=by)
        kept = self._locked(upload)
        if kept.is_loaded:
            raise Refused(_("这张表已经导入过了。"), upload)
        if not kept.is_sound:
            raise Refused(_("请先改正表里的错误，再重新上传，或调整列的对应。"), upload)
        upload.loaded_by = by
        upload.save(update_fields=["loaded_by"])
        self._enqueue(upload, self.load, _("导入%(what)s"), by=by, revision=kept.revision)

    def remembered(self, upload: Any, *, shape: str) -> KeptMapping | None:
        """What was said of the last table of that shape."""
        kept = self.mappings._default_manager.filter(host_id=upload.campaign.host.host_id, shape=shape)
        return kept.first()

    def is_outdated(self, upload: Any, revision: int) -> bool:
        """Whether a person has changed the table since the job was asked for; else the row is locked."""
        kept = self._locked(upload)
        return kept.revision != revision or kept.is_loaded

    def ask(self, campaign: Campaign, *, by: Any) -> None:
        """Refuse who may not bring such tables in."""
        if not by.has_perm(self.permission, campaign):
            raise Refused(_("您的岗位没有这项权限。"), campaign)

    def _locked(self, upload: Any) -> Any:
        return self.model._default_manager.select_for_update(no_key=True).get(pk=upload.pk)

    def _change(self, upload: Any, *, by: Any, seen_revision: int | None = None, **values: Any) -> None:
        self.ask(upload.campaign, by=by)
        kept = self._locked(upload)
        if kept.is_loaded:
            raise Refused(_("这张表已经导入过了，不能再改。要导入改过的表，请重新上传。"), upload)
        if seen_revision is not None and seen_revision != kept.revision:
            raise Refused(_("这张表刚刚被别人改过，请看过现在的对应再保存。"), upload)
        upload.revision = kept.revision + 1
        upload.check_result = None
        for name, value in values.items():
            setattr(upload, name, value)
        upload.save(update_fields=["revision", "check_result", *values])
        upload.forget_remarks()

    def _enqueue(self, upload: Any, name: str, label: str, *, by: Any, revision: int | None = None) -> None:
        revision = upload.revision if revision is None else revision
        upload.job = enqueue(
            name,
            upload.pk,
            revision,
            by=by,
            label=f"{label % {'what': self.called}} {upload.file.name}",
            url=upload.get_absolute_url(),
            key=f"{name.rpartition('.')[2]}-{upload.pk}-{revision}",
        )
        upload.save(update_fields=["job"])
