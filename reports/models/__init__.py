"""What the office issues: reports with their frozen snapshots, sections, files; the templates they are written in."""

from .call import Call, CallEvent, Contribution, ContributionEvent, Paragraph
from .kind import Kind
from .remark import Comment, ReportCheck
from .report import FrozenList, LedgerPart, Report, ReportEvent, ReportFile, Section, Snapshot
from .template import Schedule, Template

__all__ = [
    "Call",
    "CallEvent",
    "Comment",
    "Contribution",
    "ContributionEvent",
    "FrozenList",
    "Kind",
    "LedgerPart",
    "Paragraph",
    "Report",
    "ReportCheck",
    "ReportEvent",
    "ReportFile",
    "Schedule",
    "Section",
    "Snapshot",
    "Template",
]
