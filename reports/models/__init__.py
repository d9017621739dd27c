"""What the office issues: reports with their frozen snapshots, sections, files; the templates they are written in."""

from .kind import Kind
from .remark import Comment, ReportCheck
from .report import FrozenList, LedgerPart, Report, ReportEvent, ReportFile, Section, Snapshot
from .template import Schedule, Template

__all__ = [
    "Comment",
    "FrozenList",
    "Kind",
    "LedgerPart",
    "Report",
    "ReportCheck",
    "ReportEvent",
    "ReportFile",
    "Schedule",
    "Section",
    "Snapshot",
    "Template",
]
