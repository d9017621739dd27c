from .alias import UnitAlias
from .notice import Notice
from .person import User
from .post import HandOver, Post, held_posts
from .unit import Unit, UnitName, UnitPlace, names_on

__all__ = [
    "HandOver",
    "Notice",
    "Post",
    "Unit",
    "UnitAlias",
    "UnitName",
    "UnitPlace",
    "User",
    "held_posts",
    "names_on",
]
