from .activity import Honour, Meeting, Publicity, PublicityCheck, Volunteering, times_held
from .calendar import CalendarDay
from .campaign import Campaign, Guidance, Phase
from .dissuasion import Dissuasion
from .duty import DutyPost, PatrolQuota
from .event import TaskEvent
from .group import Document, GroupMember, Instruction, LeadingGroup
from .imported import ImportedRow
from .log import LogFile, Quantity, WorkLogEntry
from .patrol import Absence, PatrolMember, PatrolRecord
from .reward import Reward
from .standard import AssessmentSystem, Indicator, SelfCheck, Standard
from .statement import Statement
from .survey import ExternalAssessment, Survey
from .table import TableFault, TableLine, TableMapping, TaskTable
from .task import Assignment, Task
from .workstream import Workstream

__all__ = [
    "Absence",
    "AssessmentSystem",
    "Assignment",
    "CalendarDay",
    "Campaign",
    "Dissuasion",
    "Document",
    "DutyPost",
    "ExternalAssessment",
    "GroupMember",
    "Guidance",
    "Honour",
    "ImportedRow",
    "Indicator",
    "Instruction",
    "LeadingGroup",
    "LogFile",
    "Meeting",
    "PatrolMember",
    "PatrolQuota",
    "PatrolRecord",
    "Phase",
    "Publicity",
    "PublicityCheck",
    "Quantity",
    "Reward",
    "SelfCheck",
    "Standard",
    "Statement",
    "Survey",
    "TableFault",
    "TableLine",
    "TableMapping",
    "Task",
    "TaskEvent",
    "TaskTable",
    "Volunteering",
    "WorkLogEntry",
    "Workstream",
    "times_held",
]
