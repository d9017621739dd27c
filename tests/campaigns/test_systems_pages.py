"""Pages of assessment systems: who sees what, and what a form leads to."""

from io import BytesIO

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from campaigns.actions import nodes
from campaigns.actions import systems as actions
from campaigns.models import AssessmentSystem, Counterpart, Indicator, SelfCheck, Standard
from tests.factories import systems, tasks

pytestmark = pytest.mark.django_db


@pytest.fixture
def used(campaign, city):
    system = systems.in_force(campaign, city)
    tasks.issued(campaign, city, indicator=systems.node(system, "Ⅱ-1"))
    return system


@pytest.fixture
def office(client, city):
    client.force_login(city.coordinator)
    return client


def url(name, *args):
    return reverse(f"campaigns:{name}", args=args)


def text(response):
    return response.content.decode()


def form_of(node):
    """What the page's own form would send."""
    names = ("code", "name", "score", "note") if isinstance(node, Indicator) else Standard.WRITTEN
    sent = {name: getattr(node, name) for name in names if name not in ("units", "is_negative")}
    sent = {name: "" if value is None else value for name, value in sent.items()}
    above = {"parent": node.parent_id or ""} if isinstance(node, Indicator) else {"indicator": node.indicator_id}
    return sent | above | {"units": [unit.pk for unit in node.units.all()], "seen": node.mark, "client_key": ""}


def test_every_version_is_listed_those_in_force_first(office, used, city):
    draft = actions.revise(used, by=city.coordinator)
    other = systems.in_force(used.campaign, city, name="未成年人思想道德建设测评体系", edition="")

    rows = office.get(url("systems")).context["rows"]

    assert [(row, row.indicator_count, row.standard_count) for row in rows] == [
        (used, 2, 2),
        (other, 2, 2),
        (draft, 2, 2),
    ]


def test_the_tree_shows_two_levels_and_opens_the_third_on_demand(office, used, city):
    draft = actions.revise(used, by=city.coordinator)
    second = systems.node(draft, "Ⅱ-1")
    third = systems.indicator(draft, city, "Ⅲ-1", "背街小巷", parent=second)

    closed = office.get(url("system", draft.pk)).context["rows"]
    opened = office.get(f"{url('system', draft.pk)}?open={second.pk}").context["rows"]
    branch = office.get(url("system_branch", second.pk), headers={"HX-Request": "true"})
    plain = office.get(url("system_branch", second.pk))

    assert [row["label"] for row in closed] == ["Ⅰ-1 公共环境", "Ⅱ-1 市容环境", "展开1个下级指标"]
    assert [row["label"] for row in opened] == ["Ⅰ-1 公共环境", "Ⅱ-1 市容环境", "Ⅲ-1 背街小巷"]
    assert [row["pk"] for row in branch.context["rows"]] == [str(third.pk)]
    assert plain.url == f"{url('system', draft.pk)}?open={second.pk}#branch-{second.pk}"


def test_scores_that_do_not_add_up_are_said(office, campaign, city):
    draft = systems.draft(campaign, city)
    systems.standard(systems.node(draft, "Ⅱ-1"), city, "3", "路灯完好", score=1)

    found = office.get(url("system", draft.pk))

    assert [row["told"] for row in found.context["uneven"]] == ["本级10分，下级合计11分"]
    assert "1 个指标的分值与下级之和不等" in text(found)


def test_the_same_number_of_queries_shows_one_indicator_and_many(office, campaign, city, django_assert_max_num_queries):
    draft = systems.draft(campaign, city)
    above = systems.node(draft, "Ⅱ-1")
    pages = [url("system", draft.pk), url("indicator", above.pk), url("systems")]
    counts = []
    for turn in range(2):
        counts.append([])
        for page in pages:
            with django_assert_max_num_queries(60) as asked:
                office.get(page)
            counts[-1].append(len(asked))
        for number in range(turn * 5, turn * 5 + 5):
            below = systems.indicator(draft, city, f"Ⅲ-{number}", "小巷", parent=above, units=[city.police])
            systems.standard(below, city, "1", "整洁", units=[city.bureau])
            systems.standard(above, city, f"{number}a", "整洁", units=[city.bureau])

    assert counts[0] == counts[1]


def test_an_indicator_shows_its_standards_tasks_and_self_checks(office, used, city):
    node = systems.node(used, "Ⅱ-1")
    SelfCheck.objects.create(campaign=used.campaign, indicator=node, checked_on="2026-03-01", score=8, gap="小巷脏乱")

    shown = text(office.get(url("indicator", node.pk)))

    for words in ("Ⅱ-1-1)", "主次干道干净整洁", "6分", "整治占道经营", "2026-03-01", "小巷脏乱", "实地考察", "城管局"):
        assert words in shown


