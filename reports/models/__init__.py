"""What the office issues: reports with their frozen snapshots, sections, files; the templates they are written in."""

from .appraisal import (
    Appraisal,
    AppraisalResult,
    AppraisalRule,
    AppraisalSheet,
    Objection,
    RuleSet,
    RuleSetEvent,
)
from .call import Call, CallEvent, Contribution, ContributionEvent, Paragraph
from .kind import Kind
from .remark import Comment, ReportCheck
from .report import FrozenList, LedgerPart, Report, ReportEvent, ReportFile, Section, Snapshot
from .template import Schedule, Template

__all__ = [
    "Appraisal",
    "AppraisalResult",
    "AppraisalRule",
    "AppraisalSheet",
    "Call",
    "CallEvent",
    "Comment",
    "Contribution",
    "ContributionEvent",
    "FrozenList",
    "Kind",
    "LedgerPart",
    "Objection",
    "Paragraph",
    "Report",
    "ReportCheck",
    "ReportEvent",
    "ReportFile",
    "RuleSet",
    "RuleSetEvent",
    "Schedule",
    "Section",
    "Snapshot",
    "Template",
]
