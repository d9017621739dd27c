"""模拟测评通报: the published scores of a round."""

from .facts import collect

__all__ = ["collect"]