def test_a_self_check_is_written_in_place_once(office, used):
    node = systems.node(used, "Ⅱ-1")
    form = office.get(url("indicator", node.pk)).context["form"]
    sent = {
        "checked_on": "2026-04-01",
        "score": "7.5",
        "gap": "小巷保洁有空档",
        "measure": "加派人手",
        "person": "陈工",
    }
    sent["client_key"] = form.initial["client_key"]

    answers = [office.post(url("indicator_check", node.pk), sent) for _n in range(2)]
    faulty = office.post(url("indicator_check", node.pk), sent | {"gap": "另一件", "score": "x"})

    assert [answer.status_code for answer in answers] == [302, 302]
    check = SelfCheck.objects.get()
    assert (check.indicator, check.score, check.measure) == (node, 7.5, "加派人手")
    assert faulty.status_code == 422


def test_an_edit_of_what_is_in_use_says_that_it_went_to_the_draft(office, used):
    node = systems.node(used, "Ⅱ-1")
    before = text(office.get(url("indicator_edit", node.pk)))

    answer = office.post(url("indicator_edit", node.pk), form_of(node) | {"name": "市容市貌"}, follow=True)

    draft = AssessmentSystem.objects.drafts().get()
    assert "这一版已在使用，不会被改动" in before
    assert answer.redirect_chain[0][0] == url("indicator", systems.node(draft, "Ⅱ-1").pk)
    assert "这次修改写入了“全国文明城市测评体系 2023年版（修订1）”，启用后生效" in text(answer)
    assert systems.node(used, "Ⅱ-1").name == "市容环境"


def test_a_second_edit_begins_from_the_draft(office, used, city):
    draft = actions.revise(used, by=city.coordinator)

    answer = office.get(url("indicator_edit", systems.node(used, "Ⅱ-1").pk), follow=True)

    assert answer.redirect_chain[0][0] == url("indicator_edit", systems.node(draft, "Ⅱ-1").pk)
    assert "这里修改的是它的修订稿" in text(answer)


def test_a_stale_form_comes_back_with_what_was_typed(office, campaign, city):
    draft = systems.draft(campaign, city)
    node = systems.node(draft, "Ⅱ-1")
    sent = form_of(node) | {"name": "环境卫生"}
    office.post(url("indicator_edit", node.pk), form_of(node) | {"name": "市容市貌"})

    answer = office.post(url("indicator_edit", node.pk), sent)

    assert answer.status_code == 422
    assert "刚刚被别人改过" in text(answer)
    assert "现在保存的是：市容市貌" in text(answer)
    assert 'value="环境卫生"' in text(answer)


def test_a_cycle_is_told_in_the_form(office, campaign, city):
    draft = systems.draft(campaign, city)
    top, below = systems.node(draft, "Ⅰ-1"), systems.node(draft, "Ⅱ-1")

    answer = office.post(url("indicator_edit", top.pk), form_of(top) | {"parent": below.pk})

    assert answer.status_code == 422
    assert "就是它自己或在它之下，不能作它的上级，否则上下级会绕成圈" in text(answer)
    assert systems.node(draft, "Ⅰ-1").parent is None


def test_nodes_are_added_moved_and_deleted_through_their_pages(office, campaign, city):
    draft = systems.draft(campaign, city)
    top = systems.node(draft, "Ⅰ-1")
    new = {"code": "Ⅱ-2", "name": "公共秩序", "parent": top.pk, "score": "5", "methods": ["onsite"], "client_key": ""}

    added = office.post(url("indicator_new", draft.pk), new)
    made = systems.node(draft, "Ⅱ-2")
    office.post(url("standard_new", made.pk), {"number": "1", "content": "车辆停放有序", "client_key": ""})
    standard = Standard.objects.get(indicator=made)
    office.post(url("standard_edit", standard.pk), form_of(standard) | {"content": "非机动车停放有序"})
    office.post(url("indicator_shift", made.pk, "up"))
    order = [row.code for row in Indicator.objects.filter(parent=top).order_by("position")]
    asked = office.get(url("indicator_delete", top.pk))
    office.post(url("standard_delete", standard.pk))
    left = office.post(url("indicator_delete", made.pk))

    assert added.url == url("indicator", made.pk)
    assert Standard.objects.filter(content="非机动车停放有序").count() == 0
    assert order == ["Ⅱ-2", "Ⅱ-1"]
    assert "连同下级共3个指标、3条标准" in text(asked)
    assert left.url == url("indicator", top.pk)
    assert [row.code for row in draft.indicators.all()] == ["Ⅰ-1", "Ⅱ-1"]


