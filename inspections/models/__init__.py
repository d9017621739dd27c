from .batch import FindingBatch, FindingBatchRow
from .checklist import Checklist, ChecklistEvent, ChecklistItem, ChecklistTable
from .dispatch_rule import DispatchRule
from .doubt import PhotoDoubt, PhotoPrint
from .draw import Draw, DrawnSite
from .escalation import EscalationStep, OverdueLetter
from .event import FindingEvent
from .finding import Extension, Finding, FindingCategory, FindingPhoto, FindingSeries, FormerLead
from .ledger import Ledger, LedgerLine, LedgerMapping, LedgerRemark
from .look_back import LookBack, LookBackList
from .phrases import PhraseBook
from .praise import Praise, PraisePhoto
from .rectification import Rectification
from .rectification_notice import NoticeBatch, NoticeLine, NoticePhoto, NoticeSeries, RectificationNotice
from .round import Round, RoundEvent, RoundSite, Team, TeamMember
from .settings import FindingSettings
from .site import FormerSite, Site, SiteType, SiteTypeName
from .sponsorship import Sponsorship
from .tally import FindingTally
from .visit import Visit, VisitAnswer, VisitPhoto, VisitSending
from .workbook import WorkbookLoad

__all__ = [
    "Checklist",
    "ChecklistEvent",
    "ChecklistItem",
    "ChecklistTable",
    "DispatchRule",
    "Draw",
    "DrawnSite",
    "EscalationStep",
    "Extension",
    "Finding",
    "FindingBatch",
    "FindingBatchRow",
    "FindingCategory",
    "FindingEvent",
    "FindingPhoto",
    "FindingSeries",
    "FindingSettings",
    "FindingTally",
    "FormerLead",
    "FormerSite",
    "Ledger",
    "LedgerLine",
    "LedgerMapping",
    "LedgerRemark",
    "LookBack",
    "LookBackList",
    "NoticeBatch",
    "NoticeLine",
    "NoticePhoto",
    "NoticeSeries",
    "OverdueLetter",
    "PhotoDoubt",
    "PhotoPrint",
    "PhraseBook",
    "Praise",
    "PraisePhoto",
    "Rectification",
    "RectificationNotice",
    "Round",
    "RoundEvent",
    "RoundSite",
    "Site",
    "SiteType",
    "SiteTypeName",
    "Sponsorship",
    "Team",
    "TeamMember",
    "Visit",
    "VisitAnswer",
    "VisitPhoto",
    "VisitSending",
    "WorkbookLoad",
]
