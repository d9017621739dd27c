"""The staircase: each app reaches only itself and the steps below it, by whatever road."""

import ast
from importlib import import_module
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings

from cityinit.queue import HANDLERS

ROOT = Path(__file__).resolve().parent.parent
STAIRCASE = ["cityinit", "units", "campaigns", "inspections", "reports"]
FILES = sorted(path for app in STAIRCASE for path in (ROOT / app).rglob("*.py"))
NAMES_THAT_SAY_NOTHING = {"utils", "util", "common", "helpers", "helper", "services", "service", "misc"}


def reached(source, *, package):
    """The dotted names of our apps that a module of `package` reaches: imports at any depth, jobs, models by name."""
    tree = ast.parse(source)
    found = imported(tree, package=package) + [name for call in calls(tree) for name in by_name(call)]
    return sorted({name for name in found if name.split(".")[0] in STAIRCASE})


def imported(tree, *, package):
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            steps = package.split(".")
            base = [*steps[: len(steps) - node.level + 1]] if node.level else []
            found += [".".join([*base, *filter(None, [node.module]), alias.name]) for alias in node.names]
    return found


def calls(tree):
    return [node for node in ast.walk(tree) if isinstance(node, ast.Call)]


def called(call):
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


# Which calls name another app as text, and in which of their arguments (the first one besides).
NAMED_IN = {
    **{door: ["name"] for door in ("enqueue", "import_module", "__import__", "import_string")},
    **{field: ["to", "through"] for field in ("ForeignKey", "OneToOneField", "ManyToManyField", "GenericRelation")},
    "get_model": ["app_label"],
}


def by_name(call):
    """The apps' names that a call holds as text."""
    if called(call) not in NAMED_IN:
        return []
    values = [*call.args[:1], *(word.value for word in call.keywords if word.arg in NAMED_IN[called(call)])]
    return [value.value for value in values if isinstance(value, ast.Constant) and isinstance(value.value, str)]


def upward(names, *, app):
    step = STAIRCASE.index(app)
    return [name for name in names if STAIRCASE.index(name.split(".")[0]) > step]


def package_of(path):
    return ".".join(path.relative_to(ROOT).parent.parts)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import reports.facts", ["reports.facts"]),
        ("def late():\n    from inspections import figures", ["inspections.figures"]),
        ("from ...reports import facts", ["reports.facts"]),
        ("from ..models import Task", ["campaigns.models.Task"]),
        ("from . import tasks", ["campaigns.actions.tasks"]),
        ('enqueue("reports.jobs.compile_report", 1)', ["reports.jobs.compile_report"]),
        ('models.ForeignKey("inspections.Site", on_delete=models.CASCADE)', ["inspections.Site"]),
        ('models.ManyToManyField("self", through="reports.Section")', ["reports.Section"]),
        ('apps.get_model("reports", "Report")', ["reports"]),
        ('import_module("inspections.jobs")', ["inspections.jobs"]),
        ('models.ForeignKey("units.Unit", related_name="reports")', ["units.Unit"]),
        ("from django.db import models\nimport os", []),
    ],
)
def test_every_road_to_another_app_is_seen(source, expected):
    assert reached(source, package="campaigns.actions") == expected


def test_a_step_up_is_told_from_a_step_down():
    assert upward(["units.models.Unit", "campaigns.figures", "reports.facts"], app="campaigns") == ["reports.facts"]


def test_no_module_reaches_an_app_above_its_own():
    climbs = {}
    for path in FILES:
        if path == ROOT / "cityinit" / "settings.py":
            continue
        names = reached(path.read_text(encoding="utf-8"), package=package_of(path))
        if up := upward(names, app=path.relative_to(ROOT).parts[0]):
            climbs[str(path.relative_to(ROOT))] = up

    assert climbs == {}


def test_no_model_points_at_an_app_above_its_own():
    ours = [model for model in apps.get_models(include_auto_created=True) if model._meta.app_label in STAIRCASE]
    climbs = [
        f"{model._meta.label}.{field.name}"
        for model in ours
        for field in model._meta.get_fields()
        if field.is_relation and not field.auto_created and field.related_model
        if upward([field.related_model._meta.app_label], app=model._meta.app_label)
        if field.related_model._meta.app_label in STAIRCASE
    ]

    assert climbs == []


def test_every_job_that_is_named_exists():
    names = {name for path in FILES for name in jobs_named(path.read_text(encoding="utf-8"))}
    names |= {name for entry in settings.CELERY_BEAT_SCHEDULE.values() for name in entry.get("args", [])}
    for name in names:
        import_module(name.rpartition(".")[0])

    assert sorted(names - set(HANDLERS)) == []


def jobs_named(source):
    return [name for call in calls(ast.parse(source)) if called(call) == "enqueue" for name in by_name(call)]


def test_every_module_says_in_its_name_what_it_does():
    paths = [path.relative_to(ROOT).with_suffix("") for path in FILES]

    assert [str(path) for path in paths if NAMES_THAT_SAY_NOTHING & set(path.parts)] == []


def test_actions_know_neither_doors_nor_requests():
    wrong = []
    for path in FILES:
        place = path.relative_to(ROOT)
        if "actions" not in place.with_suffix("").parts:
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        doors = [f"{place.parts[0]}.{door}" for door in ("views", "forms", "jobs")]
        names = [f"{name}." for name in imported(tree, package=package_of(path))]
        wrong += [f"{place} imports {name}" for name in names if name.startswith(tuple(f"{door}." for door in doors))]
        functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
        arguments = [(f.name, a.arg) for f in functions for a in [*f.args.args, *f.args.kwonlyargs]]
        wrong += [f"{place}: {name} takes a request" for name, argument in arguments if argument == "request"]

    assert wrong == []


def test_whoever_holds_a_row_says_whether_its_key_may_go():
    """`no_key=True`: others may name the row meanwhile. `no_key=False`: it is about to be deleted (decision 28)."""
    silent = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path in FILES
        for call in calls(ast.parse(path.read_text(encoding="utf-8")))
        if called(call) == "select_for_update" and "no_key" not in {word.arg for word in call.keywords}
    ]

    assert silent == []