def test_an_edition_is_founded_filled_adopted_and_retired_through_its_pages(office, campaign, city, work):
    office.post(url("system_new"), {"name": "测评体系", "edition": "试行", "client_key": ""})
    made = AssessmentSystem.objects.get()
    empty = office.post(url("system_move", made.pk, "adopt"), {"adopted_on": "2026-02-01"})
    systems.indicator(made, city, "1", "环境")
    adopted = office.post(url("system_move", made.pk, "adopt"), {"adopted_on": "2026-02-01"})
    work()
    retired = office.post(url("system_move", made.pk, "retire"), {"superseded_on": "2026-03-01", "note": "不再参评"})

    assert (empty.status_code, adopted.url, retired.url) == (422, made.get_absolute_url(), made.get_absolute_url())
    made = systems.fresh(made)
    assert (made.state, str(made.adopted_on), str(made.superseded_on)) == ("superseded", "2026-02-01", "2026-03-01")


def test_what_comes_of_an_adoption_is_told_before_it_is_decided(office, used, city):
    draft = actions.revise(used, by=city.coordinator)
    nodes.delete_node(systems.node(draft, "Ⅱ-1").standards.get(number="2"), by=city.coordinator)

    told = office.get(url("system_move", draft.pk, "adopt")).context["told"]

    assert told == [
        "“全国文明城市测评体系 2023年版”同日停用。",
        "沿用1条标准：材料、任务、问题和自查在新版里照样看到。",
        "新版删去1处，它们的记录留在前一版里。",
    ]


def test_a_draft_is_discarded_after_a_question(office, used, city):
    draft = actions.revise(used, by=city.coordinator)

    asked = text(office.get(url("system_discard", draft.pk)))
    answer = office.post(url("system_discard", draft.pk))

    assert "连同其中2个指标都会删去，不能恢复" in asked
    assert answer.url == used.get_absolute_url()
    assert list(AssessmentSystem.objects.all()) == [used]


def compared(office, old, new, **query):
    return office.get(url("compare"), {"old": old.pk, "new": new.pk, **query})


def told(response):
    """(what stands left, what stands right, the result) of each line."""
    return [(item["old_label"], item["new_label"], str(item["kind_label"])) for item in response.context["items"]]


@pytest.fixture
def revised(used, city):
    """A draft in which a standard was reworded, one dropped and one added."""
    draft = actions.revise(used, by=city.coordinator)
    first, second = systems.node(draft, "Ⅱ-1").standards.all()
    values = {name: getattr(first, name) for name in Standard.WRITTEN if name not in ("units", "content")}
    content = "主次干道和背街小巷干净整洁，无暴露垃圾"
    nodes.change_standard(first, by=city.coordinator, indicator=first.indicator, content=content, **values)
    nodes.delete_node(second, by=city.coordinator)
    systems.standard(systems.node(draft, "Ⅱ-1"), city, "4", "充电设施有专人管理")
    return draft


def test_the_older_version_stands_left_wherever_one_comes_from(office, used, revised):
    addresses = [office.get(system.get_absolute_url()).context["compare_url"] for system in (used, revised)]

    assert addresses == [f"{url('compare')}?old={used.pk}&new={revised.pk}"] * 2
    assert ("", "Ⅱ-1-4)", "新增") in told(office.get(addresses[0]))


def test_the_bare_page_proposes_a_version_and_its_draft_and_never_one_twice(office, used, revised, campaign, city):
    systems.draft(campaign, city, name="未成年人思想道德建设测评体系")

    bare = office.get(url("compare"))
    twice = compared(office, used, used)

    assert (bare.context["old"], bare.context["new"]) == (used, revised)
    assert "左右是同一个版本，请换一个。" in text(twice)
    assert compared(office, used, revised).context["form"].is_valid()


def test_two_systems_without_a_version_before_are_proposed_side_by_side(office, used, campaign, city):
    other = systems.in_force(campaign, city, name="未成年人思想道德建设测评体系")

    page = office.get(url("compare"))

    assert (page.context["old"], page.context["new"]) == (used, other)


def test_an_indicator_in_force_leads_to_its_breakdown(office, used, revised):
    here, later = systems.node(used, "Ⅱ-1"), systems.node(revised, "Ⅱ-1")

    links = [office.get(node.get_absolute_url()).context["breakdown_url"] for node in (here, later)]
    of_system = office.get(used.get_absolute_url()).context["breakdown_url"]

    assert links == [f"{reverse('campaigns:breakdown')}?indicator={here.pk}", ""]
    assert office.get(links[0]).context["chosen"] == here
    assert of_system == reverse("campaigns:breakdown")


