"""统计图: what was found and put right by month, category and unit: charts with their tables, frozen with the facts."""

from collections.abc import Callable, Iterable, Sequence

from campaigns.figures import share
from cityinit.charts import Chart, Series
from cityinit.numerals import rate as rate_of

from .findings import Findings, Judged
from .reading import Row

# So many names stand below each other; so many months beside.
NAMED, MONTHS = 10, 12
# A chart of one bar says less than its number.
LEAST = 2


class Charted(Findings):
    def charts(self) -> list[Row]:
        """[{chart, columns, rows}]: those that compare anything; none where the template wants none."""
        if not self.template.charts:
            return []
        return [told for told in (self.by_month(), self.by_category(), self.by_unit()) if len(told["rows"]) >= LEAST]

    def by_month(self) -> Row:
        months = _grouped(self.findings, lambda row: f"{row.found_on.year}年{row.found_on.month}月")
        return self.charted("columns", "每月发现问题和整改情况", "月份", months[-MONTHS:], parts=("发现", "已整改"))

    def by_category(self) -> Row:
        found = _grouped(self.findings, lambda row: self.categories[row.category_id])
        return self.charted("ranks", "主要问题类别", "类别", _most(found), parts=("已整改", "未整改"))

    def by_unit(self) -> Row:
        led = [row for row in self.findings if self.led_then(row)]
        found = _grouped(led, lambda row: self.unit_names.get(self.led_then(row), ""))
        return self.charted("shares", "问题较多单位的整改率", "单位", _most(found), parts=("整改率",))

    def charted(
        self, kind: str, title: str, of: str, groups: Sequence[tuple[str, list[Judged]]], *, parts: Sequence[str]
    ) -> Row:
        counted = [(name, len(rows), len(self.closed(rows))) for name, rows in groups]
        values: dict[str, tuple[str, list[float | None]]] = {
            "发现": ("open", [found for _name, found, _closed in counted]),
            "已整改": ("done", [closed for _name, _found, closed in counted]),
            "未整改": ("open", [found - closed for _name, found, closed in counted]),
            "整改率": ("done", [float(share(closed, found) or 0) for _name, found, closed in counted]),
        }
        series = [Series(part, *values[part]) for part in parts]
        return {
            "chart": Chart(kind, title, [_short(name) for name, _found, _closed in counted], series).kept(),
            "columns": [[of, 20, "text"], ["发现问题", 8, "int"], ["已整改", 8, "int"], ["整改率", 8, "percent"]],
            "rows": [[name, found, closed, rate_of(share(closed, found) or 0)] for name, found, closed in counted],
        }


def _grouped(rows: Iterable[Judged], name_of: Callable[[Judged], str]) -> list[tuple[str, list[Judged]]]:
    groups: dict[str, list[Judged]] = {}
    for row in rows:
        groups.setdefault(name_of(row), []).append(row)
    return list(groups.items())


def _most(groups: list[tuple[str, list[Judged]]]) -> list[tuple[str, list[Judged]]]:
    return sorted(groups, key=lambda group: -len(group[1]))[:NAMED]


def _short(name: str) -> str:
    """2025年3月 in a row of months is 3月; its table has the year."""
    return name.partition("年")[2] if name.endswith("月") and "年" in name else name
