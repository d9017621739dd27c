"""The pages of docs/ that speak of the code say what the code says."""

import re
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from reports.management.commands import describe
from units.roles import PERMISSIONS, TEXTS

ROOT = Path(__file__).resolve().parent.parent
APPS = ("cityinit", "units", "campaigns", "inspections", "reports")
ASKED = re.compile(r"""(?:has_perm|holds|paths_with|require)\((?:\s*\w+,)?\s*"([a-z]+\.[a-z_]+)\"""")
# Given by no post: such a move follows from another one.
BY_THE_SYSTEM = {"campaigns.by_itself"}


def code():
    files = [path for app in APPS for path in (ROOT / app).rglob("*.py") if "migrations" not in path.parts]
    return "\n".join(path.read_text("utf-8") for path in files)


def test_the_pages_of_roles_and_states_are_up_to_date():
    call_command("describe", check=True, stdout=StringIO())


def test_a_stale_page_is_told_and_written_again(monkeypatch, tmp_path):
    page = tmp_path / "access.md"
    page.write_text("old\n", "utf-8")
    monkeypatch.setattr(describe, "pages", lambda: {page: "new\n"})
    monkeypatch.setattr(describe.settings, "BASE_DIR", tmp_path)

    with pytest.raises(CommandError, match=r"access\.md: not what the code says"):
        call_command("describe", check=True)
    call_command("describe", write=True, stdout=StringIO())
    call_command("describe", check=True)

    assert page.read_text("utf-8") == "new\n"


def test_every_workflow_of_the_product_is_described():
    described = {flow.name for flows in describe.workflows().values() for flow in flows}

    tasks = {"task", "assignment", "task_extension", "supervision"}
    others = {"assessment_system", "material", "duty_turn", "finding", "extension", "report", "call", "contribution"}
    rounds = {"checklist", "round", "team"}
    appraisals = {"rule_set", "appraisal_result", "objection"}
    assert described == tasks | others | rounds | appraisals


def test_every_permission_has_a_name_and_every_name_a_permission():
    assert set(TEXTS) == set().union(*PERMISSIONS.values())


def test_no_permission_is_asked_for_that_nobody_could_have():
    by_moves = {
        move.permission for flows in describe.workflows().values() for flow in flows for move in flow.moves.values()
    }

    assert (set(ASKED.findall(code())) | by_moves) - set(TEXTS) == BY_THE_SYSTEM


def test_every_permission_is_asked_for_somewhere():
    """A right that no code asks for is a promise of the table that nothing keeps."""
    elsewhere = code().replace((ROOT / "units" / "roles.py").read_text("utf-8"), "")

    assert {name for name in TEXTS if f'"{name}"' not in elsewhere} == set()


def test_every_code_name_of_the_glossary_is_in_the_code():
    rows = [line for line in (ROOT / "docs" / "glossary.md").read_text("utf-8").splitlines() if line.startswith("|")]
    names = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    words = set(re.findall(r"\w+", code()))

    assert len(names) > 80
    assert sorted(names - words) == []
