"""What a snapshot keeps beside its facts: lists of keys and a long ledger come back as they were."""

import pytest

from reports import frozen
from reports.frozen import Ledger, key_list, keys_in, rows_in


@pytest.mark.parametrize("keys", [[], [7], [3, 1, 2], [2**40, 1]])
def test_keys_come_back_in_order(keys):
    assert list(keys_in(key_list("campaigns.task", keys).packed())) == sorted(keys)


def test_two_lists_are_one_where_they_count_the_same_records():
    digests = [key_list(model, keys).digest for model, keys in (("a.b", [1, 2]), ("a.b", [2, 1]), ("a.c", [1, 2]))]

    assert (digests[0] == digests[1], digests[0] == digests[2]) == (True, False)


@pytest.mark.parametrize("count", [0, 1, 3, 4, 10])
def test_a_ledger_of_any_length_comes_back_row_by_row_and_keeps_its_first(monkeypatch, count):
    monkeypatch.setattr(frozen, "ROWS_IN_PART", 3)
    monkeypatch.setattr(frozen, "FIRST_ROWS", 2)
    rows = [[f"2025-{place:06}", "井盖“缺失”\n东侧"] for place in range(count)]
    ledger = Ledger()
    for row in rows:
        ledger.add(row)

    told = ledger.told()

    assert (told["count"], told["first"]) == (count, rows[:2])
    assert [n for n, _part in ledger.parts] == [3] * (count // 3) + [count % 3] * (count % 3 > 0)
    assert list(rows_in(part for _n, part in ledger.parts)) == rows


def test_ledgers_that_differ_in_a_late_row_have_another_digest(monkeypatch):
    monkeypatch.setattr(frozen, "FIRST_ROWS", 1)

    def digest(*rows):
        ledger = Ledger()
        for row in rows:
            ledger.add([row])
        return ledger.told()["digest"]

    assert digest("甲", "乙") != digest("甲", "丙")
