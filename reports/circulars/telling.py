"""Facts → the sections of a 督查通报: what was found and rectified, what was praised, unit by unit what is to be done.

Every sentence comes from something recorded; only the requirements may be the office's own words. No queries.
"""

from cityinit.numerals import join_cn
from reports.sections import Section, enumerated
from reports.telling import Row
from reports.wording import clause, clean, said, sentence

from .circular import CircularTelling

PARTS = {
    "opening": "开头",
    "overall": "总体情况",
    "praises": "好的方面",
    "problems": "存在问题",
    "requirements": "工作要求",
    "closing": "结束语",
}
UNITS_NAMED = 5
STATES = {"closed": "（已整改）", "late": "（逾期未整改）", "open": ""}


def title(of: str) -> str:
    """关于第3次月度督查情况的通报, of a round's name or of what a period is called."""
    return f"关于{clean(of).removesuffix('情况')}情况的通报"


def write(facts: Row) -> list[Section]:
    """The sections in the order in which they stand."""
    return _Writer(facts).sections()


class _Writer(CircularTelling):
    PARTS = PARTS

    def opened(self) -> str:
        found, types = self.facts["round"], self.facts["types"]
        teams = self.figure("teams")
        who = f"{self.own}组织{teams}个督查组" if teams else self.own
        walked = f"对{self.at_sites(types, 'sites')}" if "sites" in self.figures else ""
        what = f"开展“{clean(found['name'])}”" if found else "开展实地督查"
        when = found["span"] if found and found["span"] else self.facts["period"]["label"]
        nothing = self.plain("findings.found") == "0"
        found_text = "未发现问题" if nothing else f"共发现问题{self.figure('findings.found')}个"
        return sentence(when, f"{who}{walked}{what}", found_text)

    def overall(self) -> list[Section]:
        if self.plain("findings.found") == "0":
            return []
        day = self.facts["period"]["last_day"]
        told = [
            clause(
                f"截至{day}，已整改{self.figure('findings.closed')}个",
                f"整改率{self.figure('findings.rate')}",
                f"尚有{self.figure('findings.open')}个正在整改" if "findings.open" in self.figures else "",
            )
        ]
        late = self.figure("findings.late")
        if late:
            told.append(f"其中逾期未整改{late}个，涉及{self.late_units()}")
        if reworked := self.figure("findings.reworked"):
            told.append(f"复核未通过、退回返工{reworked}个")
        kinds = [f"{clean(row['name'])}{self.figure(row['figure'])}个" for row in self.facts["categories"]]
        text = sentence("；".join(told))
        if len(kinds) > 1:
            text += sentence(f"问题主要集中在{join_cn(kinds)}")
        return self.part("overall", text)

    def late_units(self) -> str:
        units = [unit for unit in self.facts["units"] if unit["late"]]
        units.sort(key=lambda unit: -unit["late"])
        names = [f"{_name(unit)}（{self.figure(self.key(unit, 'late'))}个）" for unit in units[:UNITS_NAMED]]
        return f"{join_cn(names)}{'等' if len(units) > UNITS_NAMED else ''}"

    @staticmethod
    def key(unit: Row, what: str) -> str:
        return f"unit:{unit['pk']}:{what}"

    def praises(self) -> list[Section]:
        rows = self.facts["praises"]
        if not rows:
            return []
        texts = [self.praise(row) for row in rows]
        lead = f"督查中，以下{self.figure('praises')}处工作扎实、值得借鉴" if len(rows) > 1 else "督查中"
        return self.part("praises", enumerated(texts, lead=lead, single=f"{lead}，"))

    @staticmethod
    def praise(row: Row) -> str:
        where, what = clean(row["where"]), said(row["src"], row["description"]) or "工作扎实"
        who = row["unit"] if row["unit"] and row["unit"] not in where else ""
        place = f"（{where}）" if who and where else where
        return f"{who}{place}：{what}" if who or place else what

    # -- what is wrong, unit by unit ---

    def problems(self) -> list[Section]:
        units = self.facts["units"]
        if not units:
            return []
        below = [Section(f"unit:{unit['pk']}", _name(unit), 2, self.unit(unit)) for unit in units]
        return self.part("problems", "") + below

    def unit(self, unit: Row) -> str:
        counted = clause(
            f"发现问题{self.figure(self.key(unit, 'found'))}个",
            f"已整改{self.figure(self.key(unit, 'closed'))}个" if unit["closed"] else "均未整改到位",
            f"整改率{self.figure(self.key(unit, 'rate'))}" if 0 < unit["closed"] < unit["found"] else "",
            f"逾期未整改{self.figure(self.key(unit, 'late'))}个" if unit["late"] else "",
        )
        lines = [sentence(counted)]
        for place, site in enumerate(unit["sites"], start=1):
            lines.append(f"{place}.{clean(site['name']) or '未注明地点'}：{self.site(site)}")
        if unit["left"]:
            lines.append(sentence(f"其余{self.figure(unit['left'])}个问题见附件"))
        return "\n".join(lines)

    def site(self, site: Row) -> str:
        texts = [f"{said(row['src'], row['description'])}{STATES[row['state']]}" for row in site["findings"]]
        if site["left"]:
            texts.append(f"另有{self.figure(site['left'])}个问题见附件")
        return sentence("；".join(texts))

    # -- what is asked for ---

    def asked_for(self) -> list[str]:
        texts = []
        opened = self.figure("findings.open")
        if opened and self.plain("findings.open") != self.plain("findings.late"):
            texts.append(
                f"抓紧整改，尚未整改的{opened}个问题，责任单位要逐项落实措施和人员，在整改期限内整改到位并反馈整改后的照片"
            )
        if late := self.figure("findings.late"):
            texts.append(f"立即清零，逾期未整改的{late}个问题，责任单位要说明原因，立即整改")
        kinds = [clean(row["name"]) for row in self.facts["categories"][:3]]
        if kinds and len(self.facts["categories"]) > 1:
            texts.append(f"举一反三，对照{join_cn(kinds)}等多发问题，排查同类点位，防止反弹")
        return texts


def _name(unit: Row) -> str:
    return unit["name"] or "尚未交办"
