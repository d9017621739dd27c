"""The rows of a campaign's registers that a summary may tell, as plain values, with their sums as figures.

Rows dated after the last day are not told. What happens on a day (meetings, honours, surveys …) must lie in the
period; what goes on (groups, rules, duty …) must have begun by its last day and not have ended before its first. Who
sits in a group is told as of the last day: those who have left are not.
"""

from .events import Events
from .organisation import Organisation
from .outcomes import Outcomes
from .reading import Row, in_words, source, sources_of

__all__ = ["RegisterFacts", "Row", "in_words", "source", "sources_of"]


class RegisterFacts(Organisation, Events, Outcomes):
    """The registers of one campaign and period, the figures taken from them, and the records both lead to."""
