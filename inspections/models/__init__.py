from .draw import Draw, DrawnSite
from .event import FindingEvent
from .finding import Extension, Finding, FindingCategory, FindingPhoto, FindingSeries, FormerLead
from .rectification import Rectification
from .round import Round
from .site import FormerSite, Site, SiteType, SiteTypeName
from .sponsorship import Sponsorship
from .workbook import WorkbookLoad

__all__ = [
    "Draw",
    "DrawnSite",
    "Extension",
    "Finding",
    "FindingCategory",
    "FindingEvent",
    "FindingPhoto",
    "FindingSeries",
    "FormerLead",
    "FormerSite",
    "Rectification",
    "Round",
    "Site",
    "SiteType",
    "SiteTypeName",
    "Sponsorship",
    "WorkbookLoad",
]
