"""Rows that units file in the registers, through the actions the pages call."""

from datetime import date

from campaigns.actions.registers import add_row
from campaigns.registers import REGISTERS


def filed(slug, campaign, *, by, files=(), **values):
    register = REGISTERS[slug]
    row = register.model(campaign=campaign, **values)
    return add_row(register, row, many={}, client_key=None, by=by, files=files)


def activity(campaign, city, *, by=None, files=(), **values):
    """An activity that 城管局's liaison filed."""
    values = {
        "name": "门前三包集中行动",
        "kind": "主题活动",
        "held_on": date(2026, 3, 5),
        "unit": city.bureau,
        **values,
    }
    return filed("meetings", campaign, by=by or city.liaison, files=files, **values)


def poster(campaign, city, *, by=None, **values):
    """A public-service ad of 城管局, put up on 1 March 2026."""
    values = {
        "kind": "公益广告",
        "place": "人民路",
        "unit": city.bureau,
        "quantity": 12,
        "placed_on": date(2026, 3, 1),
        **values,
    }
    return filed("publicity", campaign, by=by or city.liaison, **values)


def service(campaign, city, *, by=None, **values):
    values = {
        "team": "橙衣志愿队",
        "served_on": date(2026, 3, 5),
        "unit": city.bureau,
        "people": 20,
        "hours": 40,
        **values,
    }
    return filed("volunteering", campaign, by=by or city.liaison, **values)


def dissuasion(campaign, city, *, by=None, **values):
    values = {"kind": "闯红灯", "done_on": date(2026, 3, 5), "unit": city.bureau, "number": 30, **values}
    return filed("dissuasion", campaign, by=by or city.liaison, **values)
