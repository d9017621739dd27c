"""docs/access.md and docs/states.md, drawn from the tables the product itself obeys.

It stands in the uppermost app, the only one that may know the workflows of all.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from cityinit.workflow import Move, Workflow
from units.roles import PERMISSIONS, TEXTS, Role

DOCS = Path(settings.BASE_DIR) / "docs"
GENERATED = "<!-- Drawn by `manage.py describe --write`; change the table in the code, not this page. -->"

SCOPES = {
    Role.COORDINATOR: "the host unit and everything below it",
    Role.INSPECTOR: "the host unit and everything below it",
    Role.LIAISON: "the own unit and what is below it",
    Role.LEADER: "the host unit and everything below it",
    Role.ADMINISTRATOR: "the whole installation",
}


class Command(BaseCommand):
    help = "Write docs/access.md and docs/states.md from the code, or check that they are up to date."

    def add_arguments(self, parser):
        wish = parser.add_mutually_exclusive_group(required=True)
        wish.add_argument("--write", action="store_true", help="write the pages")
        wish.add_argument("--check", action="store_true", help="fail when a page is stale")

    def handle(self, *args, write, check, **options):
        stale = [path for path, text in pages().items() if not path.exists() or path.read_text("utf-8") != text]
        if write:
            for path in stale:
                path.write_text(pages()[path], "utf-8")
                self.stdout.write(f"written: {path.relative_to(settings.BASE_DIR)}")
        elif stale:
            names = ", ".join(str(path.relative_to(settings.BASE_DIR)) for path in stale)
            raise CommandError(f"{names}: not what the code says. Run: manage.py describe --write")


def pages() -> dict[Path, str]:
    """Each generated page with the text it should have."""
    return {DOCS / "access.md": "\n".join(_access()) + "\n", DOCS / "states.md": "\n".join(_states()) + "\n"}


def workflows() -> dict[str, tuple[Workflow, ...]]:
    """The workflows of every installed app that has a `workflow`, lowest step first."""
    ours = [app.name for app in apps.get_app_configs() if Path(app.path).parent == Path(settings.BASE_DIR)]
    found = [name for name in ours if name != "cityinit" and find_spec(f"{name}.workflow")]
    return {name: import_module(f"{name}.workflow").WORKFLOWS for name in found}


def _access() -> Iterator[str]:
    yield "# Who may do what"
    yield ""
    yield GENERATED
    yield ""
    yield "A person holds a role at a unit, from a day to a day, over a scope unit and what is below it. A permission"
    yield "is asked with `user.has_perm(permission, obj)` and answered by `units/backends.py` from the posts held that"
    yield "day: the object must lie within the scope of a post that gives the permission. Which moves need what is on"
    yield "[the page of states](states.md). The table is `PERMISSIONS` in `units/roles.py`."
    yield ""
    yield "| Role | In Chinese | Scope unless the post names another |"
    yield "|---|---|---|"
    for role in Role:
        yield f"| {role.value} | {role.label} | {SCOPES[role]} |"
    yield ""
    yield "| Permission | In Chinese | What it allows | " + " | ".join(role.value for role in Role) + " |"
    yield "|---|---|---" + "|:-:" * len(Role) + "|"
    for name, (label, text) in TEXTS.items():
        held = " | ".join("●" if name in PERMISSIONS[role] else "" for role in Role)
        yield f"| `{name}` | {label} | {text} | {held} |"


def _states() -> Iterator[str]:
    yield "# States and moves"
    yield ""
    yield GENERATED
    yield ""
    yield "Every state is changed by a move of these tables and by nothing else (`cityinit/workflow.py`). A move that"
    yield "is not open is refused with a sentence; of two people who make it at once, the second is told. “The system”"
    yield "means that the move follows from another one."
    for app, flows in workflows().items():
        for flow in flows:
            yield ""
            yield f"## {flow.name} ({app})"
            yield ""
            yield from _diagram(flow)
            yield ""
            yield from _table(flow)


def _diagram(flow: Workflow) -> Iterator[str]:
    yield "```mermaid"
    yield "stateDiagram-v2"
    for state in _states_of(flow):
        yield f"    {state} : {_label(state)} {state}"
    for move in flow.moves.values():
        for source in move.sources:
            yield f"    {source} --> {move.target} : {move.label}"
    yield "```"


def _table(flow: Workflow) -> Iterator[str]:
    yield "| Move | In Chinese | From | To | Permission | Held by | Must be given |"
    yield "|---|---|---|---|---|---|---|"
    for move in flow.moves.values():
        sources = ", ".join(str(source) for source in move.sources)
        given = "、".join(str(thing) for thing in move.gives)
        permission = f"`{move.permission}`" if _holders(move) else ""
        holders = ", ".join(_holders(move)) or "the system"
        yield f"| {move.name} | {move.label} | {sources} | {move.target} | {permission} | {holders} | {given} |"


def _states_of(flow: Workflow) -> list[str]:
    """Every state once, in the order in which the table first speaks of it."""
    named = [state for move in flow.moves.values() for state in (*move.sources, move.target)]
    return list(dict.fromkeys(named))


def _label(state: str) -> str:
    return str(getattr(state, "label", state))


def _holders(move: Move) -> list[str]:
    return [role.value for role in Role if move.permission in PERMISSIONS[role]]
