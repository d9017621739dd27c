from .account import change_password, make_link, use_link
from .directory import add_unit, change_unit, close_unit, merge_unit, move_unit, rename_unit
from .people import add_person, appoint, change_person, end_post, hand_over, withdraw_post
from .reading import mark_read

__all__ = [
    "add_person",
    "add_unit",
    "appoint",
    "change_password",
    "change_person",
    "change_unit",
    "close_unit",
    "end_post",
    "hand_over",
    "make_link",
    "mark_read",
    "merge_unit",
    "move_unit",
    "rename_unit",
    "use_link",
    "withdraw_post",
]
