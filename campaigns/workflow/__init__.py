"""Which moves tasks, assignments, systems, materials and turns of duty can make, and who makes them."""

from .duty import DUTY_TURN
from .extensions import TASK_EXTENSION, extension_refusal
from .materials import MATERIAL
from .supervisions import SUPERVISION, supervision_refusal
from .systems import SYSTEM
from .tasks import ASSIGNMENT, TASK

WORKFLOWS = (TASK, ASSIGNMENT, TASK_EXTENSION, SUPERVISION, SYSTEM, MATERIAL, DUTY_TURN)

__all__ = [
    "ASSIGNMENT",
    "DUTY_TURN",
    "MATERIAL",
    "SUPERVISION",
    "SYSTEM",
    "TASK",
    "TASK_EXTENSION",
    "WORKFLOWS",
    "extension_refusal",
    "supervision_refusal",
]
