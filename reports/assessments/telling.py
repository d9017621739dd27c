"""Facts → the sections of a 模拟测评通报: scores as a whole, by type, by unit, where points were lost. No queries."""

from cityinit.numerals import join_cn
from reports.circulars.circular import CircularTelling
from reports.sections import Section, enumerated
from reports.telling import Row
from reports.wording import clean, mark, sentence

PARTS = {
    "opening": "开头",
    "overall": "总体得分",
    "kinds": "各类点位得分",
    "units": "责任单位得分",
    "failed": "主要失分项目",
    "low": "得分较低的点位",
    "requirements": "工作要求",
    "closing": "结束语",
}
# So many of a ranking are said, from both ends; the annexed table has all.
NAMED, ITEMS, SITES = 3, 8, 10


def title(of: str) -> str:
    """关于第3次模拟测评情况的通报, of a round's name."""
    name = clean(of)
    return f"关于{name if '测评' in name else f'{name}模拟测评'}情况的通报"


def write(facts: Row) -> list[Section]:
    """The sections in the order in which they stand."""
    return _Writer(facts).sections()


class _Writer(CircularTelling):
    PARTS = PARTS

    def opened(self) -> str:
        found = self.facts["round"]
        kinds = [row["name"] for row in self.facts["kinds"]]
        what = f"开展“{clean(found['name'])}”，对照检查表逐项打分"
        return sentence(found["span"], f"{self.own}对{self.at_sites(kinds, 'sites')}{what}")

    def overall(self) -> list[Section]:
        score, before = self.figure("score"), self.figure("score.before")
        told = [f"本次模拟测评总得分{score}分"]
        if before:
            higher = float(self.plain("score")) - float(self.plain("score.before"))
            change = (
                "与上次持平" if not higher else f"{'提高' if higher > 0 else '下降'}{self.figure('score.change')}分"
            )
            told.append(f"比上次（{before}分）{change}" if higher else f"{change}（{before}分）")
        if found := self.figure("findings"):
            handed = "，已分别交办责任单位" if self.facts["all_dispatched"] else ""
            told.append(f"发现问题{found}个{handed}")
        return self.part("overall", sentence(*told))

    def kinds(self) -> list[Section]:
        rows = self.facts["kinds"]
        if len(rows) < 2:
            return []
        return self.part("kinds", self.ranked(rows, "类型"))

    def units(self) -> list[Section]:
        told = []
        for group in self.facts["groups"]:
            if len(group["units"]) > 1:
                lead = f"{clean(group['name'])}中，" if group["name"] else ""
                told.append(f"{lead}{self.ranked(group['units'], '单位')}")
        return self.part("units", "\n".join(told)) if told else []

    def ranked(self, rows: list[Row], what: str) -> str:
        """Who is first and who is last; all of them where they are few."""
        if len(rows) <= 2 * NAMED:
            return sentence(f"得分由高到低依次为{join_cn([self.scored(row) for row in rows])}")
        first = join_cn([self.scored(row) for row in rows[:NAMED]])
        last = join_cn([self.scored(row) for row in rows[-NAMED:]])
        return sentence(f"得分较高的{what}有{first}", f"得分较低的{what}有{last}")

    def scored(self, row: Row) -> str:
        return f"{clean(row['name'])}（{self.figure(row['key'] + ':score')}分）"

    def failed(self) -> list[Section]:
        rows = self.facts["failed"][:ITEMS]
        if not rows:
            return []
        texts = [f"{clean(row['text'])}，{self.figure(row['figure'])}个点位不符合" for row in rows]
        return self.part("failed", enumerated(texts, lead="失分较多的检查项", single="失分的检查项是"))

    def low(self) -> list[Section]:
        rows = self.facts["low"][:SITES]
        if not rows:
            return []
        names = [
            f"{clean(row['name'])}（{row['unit']}{'，' if row['unit'] else ''}{mark(row['src'], row['score'])}分）"
            for row in rows
        ]
        more = "等" if len(self.facts["low"]) > SITES else ""
        return self.part("low", sentence(f"得分不足六十分的点位有{join_cn(names)}{more}"))

    def asked_for(self) -> list[str]:
        texts = []
        if self.facts["failed"]:
            texts.append("对照失分项目逐项整改，同类点位一并排查")
        if self.facts["low"]:
            texts.append("得分较低的点位，责任单位要逐个制定整改措施，整改后由督查组复查")
        return texts
