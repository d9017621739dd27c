"""What came of it, as sentences: inspections, self-checks, assessments, surveys, honours, rewards. No queries."""

import re
from collections.abc import Sequence

from cityinit.numerals import join_cn, rank

from .telling import NAMED, Row, Telling, several
from .wording import (
    begins_with_predicate,
    clause,
    clean,
    mark,
    quoted,
    said,
    sentence,
)

CHECKS_TOLD, WORST_CHECKS = 5, 3
_NUMBERED_ROUND = re.compile(r"(.*?)(第[一二三四五六七八九十\d]+(?:轮|次|批))(.*)")


class Outcomes(Telling):
    """What was found, measured and given."""

    def tell_sites(self, rows: Sequence[Row]) -> str:
        registered = self.figure("sites.registered")
        if not registered:
            return ""
        where = self.at_sites(rows[0]["registered_types"], registered)
        return sentence(f"将{where}纳入督查范围" if self.is_host else f"所属{where}列入督查范围")

    @staticmethod
    def at_sites(types: Sequence[str], number: str) -> str:
        """广场、农贸市场等4个点位; one type stands without 等."""
        return f"{join_cn(types[:5])}{'等' if len(types) > 1 else ''}{number}个点位"

    def tell_inspection(self, rows: Sequence[Row]) -> str:
        told, inspection = [], rows[0]
        sites = self.figure("findings.sites")
        if self.plain("sites.registered") != self.plain("findings.sites"):
            told.append(self.tell_sites(rows))
        names = [clean(row["name"]) for row in inspection["rounds"]]
        held = self.rounds(names) if names else "" if self.is_host else "在督查中"
        where = self.at_sites(inspection["types"], sites) if sites else ""
        found = f"{self.figure('findings.found')}个"
        if self.is_host:
            opened = clause(held, f"检查{where}" if sites else "", f"发现问题{found}")
        else:
            opened = clause(f"{held}被指出问题{found}", f"涉及{where}" if sites else "")
        told.append(
            sentence(
                opened,
                f"截至{self.facts['period']['last_day']}整改{self.figure('findings.closed')}个",
                f"整改率{self.figure('findings.rate')}",
            )
        )
        told.append(self.in_time())
        if len(inspection["categories"]) > 1:
            named = join_cn([clean(name) for name in inspection["categories"][:5]])
            all_named = len(inspection["categories"]) <= 5
            told.append(sentence(f"问题涉及{named}" if all_named else f"问题主要涉及{named}等方面"))
        told.append(self.left_open(inspection))
        return "".join(told)

    def rounds(self, names: Sequence[str]) -> str:
        """组织开展“春季督查”; those that are only numbered together: 第一轮、第二轮督查, 先后开展月度督查5次."""
        numbered = [found for name in names if (found := _NUMBERED_ROUND.fullmatch(name))]
        head, tail = (numbered[0][1], numbered[0][3]) if numbered else ("", "")
        alike = len(numbered) == len(names) and all((found[1], found[3]) == (head, tail) for found in numbered)
        what = f"{head}{tail}" or "督查"
        if alike and len(names) > 3:
            often = self.figure("rounds")
            return f"先后开展{what}{often}次" if self.is_host else f"在{often}次{what}中"
        bare = alike and not head and not tail
        named = f"{join_cn(names)}督查" if bare else "".join(quoted(name) for name in names)
        return f"组织开展{named}" if self.is_host else f"在{named}中"

    def in_time(self) -> str:
        due = self.figure("findings.due")
        told = []
        if due:
            told.append(f"其中已到期问题{due}个，到期整改率{self.figure('findings.due_rate')}")
        if in_time := self.figure("findings.in_time_rate"):
            told.append(f"按期整改{self.figure('findings.in_time')}个，按期整改率{in_time}")
        if reworked := self.figure("findings.reworked"):
            told.append(f"复核退回返工{reworked}个，返工率{self.figure('findings.rework_rate')}")
        if reopened := self.figure("findings.reopened"):
            told.append(f"销号后反弹{reopened}个，反弹率{self.figure('findings.reopened_rate')}")
        return sentence("；".join(told))

    def left_open(self, inspection: Row) -> str:
        """What is not yet rectified, by name where it is little; what waits by decision is said to."""
        opened, waiting = self.figure("findings.open"), self.figure("findings.long_term")
        if not opened:
            return ""
        rows = inspection["open"]
        if len(rows) > 5:
            part = f"其中{waiting}个已挂账、长期推进" if waiting else ""
            return sentence(f"尚有{opened}个问题未整改到位", part)
        long_term = [self.open_finding(row) for row in rows if row["long_term"]]
        not_waiting = [row for row in rows if not row["long_term"]]
        others = [self.open_finding(row) for row in not_waiting]
        if not long_term:
            return sentence(f"尚未整改到位的问题{opened}个", _named_one_by_one(others))
        if not others:
            return sentence(f"尚未整改到位的问题{opened}个，均已挂账、长期推进", _named_one_by_one(long_term))
        waits = f"其中{waiting}个已挂账、长期推进，{_named_one_by_one(long_term)}"
        rest = f"其余{several(not_waiting)}个{'分别' if len(others) > 1 else ''}是{'；'.join(others)}"
        return sentence(f"尚未整改到位的问题{opened}个，{waits}；{rest}")

    def open_finding(self, row: Row) -> str:
        what = f"{clean(row['where'])}{said(row['src'], row['description'])}"
        what = what if what.endswith("问题") else f"{what}问题"
        due = f"期限{row['due']}" if row["due"] else ""
        how = clause(f"由{self.called(row['unit'])}负责" if row["unit"] else "", due)
        return f"{what}（{how}）" if how else what

    def tell_self_checks(self, rows: Sequence[Row]) -> str:
        """Each day's checks in one sentence; of many what was checked, and where most was missing."""
        by_day: dict[str, list[Row]] = {}
        for row in rows:
            by_day.setdefault(row["checked_on"], []).append(row)
        return "".join(self.checked_on(day, mine) for day, mine in by_day.items())

    def checked_on(self, day: str, rows: Sequence[Row]) -> str:
        if len(rows) <= CHECKS_TOLD:
            return sentence(f"{day}，{'；'.join(map(self.self_check, rows))}")
        names = "".join(f"“{clean(row['indicator'])}”" for row in rows[:NAMED])
        more = "等" if len(rows) > NAMED else ""
        worst = sorted((row for row in rows if row["gap"] or row["measure"]), key=_reached)[:WORST_CHECKS]
        told = sentence(f"{day}，对{names}{more}{several(rows)}项指标开展自查")
        if not worst:
            return told
        each = "；".join(self.self_check(row).replace("指标开展自查", "指标", 1) for row in worst)
        return told + sentence(f"其中得分率较低的有：{each}" if worst[0]["full"] else f"其中{each}")

    def self_check(self, row: Row) -> str:
        score = ""
        if row["score"]:
            full = f"（满分{mark(row['src'], row['full'])}分）" if row["full"] else ""
            score = f"自评{mark(row['src'], row['score'])}分{full}"
        measure = said(row["src"], row["measure"])
        person = f"由{clean(row['person'])}负责" if row["person"] else ""
        return clause(
            f"对“{clean(row['indicator'])}”指标开展自查",
            score,
            f"差距在于{said(row['src'], row['gap'])}" if row["gap"] else "",
            clause(f"整改措施是{measure}", person) if measure else person,
        )

    def tell_materials(self, rows: Sequence[Row]) -> str:
        """网上申报材料应报n项，已报n项，审核通过n项; what had passed of all only where something had been handed in."""
        told = f"{rows[0]['kind']}应报{self.figure('materials.asked')}项"
        if self.plain("materials.submitted") == "0":
            return sentence(told)
        passed = f"审核通过{self.figure('materials.accepted')}项"
        share = f"完成率{self.figure('materials.rate')}" if self.plain("materials.accepted") != "0" else ""
        return sentence(told, f"已报{self.figure('materials.submitted')}项", passed, share)

    def tell_breaches(self, rows: Sequence[Row]) -> str:
        """How much of the negative list came about, 0 where the looks found none, and what was done about it."""
        told = [self.breach(row) for row in rows if row["times"]]
        total = f"对照负面清单开展核查，期内发生负面清单事项{self.figure('breaches')}起"
        return sentence(total, "；".join(told[:NAMED]))

    def breach(self, row: Row) -> str:
        when = f"{row['happened_on']}，" if row["happened_on"] else ""
        who = self.called(row["unit"]) if row["unit"] else ""
        cost = f"扣{mark(row['src'], row['points'].lstrip('-'))}分" if row["points"] else ""
        return clause(f"{when}{who}{said(row['src'], row['content'])}", cost, said(row["src"], row["handling"]))

    def tell_assessments(self, rows: Sequence[Row]) -> str:
        return "".join(self.assessment(row) for row in rows)

    def assessment(self, row: Row) -> str:
        """在民评官测评中，名列小组第一"""
        name = clean(row["name"])
        called = (
            name
            if re.search(
                r"测评|考评|评估|检查|暗访|考核|评比|调查|排名|评议|观摩|评审|评选|验收|抽查|督查|督导|测评会$", name
            )
            else f"{name}测评"
        )
        by = f"{clean(row['organiser'])}组织的" if row["organiser"] and not name.startswith(row["organiser"]) else ""
        group = clean(row["group"])
        return sentence(
            f"{row['held_on']}，在{by}{called}中",
            f"{self.own}得{mark(row['src'], row['score'])}分" if row["score"] else "",
            f"名列{group}{rank(row['rank'])}" if row["rank"] else (f"列入{group}" if group else ""),
        )

    def tell_surveys(self, rows: Sequence[Row]) -> str:
        told: list[str] = []
        names: set[str] = set()
        for row in rows:
            name = clean(row["name"])
            again = "再次" if name in names else ""
            names.add(name)
            is_survey = re.search(r"(调查|测评|评议|评测|测试|访问|访谈|走访|回访|评估|监测)$", name)
            name = name if is_survey else f"{name}调查"
            rates = "、".join(f"{label}{self.figure(key)}" for label, key in row["rates"])
            sample = f"样本{mark(row['src'], row['sample'])}份" if row["sample"] else ""
            opened = f"{row['held_on']}{again}{'' if begins_with_predicate(name) else '开展'}{name}"
            told.append(sentence(opened, sample, rates))
        return "".join(told)

    def tell_honours(self, rows: Sequence[Row]) -> str:
        """Honours won, then honours given, those of one name together; what was done for it is told."""
        together: dict[tuple, list[Row]] = {}
        for row in rows:
            won = row["kind"] == "won"
            key = (row["kind"], row["name"], row["granted_by"], row["granted_on"] if won else "")
            together.setdefault((*key, row["deed"] if won else ""), []).append(row)
        told = []
        for (kind, name, by, day, _deed), mine in together.items():
            who = join_cn([self.called(clean(row["honoured"])) for row in mine if row["honoured"]])
            deed = said(mine[0]["src"], mine[0]["deed"])
            honour = clean(name) if re.search("[“《]", name) else quoted(clean(name))
            if kind == "won":
                honour = honour if re.search(r"(奖|章|奖杯|证书|奖牌|称号|牌匾)”?$", honour) else f"{honour}称号"
                won = f"被{clean(by)}授予{honour}" if by else f"获得{honour}"
                told.append(sentence(f"{day}，{who or self.own}{won}" if day else f"{who or self.own}{won}", deed))
            else:
                deeds = [row for row in mine if row["deed"]]
                if len(mine) > 1 and deeds:
                    each = [f"{clean(row['honoured'])}{said(row['src'], row['deed'])}" for row in deeds]
                    deed = f"其中{'；'.join(each)}"
                told.append(sentence(f"{self.called(clean(by))}评出{honour}{who}", deed))
        return "".join(told)

    def tell_rewards(self, rows: Sequence[Row]) -> str:
        """因事由，对单位予以通报表扬; points with their number."""
        by_reason: dict[tuple, list[Row]] = {}
        for row in rows:
            by_reason.setdefault((row["kind"], row["reason"], row["points"]), []).append(row)
        told = []
        for (kind, _reason, points), mine in by_reason.items():
            who = join_cn([f"{self.called(row['unit'])}{clean(row['person'])}" for row in mine])
            # A ledger writes 扣分 -2, and 加分 -2 for the same: the verb says the sign.
            given = f"{mark(mine[0]['src'], points.lstrip('-'))}分" if points else ""
            taken = kind in ("criticism", "deduction") or points.startswith("-")
            told_as = "deduction" if kind == "bonus" and taken else kind
            deed = (self.gave if self.is_host else self.was_given)(told_as, who, given)
            if given and kind in ("praise", "criticism"):
                deed = f"{deed}并{'扣' if taken else '加'}{given}"
            told.append(f"因{said(mine[0]['src'], mine[0]['reason'])}，{deed}")
        return sentence("；".join(told))

    @staticmethod
    def gave(kind: str, who: str, given: str) -> str:
        return {
            "praise": f"对{who}予以通报表扬",
            "criticism": f"对{who}予以通报批评",
            "bonus": f"对{who}{'加' + given if given else '予以加分'}",
            "deduction": f"对{who}{'扣' + given if given else '予以扣分'}",
        }[kind]

    @staticmethod
    def was_given(kind: str, who: str, given: str) -> str:
        return {
            "praise": f"{who}受到通报表扬",
            "criticism": f"{who}被通报批评",
            "bonus": f"{who}{'获加' + given if given else '获得加分'}",
            "deduction": f"{who}{'被扣' + given if given else '被扣分'}",
        }[kind]


def _reached(row: Row) -> float:
    """The share of an indicator's score that the self-check gave; unknown ones last."""
    return float(row["score"]) / float(row["full"]) if row["score"] and float(row["full"] or 0) else 2


def _named_one_by_one(names: Sequence[str]) -> str:
    return f"{'分别是' if len(names) > 1 else '即'}{'；'.join(names)}"
