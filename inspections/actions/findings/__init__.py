"""What people do with a finding: file it, dispatch it, answer it, judge it, and give it more time."""

from .capture import close_on_spot, ensure_categories, record_finding
from .doubts import compare, judge_doubt
from .extensions import ask_extension, extend, grant_extension, refuse_extension
from .notify import tell_dispatched
from .office import dispatch, mark_duplicate, reject, resume, suspend, void
from .review import close, reopen, rework
from .unit import acknowledge, answer, return_to_office

__all__ = [
    "acknowledge",
    "answer",
    "ask_extension",
    "close",
    "close_on_spot",
    "compare",
    "dispatch",
    "ensure_categories",
    "extend",
    "grant_extension",
    "judge_doubt",
    "mark_duplicate",
    "record_finding",
    "refuse_extension",
    "reject",
    "reopen",
    "resume",
    "return_to_office",
    "rework",
    "suspend",
    "tell_dispatched",
    "void",
]
