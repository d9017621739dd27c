"""Assessment systems, each brought to its state by real moves."""

from datetime import date

from campaigns.actions import nodes
from campaigns.actions import systems as actions
from campaigns.models import AssessmentSystem, Indicator

ADOPTED = date(2026, 1, 5)


def draft(campaign, city, *, name="全国文明城市测评体系", edition="2023年版", **values):
    """An edition under revision: Ⅰ-1 over Ⅱ-1, which has two standards and is answered for by 城管局."""
    system = actions.found_system(campaign, by=city.coordinator, name=name, edition=edition, **values)
    top = indicator(system, city, "Ⅰ-1", "公共环境", score=10)
    below = indicator(system, city, "Ⅱ-1", "市容环境", parent=top, score=10, methods=["onsite"], units=[city.bureau])
    standard(below, city, "1", "主次干道干净整洁，无暴露垃圾", score=6)
    standard(below, city, "2", "沿街门店招牌规范，无乱贴乱画", score=4)
    return fresh(system)


def in_force(campaign, city, *, on=ADOPTED, **values):
    """The same, adopted."""
    system = draft(campaign, city, **values)
    actions.adopt(system, by=city.coordinator, adopted_on=on)
    return fresh(system)


def superseded(campaign, city, **values):
    """The same, with its revised version in force in its place."""
    system = in_force(campaign, city, **values)
    actions.adopt(actions.revise(system, by=city.coordinator), by=city.coordinator)
    return fresh(system)


REACHING = {
    AssessmentSystem.State.DRAFT: draft,
    AssessmentSystem.State.IN_FORCE: in_force,
    AssessmentSystem.State.SUPERSEDED: superseded,
}


def system_at(campaign, city, state, **values):
    return REACHING[state](campaign, city, **values)


def indicator(system, city, code, name, *, units=(), **values):
    return nodes.add_indicator(system, by=city.coordinator, code=code, name=name, units=units, **values)


def standard(under, city, number, content, *, units=(), **values):
    return nodes.add_standard(under, by=city.coordinator, number=number, content=content, units=units, **values)


def node(system, code):
    return Indicator.objects.select_related("system__campaign__host", "parent").get(system=system, code=code)


def fresh(system):
    return AssessmentSystem.objects.select_related("campaign__host", "previous").get(pk=system.pk)