def test_two_versions_stand_side_by_side_with_their_changed_words_marked(office, used, revised):
    page = compared(office, used, revised)

    assert told(page) == [
        ("Ⅱ-1", "Ⅱ-1", "不变"),
        ("Ⅱ-1-1)", "Ⅱ-1-1)", "改动"),
        ("", "Ⅱ-1-4)", "新增"),
        ("Ⅱ-1-2)", "", "删去"),
    ]
    assert '<mark class="come">和背街小巷</mark>' in text(page)
    assert [stat["value"] for stat in page.context["stats"]] == [1, 1, 1, 2]
    # The list counts what the numbers above it count; an indicator that only stands above is none of them.
    counts = page.context["page"]
    assert (counts.count_text, counts.range_text) == ("共 3 条", "本页 3 条")
    assert text(page).count("所属指标") == 1
    assert text(page).count(f'data-label="{revised}"') == 4


@pytest.mark.parametrize(
    ("kind", "shown"),
    [
        ("added", [("Ⅱ-1", "Ⅱ-1", "不变"), ("", "Ⅱ-1-4)", "新增")]),
        ("dropped", [("Ⅱ-1", "Ⅱ-1", "不变"), ("Ⅱ-1-2)", "", "删去")]),
        ("changed", [("Ⅱ-1", "Ⅱ-1", "不变"), ("Ⅱ-1-1)", "Ⅱ-1-1)", "改动")]),
        ("same", [("Ⅰ-1", "Ⅰ-1", "不变"), ("Ⅱ-1", "Ⅱ-1", "不变")]),
        ("guess", []),
    ],
)
def test_a_comparison_is_narrowed_to_one_kind(office, used, revised, kind, shown):
    assert told(compared(office, used, revised, kind=kind)) == shown


def test_a_comparison_is_taken_out_as_a_sheet(office, used, revised):
    answer = office.get(url("compare_export"), {"old": used.pk, "new": revised.pk})

    sheet = load_workbook(BytesIO(b"".join(answer.streaming_content))).active
    rows = list(sheet.iter_rows(values_only=True))
    assert len(rows) == 6
    assert rows[3][:3] == ("Ⅱ-1-1)", "主次干道干净整洁，无暴露垃圾", "Ⅱ-1-1)")
    assert rows[3][4] == "改动"


def test_pairs_of_a_draft_are_taken_apart_and_joined_by_hand(office, used, campaign, city):
    new = systems.draft(campaign, city, edition="2026年版", previous=used)
    old_one = systems.node(used, "Ⅱ-1").standards.get(number="1")
    new_one = systems.node(new, "Ⅱ-1").standards.get(number="1")
    before = compared(office, used, new, kind="guess")
    back = f"{url('compare')}?old={used.pk}&new={new.pk}"

    apart = office.post(url("pairing", "standard", "unpair"), {"old": old_one.pk, "new": new_one.pk, "next": back})
    lonely = told(compared(office, used, new))
    choose = office.get(f"{url('pair_choose', 'standard', new_one.pk)}?old={used.pk}")
    offered = list(choose.context["form"].fields["old"].queryset)
    office.post(f"{url('pair_choose', 'standard', new_one.pk)}?old={used.pk}", {"old": old_one.pk})

    assert before.context["guesses"] == 4
    assert apart.url == back
    assert lonely == [("Ⅱ-1", "Ⅱ-1", "不变"), ("", "Ⅱ-1-1)", "新增"), ("Ⅱ-1-1)", "", "删去")]
    assert offered == [old_one]
    assert Standard.objects.get(pk=new_one.pk).lineage == old_one.lineage


def test_the_way_back_leads_to_a_comparison_only(office, used, campaign, city):
    new = systems.draft(campaign, city, edition="2026年版", previous=used)
    sent = {"old": systems.node(used, "Ⅱ-1").pk, "new": systems.node(new, "Ⅱ-1").pk, "next": "https://elsewhere/"}

    answer = office.post(url("pairing", "indicator", "unpair"), sent)

    assert answer.url == f"{url('compare')}?old={used.pk}&new={new.pk}"


