"""An assessment system of full size: what its pages and its moves cost, on an SQLite file of its own.

    .venv/bin/python bench/systems.py [--scale 1.0]

At full scale 300 units and 2,000 indicators with three standards each; the system is adopted, its materials are asked
for and handed in, it is revised, looked at beside its new version, and the new version is adopted. Then the same with a
new edition from outside, which has no lineage and other words in every third place. Prints CPU seconds, for machines
that are shared, and queries.
"""

import argparse
import os
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
ADOPTED = date(2026, 1, 5)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scale", type=float, default=1.0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="cityinit-systems-") as folder:
        os.environ |= {"DATA_DIR": folder, "DATABASE_URL": f"sqlite:///{folder}/db.sqlite3", "DEBUG": "0"}
        os.environ |= {"ALLOWED_HOSTS": "testserver", "DJANGO_SETTINGS_MODULE": "cityinit.settings"}
        import django

        django.setup()
        _measure(options.scale)
    return 0


def _measure(scale: float) -> None:
    from django.core.management import call_command
    from django.db import transaction

    from bench.big_city import City
    from campaigns.models import AssessmentSystem, Campaign, Indicator, Standard
    from units.models import Unit, User

    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    city = City(scale, 1)
    with transaction.atomic():
        city.units()
        city.system()
    office, campaign = User.objects.get(username="office"), Campaign.objects.get()
    system = AssessmentSystem.objects.get()
    _answer_for(list(Standard.objects.order_by("pk")), list(Unit.objects.filter(kind="街道")))
    print(f"{Indicator.objects.count()} indicators, {Standard.objects.count()} standards, {Unit.objects.count()} units")
    _moves(system, campaign, office)


def _answer_for(standards: list[Any], units: list[Any]) -> None:
    """Every standard asks two streets for a material."""
    from campaigns.models import Standard

    through = Standard.units.through
    through.objects.bulk_create(
        through(standard=standard, unit=units[(place + step) % len(units)])
        for place, standard in enumerate(standards)
        for step in (0, 1)
    )
    Standard.objects.update(asked="工作方案和现场图片")


def _moves(system: Any, campaign: Any, office: Any) -> None:
    from django.test import Client
    from django.urls import reverse

    from campaigns.actions import material_slots, systems
    from campaigns.models import AssessmentSystem

    client = Client()
    client.force_login(office)

    def page(name: str, url: str) -> None:
        client.get(url)
        _told(name, lambda: client.get(url))

    page("the tree of the system", reverse("campaigns:system", args=[system.pk]))
    if system.state == AssessmentSystem.State.DRAFT:
        _told("adopt the first version", lambda: systems.adopt(system, by=office, adopted_on=ADOPTED))
    system = AssessmentSystem.objects.select_related("campaign__host").get(pk=system.pk)
    _told("ask for all materials", lambda: material_slots.make_all(system, by=office))
    page("the matrix of materials", reverse("campaigns:materials_matrix"))
    page("what would be asked for", reverse("campaigns:materials_make"))
    _hand_in(office)
    made: list[Any] = []
    _told("revise: a new version", lambda: made.append(systems.revise(system, by=office)))
    page("the two versions compared", _beside(system, made[0]))
    draft = _fresh(made[0])
    _told("adopt it and carry everything over", lambda: systems.adopt(draft, by=office))
    page("the tree of the new version", reverse("campaigns:system", args=[draft.pk]))
    page("all standards", reverse("campaigns:standards"))
    edition = _fresh(_new_edition(draft, office))
    _told("a new edition compared, at first", lambda: client.get(_beside(draft, edition)))
    page("a new edition compared, another page", f"{_beside(draft, edition)}&page=2")
    _told("adopt it and carry everything over", lambda: systems.adopt(edition, by=office))


def _fresh(system: Any) -> Any:
    from campaigns.models import AssessmentSystem

    return AssessmentSystem.objects.select_related("campaign__host", "previous").get(pk=system.pk)


def _beside(old: Any, new: Any) -> str:
    from django.urls import reverse

    return f"{reverse('campaigns:compare')}?old={old.pk}&new={new.pk}"


def _hand_in(office: Any) -> None:
    """Every material has passed with one submission."""
    from django.db.models import F, OuterRef, Subquery

    from campaigns.models import Material, Submission
    from cityinit.copying import write_from

    said = {"attempt": 1, "title": "方案", "dated_on": ADOPTED, "submitted_by": office, "verdict": "accepted"}
    write_from(Material.objects.order_by("pk"), Submission, material=F("pk"), **said)
    latest = Submission.objects.filter(material=OuterRef("pk")).order_by().values("pk")
    Material.objects.update(latest=Subquery(latest), state="accepted", accepted_on=ADOPTED)


def _new_edition(system: Any, office: Any) -> Any:
    from campaigns.actions import systems
    from campaigns.models import Indicator, Standard
    from cityinit.copying import write_each

    made = systems.found_system(system.campaign, by=office, name=system.name, edition="2027年版", previous=system)
    systems.copy_tree(system, made)
    for model, name in ((Indicator, "name"), (Standard, "content")):
        rows = model.objects.of_system(made).values_list("pk", name)
        write_each(model, "lineage", {pk: uuid.uuid4() for pk, _text in rows})
        write_each(model, name, {pk: f"{text[:-2]}并长期保持" for pk, text in rows if pk % 3 == 0})
    return made


def _told(name: str, act: Callable[[], Any]) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as asked:
        before = time.process_time()
        answer = act()
        seconds = time.process_time() - before
    status = getattr(answer, "status_code", 200)
    print(
        f"{name:<40}{seconds:8.2f} s CPU{len(asked):8d} queries" + (f"   {status}" if status != 200 else ""), flush=True
    )


if __name__ == "__main__":
    sys.exit(main())
