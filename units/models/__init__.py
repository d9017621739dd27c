from .notice import Notice
from .person import User
from .post import Post
from .unit import Unit, UnitName

__all__ = ["Notice", "Post", "Unit", "UnitName", "User"]