def test_one_work_of_two_systems_is_linked_and_seen_from_both(office, used, campaign, city):
    other = systems.in_force(campaign, city, name="未成年人思想道德建设测评体系", edition="")
    one, two = systems.node(used, "Ⅱ-1"), systems.node(other, "Ⅱ-1")

    office.post(url("pairing", "indicator", "link"), {"old": one.pk, "new": two.pk})
    seen = [office.get(url("indicator", node.pk)).context["counterparts"] for node in (one, two)]
    pairs = [item for item in compared(office, used, other, kind="all").context["items"] if item["buttons"]]
    office.post(url("pairing", "indicator", "unlink"), {"old": one.pk, "new": two.pk})

    assert seen == [[two], [one]]
    assert [button["label"] for item in pairs for button in item["buttons"]] == ["确认对应", "取消对应"]
    assert Counterpart.objects.count() == 0


def test_a_link_outlives_the_version_it_was_made_in(office, used, campaign, city):
    other = systems.in_force(campaign, city, name="未成年人思想道德建设测评体系", edition="")
    office.post(
        url("pairing", "indicator", "link"),
        {"old": systems.node(used, "Ⅱ-1").pk, "new": systems.node(other, "Ⅱ-1").pk},
    )
    draft = actions.revise(used, by=city.coordinator)
    actions.adopt(draft, by=city.coordinator)

    seen = office.get(url("indicator", systems.node(other, "Ⅱ-1").pk)).context["counterparts"]

    assert seen == [systems.node(draft, "Ⅱ-1")]


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("", ["Ⅱ-1-1)", "Ⅱ-1-2)"]),
        ("q=门店招牌", ["Ⅱ-1-2)"]),
        ("q=Ⅱ-1-1", ["Ⅱ-1-1)"]),
        ("q=II-1-2", ["Ⅱ-1-2)"]),
        ("q=ii-1-2)", ["Ⅱ-1-2)"]),
        ("q=市容", ["Ⅱ-1-1)", "Ⅱ-1-2)"]),
        ("q=没有的词", []),
        ("method=onsite", ["Ⅱ-1-1)", "Ⅱ-1-2)"]),
        ("method=survey", []),
        ("negative=on", []),
    ],
)
def test_a_standard_is_found_by_words_and_by_number(client, used, city, query, numbers):
    for who in (city.inspector, city.liaison):
        client.force_login(who)
        rows = client.get(f"{url('standards')}?{query}").context["rows"]
        assert [row["number"] for row in rows] == numbers


def test_a_liaison_sees_what_the_own_unit_answers_for_and_no_draft(client, used, city):
    actions.revise(used, by=city.coordinator)
    seen = {}
    for name in ("liaison", "other_liaison"):
        client.force_login(getattr(city, name))
        pages = [url("indicator", systems.node(used, code).pk) for code in ("Ⅱ-1", "Ⅰ-1")]
        pages += [url("system", used.pk), url("system", AssessmentSystem.objects.drafts().get().pk)]
        seen[name] = [client.get(page).status_code for page in pages]
        seen[name].append(len(client.get(url("systems")).context["rows"]))

    assert seen == {"liaison": [200, 404, 200, 404, 1], "other_liaison": [404, 404, 404, 404, 0]}


def test_own_scores_stand_against_full_ones_by_branch_as_of_a_day(office, used, city):
    node = systems.node(used, "Ⅱ-1")
    for day, score, gap in (("2026-03-01", 6, "小巷脏乱"), ("2026-08-01", 9, "")):
        SelfCheck.objects.create(campaign=used.campaign, indicator=node, checked_on=day, score=score, gap=gap)

    sections = [office.get(f"{url('checks')}?on={day}").context["sections"][0] for day in ("2026-06-30", "2026-12-31")]

    assert [
        [(row["label"], row["score"], row["full"], row["rate"]) for row in one["branches"]] for one in sections
    ] == [
        [("Ⅰ-1 公共环境", "6", "10", 60), ("Ⅱ-1 市容环境", "6", "10", 60)],
        [("Ⅰ-1 公共环境", "9", "10", 90), ("Ⅱ-1 市容环境", "9", "10", 90)],
    ]
    assert [[(row["label"], row["lost"]) for row in one["gaps"]] for one in sections] == [
        [("Ⅱ-1 市容环境", "4")],
        [("Ⅱ-1 市容环境", "1")],
    ]


def test_a_self_check_of_the_version_before_counts_for_the_one_in_force(office, used, city):
    SelfCheck.objects.create(
        campaign=used.campaign, indicator=systems.node(used, "Ⅱ-1"), checked_on="2026-03-01", score=6
    )
    actions.adopt(actions.revise(used, by=city.coordinator), by=city.coordinator)

    section = office.get(url("checks")).context["sections"][0]

    assert (str(section["system"]), section["stats"][0]["value"]) == ("全国文明城市测评体系 2023年版（修订1）", 1)
