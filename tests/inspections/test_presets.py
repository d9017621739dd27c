from campaigns.clock import LimitUnit
from inspections.models import FindingCategory, SiteType
from inspections.presets import CATEGORIES, SITE_TYPES, categories, suggested


def test_every_suggested_category_is_a_valid_row():
    for number, values in enumerate(categories()):
        FindingCategory(position=number, **values).clean_fields(exclude=["campaign"])


def test_every_suggested_site_type_is_a_valid_row():
    for number, name in enumerate(SITE_TYPES):
        SiteType(position=number, name=name).clean_fields()


def test_no_name_is_suggested_twice():
    names = [preset.name for preset in CATEGORIES]

    assert sorted(set(names)) == sorted(names)
    assert sorted(set(SITE_TYPES)) == sorted(SITE_TYPES)


def test_there_are_five_groups_and_each_stands_together():
    groups = [preset.group for preset in CATEGORIES]

    assert sorted(groups, key=groups.index) == groups
    assert len(set(groups)) == 5


def test_a_category_without_a_limit_of_its_own_is_a_long_one():
    assert {preset.severity for preset in CATEGORIES if preset.limit is None} == {"D", "E"}


def test_urgent_categories_are_due_within_a_day():
    longest = {LimitUnit.WORKING_HOURS: 7, LimitUnit.HOURS: 24}
    urgent = [preset for preset in CATEGORIES if preset.severity == "A"]

    assert [preset.name for preset in urgent if preset.limit.amount > longest[preset.limit.unit]] == []


def test_a_category_of_the_offices_own_has_no_suggestion():
    assert suggested("暴露垃圾") == CATEGORIES[0]
    assert suggested("本市自定类别") is None
