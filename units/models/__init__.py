from .alias import UnitAlias
from .notice import Notice
from .person import User
from .post import Post, held_posts
from .unit import Unit, UnitName

__all__ = ["Notice", "Post", "Unit", "UnitAlias", "UnitName", "User", "held_posts"]
