from .activity import Honour, Meeting, Publicity, PublicityCheck, Volunteering, times_held
from .batch import Batch, BatchTask
from .calendar import CalendarDay
from .campaign import Campaign, Guidance, Phase
from .check import Breach, SelfCheck
from .counterpart import Counterpart
from .decision import Decision, FormerDecision
from .dissuasion import Dissuasion
from .duty import DutyPost, FormerQuotaUnit, PatrolQuota
from .event import SystemEvent, TaskEvent
from .extension import TaskExtension
from .grid import Grid
from .group import Document, DocumentReading, FormerOffice, GroupMember, Instruction, LeadingGroup
from .history import DeadlineChange, TakenBack
from .imported import ImportedRow
from .log import LogFile, Quantity, WorkLogEntry
from .material import (
    Material,
    MaterialEvent,
    MaterialPack,
    MaterialRules,
    PastMaterial,
    ReturnReason,
    Submission,
    SubmissionFile,
)
from .paper import Paper
from .patrol import Absence, PatrolMember, PatrolRecord
from .reward import Reward
from .roster import DutyHand, DutyShift, DutyTurn, TurnEvent
from .saved import FilterDefault, SavedFilter
from .standard import AssessmentSystem, FormerCharge, Indicator, Standard
from .statement import Statement
from .supervision import Supervision, SupervisionSeries
from .survey import ExternalAssessment, Survey
from .system_table import SystemTable
from .table import TableFault, TableHint, TableLine, TableMapping, TaskTable
from .task import Assignment, PastAssignment, Task, TaskPlace
from .template import TaskTemplate, TemplateLine
from .workstream import Workstream

__all__ = [
    "Absence",
    "AssessmentSystem",
    "Assignment",
    "Batch",
    "BatchTask",
    "Breach",
    "CalendarDay",
    "Campaign",
    "Counterpart",
    "DeadlineChange",
    "Decision",
    "Dissuasion",
    "Document",
    "DocumentReading",
    "DutyHand",
    "DutyPost",
    "DutyShift",
    "DutyTurn",
    "ExternalAssessment",
    "FilterDefault",
    "FormerCharge",
    "FormerDecision",
    "FormerOffice",
    "FormerQuotaUnit",
    "Grid",
    "GroupMember",
    "Guidance",
    "Honour",
    "ImportedRow",
    "Indicator",
    "Instruction",
    "LeadingGroup",
    "LogFile",
    "Material",
    "MaterialEvent",
    "MaterialPack",
    "MaterialRules",
    "Meeting",
    "Paper",
    "PastAssignment",
    "PastMaterial",
    "PatrolMember",
    "PatrolQuota",
    "PatrolRecord",
    "Phase",
    "Publicity",
    "PublicityCheck",
    "Quantity",
    "ReturnReason",
    "Reward",
    "SavedFilter",
    "SelfCheck",
    "Standard",
    "Statement",
    "Submission",
    "SubmissionFile",
    "Supervision",
    "SupervisionSeries",
    "Survey",
    "SystemEvent",
    "SystemTable",
    "TableFault",
    "TableHint",
    "TableLine",
    "TableMapping",
    "TakenBack",
    "Task",
    "TaskEvent",
    "TaskExtension",
    "TaskPlace",
    "TaskTable",
    "TaskTemplate",
    "TemplateLine",
    "TurnEvent",
    "Volunteering",
    "WorkLogEntry",
    "Workstream",
    "times_held",
]
