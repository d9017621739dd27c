"""Materials of an assessment system, each brought to its state by real moves."""

from datetime import date
from itertools import count

from campaigns.actions import material_slots, materials
from campaigns.models import AssessmentSystem, Indicator, Material, Standard
from tests.factories.findings import photo
from units.models import Post, User
from units.roles import Role

State = Material.State
NUMBERS = count(1)
DATED = date(2026, 3, 5)


def system(campaign, name="全国文明城市测评体系", **values):
    return AssessmentSystem.objects.create(campaign=campaign, name=name, **values)


def indicator(system, code="Ⅱ-1", name="市容环境", *, parent=None, **values):
    return Indicator.objects.create(
        campaign=system.campaign,
        system=system,
        code=code,
        name=name,
        parent=parent,
        position=system.indicators.count(),
        **values,
    )


def standard(indicator, *units, content="建立长效管理机制", **values):
    """A standard judged by its material, which these units answer for."""
    number = indicator.standards.count() + 1
    values = {"methods": ["material"], "number": str(number), "position": number, "content": content, **values}
    made = Standard.objects.create(campaign=indicator.campaign, indicator=indicator, **values)
    made.units.set(units)
    return made


def sound(name="现场.jpg", **values):
    """A photo that passes the gates: its longer side is what is asked."""
    return photo(name=name, **{"size": (1280, 720), **values})


def asked(campaign, city, *, unit=None, of=None, **values):
    """A material that the office has asked 城管局 for, of a standard of its own unless one is given."""
    if of is None:
        there = AssessmentSystem.objects.of(campaign).in_force().first() or system(campaign)
        of = standard(indicator(there, f"Ⅲ-9{next(NUMBERS):03}"))
    [made] = material_slots.add(of, units=[unit or city.bureau], by=city.coordinator, **values)
    return fresh(made)


def fresh(material):
    return Material.objects.for_page().get(pk=material.pk)


def submit(material, city, *, by=None, **values):
    values = {"title": "长效管理办法", "dated_on": DATED, **values}
    if "stored" not in values:
        values.setdefault("files", [sound()])
    return materials.submit(fresh(material), by=by or city.liaison, **values)


def material_at(state, campaign, city, **values):
    """A material in this state, brought there by the moves that lead to it."""
    made = asked(campaign, city, **values)
    for step in PATHS[state]:
        STEPS[step](fresh(made), city)
    return fresh(made)


PATHS = {
    State.EMPTY: (),
    State.SUBMITTED: ("submit",),
    State.RETURNED: ("submit", "return_to_unit"),
    State.RESUBMITTED: ("submit", "return_to_unit", "submit"),
    State.ACCEPTED: ("submit", "accept"),
    State.FILED: ("submit", "accept", "file"),
}
STEPS = {
    "submit": submit,
    "return_to_unit": lambda material, city: materials.return_to_unit(
        material, by=city.coordinator, reasons=["盖章不清"], note="请重新扫描"
    ),
    "accept": lambda material, city: materials.accept(material, by=city.coordinator),
    "file": lambda material, city: materials.file(material, by=city.coordinator),
}


def second_coordinator(city):
    """Another person of the office."""
    made = User.objects.create(username=f"coordinator-two-{city.host.pk}", name="创建办李")
    Post.objects.create(user=made, role=Role.COORDINATOR, unit=city.office, starts_on=date(2024, 1, 1))
    return made
