"""What took place or was put up, as sentences: meetings, visits, training, publicity, volunteers. No queries."""

import re
from collections.abc import Iterable, Sequence

from cityinit.numerals import join_cn

from .telling import MANY, TOLD_OF_MANY, Row, Telling, leading_to, named_once, several, some_of
from .wording import (
    begins_with_predicate,
    clause,
    clean,
    counted,
    mark,
    read,
    said,
    sentence,
    strung,
)

# So many rows alike are still told one by one.
ALIKE = 3
_EVENTS = ("培训", "培训班", "讲座", "竞赛", "比赛", "活动", "宣讲", "演练", "观摩", "展览", "主题活动")
# What a name that says what was held ends with; another needs its kind: 园林绿化养护技能培训.
_EVENT = (
    r"(会|会议|培训|班|讲座|讲堂|宣讲|比赛|竞赛|大赛|赛|晚会|论坛|仪式|展|展览|节|日|周|月|活动|行动|服务|演练|观摩|教育|学习"
    r"|宣传|调研|督导|检查|评选|评比|课|党日|招聘|直播|义诊|劝导|巡防|巡护|巡逻|整治|慰问|帮扶|辅导|清理|清扫|保洁|排查"
    r"|疏导|引导|救援|表演|调解|关爱|咨询|维护|运动|植树|献血|阅读|陪伴|值守|讲解|理发|维修|体检|护学|支教|助学|接送)$"
)
_VISITORS = (
    r"(?:国家|中央|全国|省|市|州|区|县|上级|盟|旗).*?(?:领导(?!小组|班子|干部)|专家组|专家|代表(?!大会|会)|政协委员"
    r"|(?:考核|检查|督导|调研|评估|验收|测评)组|考察团)(.*)"
)
_VISITING = r"(?:莅临|亲临|来)?(?:实地|现场)?(?:暗访|督导|调研|视察|检查|指导|考察|评估|考核|验收|测评|督查|观摩|慰问)+"
_GATHERING = r"(会|会议|活动|培训|班)$"


class Events(Telling):
    """What was held, hung and done by many hands."""

    def tell_meetings(self, rows: Sequence[Row]) -> str:
        return self.gatherings(rows)

    def tell_training(self, rows: Sequence[Row]) -> str:
        return self.gatherings(rows)

    def tell_activities(self, rows: Sequence[Row]) -> str:
        return self.gatherings(rows)

    def gatherings(self, rows: Sequence[Row]) -> str:
        """What was held, one by one, of many the weightiest; before that, of kinds with several, how often in all."""
        totals = []
        for kind in dict.fromkeys(row["kind"] for row in rows):
            received = all(self.visit(row) for row in rows if row["kind"] == kind)
            verb = "接受" if received else _verb_for_meeting(kind, kind)
            if total := self.figure(f"meetings:{kind}"):
                attended = self.figure(f"attendance:{kind}")
                people = f"（参加{attended}人次）" if attended else ""
                totals.append(f"{verb}{clean(kind)}{total}次{people}")
        told = "".join(
            self.held_again(mine) if len(mine) > 1 else sentence(self.gathering(mine[0]))
            for mine in _again_and_again(self.weightiest(rows))
        )
        return (sentence(f"{self.facts['period']['label']}共{'、'.join(totals)}") if totals else "") + told

    def tell_decisions(self, rows: Sequence[Row]) -> str:
        """会议共议定事项9项，已立为任务4项，已落实2项，办理中2项，尚未落实5项: the last three add up to the first."""
        told = [
            f"{said_so}{self.figure(key)}项"
            for key, said_so in (
                ("decisions.tasked", "已立为任务"),
                ("decisions.done", "已落实"),
                ("decisions.under_way", "办理中"),
                ("decisions.open", "尚未落实"),
            )
            if self.plain(key) not in ("", "0")
        ]
        return sentence(
            f"{'会议共议定事项' if self.is_host else '承担会议议定事项'}{self.figure('decisions.taken')}项", *told
        )

    def held_again(self, rows: Sequence[Row]) -> str:
        """市创建办先后三次召开调度会（3月1日、4月1日、5月1日）; of more than four times only how often."""
        held = self.gathering({**rows[0], "attendance": "", "duration": ""}, often=f"先后{several(rows)}次")
        if len(rows) > 4:
            return sentence(held)
        numbers = [f"{mark(row['src'], row['attendance'])}人" for row in rows if row["attendance"]]
        return sentence(
            f"{held}（{join_cn([row['held_on'] for row in rows])}）",
            f"参加人数分别为{join_cn(numbers)}" if len(numbers) == len(rows) else "",
        )

    def weightiest(self, rows: Sequence[Row]) -> Sequence[Row]:
        """All of a few; of many those that no total counts, and of the others those that decided and drew most."""
        if len(rows) <= MANY:
            return rows
        counted_rows = [row for row in rows if f"meetings:{row['kind']}" in self.figures]
        by_weight = sorted(counted_rows, key=lambda row: (not row["decisions"], -int(row["attendance"] or 0)))
        left_out = [id(row) for row in by_weight[TOLD_OF_MANY:]]
        return [row for row in rows if id(row) not in left_out]

    def gathering(self, row: Row, *, often: str = "") -> str:
        name, kind = clean(row["name"]), clean(row["kind"])
        group = self.group_called(clean(row["group"]))
        host = row["unit"] or group
        if row["unit"] and group and not self.is_office_of(row["unit"], clean(row["group"])):
            host = f"{row['unit']}会同{group}"
        verb = _verb_for_meeting(name, kind)
        visit = self.visit(row)
        if visit:
            verb = "接受" if visit == "received" else "接待" if host else ""
        elif _is_told_as_done(name) or (row["unit"] and name.startswith(row["unit"])):
            verb = ""
        elif kind in _EVENTS and not re.search(_EVENT, name.rstrip("”》")):
            name = f"{name}{kind}"
        host = "" if host and name.startswith(host) else host
        times = clean(row["times"])
        number = ""
        if not often and times.isdigit():
            number = f"{mark(row['src'], times)}次" if int(times) != 1 else ""
        else:
            often = often or said(row["src"], row["times"])
        place = clean(row["place"])
        if place in (row["unit"], self.facts["speaker"]["name"]):
            place = ""
        if place and visit == "came" and not host:
            held = f"{name}{often}到{place}{number}"
        elif place and not verb:
            held = f"{host}{often}{name}{number}（{place}）"
        else:
            held = f"{host}{often}{f'在{place}' if place else ''}{verb}{name}{number}"
        # One day is not the day of several.
        day = row["held_on"] if not often else ""
        return clause(
            f"{day}，{held}" if day else held,
            f"{mark(row['src'], row['attendance'])}人参加" if row["attendance"] else "",
            self.lasted(row),
            self.decided(row, visit=visit),
            # What was done stands as it was filed where it reads on from what was held.
            said(row["src"], row["content"]) if begins_with_predicate(clean(row.get("content", ""))) else "",
        )

    def visit(self, row: Row) -> str:
        """Whether others came: "received" (省爱卫办专家暗访), "told" (县领导调研交通), "came" (省专家组); else ""."""
        name = clean(row["name"])
        if row["unit"] and name.startswith(row["unit"]):
            return ""
        return _visit(name, above={*self.facts["superiors"], *self.facts["campaign"]["guides"]})

    def is_office_of(self, unit: str, group: str) -> bool:
        """Whether the unit calls the group together as its office, so that it does not meet with it as with another."""
        rows = (row for row in self.registers["groups"] if clean(row["name"]) == group)
        return any(row["office"] == unit for row in rows) or unit.endswith(("创建办", "文明办", "指挥部办公室"))

    @staticmethod
    def lasted(row: Row) -> str:
        if not row["duration"]:
            return ""
        text = said(row["src"], row["duration"])
        if read(text).startswith(("为期", "历时", "时长", "共")):
            return text
        return f"{'为期' if re.search(r'[0-9一二三四五六七八九十两][个]?[天日周月]$', read(text)) else '历时'}{text}"

    @staticmethod
    def decided(row: Row, *, visit: str) -> str:
        if not row["decisions"]:
            return ""
        text = said(row["src"], row["decisions"])
        if re.match(
            r"会议|与会|议定|研究|决定|专题研究|明确|部署|要求|审议|通过|听取|传达|安排|讨论|确定|学习|强调"
            r"|肯定|指出|提出|反馈|希望|建议|认为|对",
            text,
        ):
            return text
        # Visitors decide nothing.
        if visit or begins_with_predicate(text):
            return text
        return f"议定{text}" if len(read(text)) < 40 else f"议定事项为：{text}"

    def tell_publicity(self, rows: Sequence[Row]) -> str:
        """What was put up, then what was handed out; many alike in one clause, of very many how much of each kind."""
        put_up = [row for row in rows if not row["consumed"]]
        together = [mine[0] if len(mine) == 1 else self.as_one(mine) for mine in _alike(put_up)]
        handed_out = [self.handed_out(row) for row in named_once([row for row in rows if row["consumed"]])]
        totals = self.put_up_in_all(put_up) if len(together) > MANY else {}
        opened = ""
        if totals:
            added_up = sorted((row for row in together if row["kind"] in totals), key=_quantity, reverse=True)
            # What no sum contains is told in full: nothing that hangs is left out.
            together = [row for row in together if row["kind"] not in totals]
            largest = strung([self.put_up(row) for row in named_once(added_up[:TOLD_OF_MANY])])
            opened = sentence(f"共设置{join_cn(list(totals.values()))}", f"主要是{largest}")
        told = strung([self.put_up(row) for row in named_once(together)])
        return opened + sentence(f"另有{told}" if opened and told else told) + sentence(strung(handed_out))

    def put_up_in_all(self, rows: Sequence[Row]) -> dict[str, str]:
        """公益广告1860幅, 宣传栏68处: by kind, of those with several rows whose amounts are all told here."""
        totals = {}
        for key in dict.fromkeys(row["of_kind"] for row in rows if row["of_kind"]):
            mine = [row for row in rows if row["of_kind"] == key]
            counted_rows = [row for row in self.registers["publicity"] if row["of_kind"] == key and row["quantity"]]
            total = self.figure(f"{key}:quantity")
            if total and all(row in mine for row in counted_rows):
                kind = clean(mine[0]["kind"])
                totals[mine[0]["kind"]] = f"{kind}{total}{_counter(kind)}"
        return totals

    def as_one(self, rows: Sequence[Row]) -> Row:
        """一街、二街等六个单位在一街各社区等六处设置宣传栏69处: rows alike as one that leads to their sum."""
        units = list(dict.fromkeys(row["unit"] for row in rows if row["unit"]))
        places = list(dict.fromkeys(clean(row["place"]) for row in rows))
        return {
            **rows[0],
            "unit": some_of(units, "个单位", of=rows),
            "place": some_of(places, "处"),
            "quantity": self.plain(f"{rows[0]['together']}:quantity"),
            "src": f"{rows[0]['together']}:quantity",
        }

    def put_up(self, row: Row) -> str:
        """在门诊大厅墙上张贴“社会主义核心价值观”标语1条"""
        kind, place, content = clean(row["kind"]), said(row["src"], row["place"]), said(row["src"], row["content"])
        number = f"{mark(row['src'], row['quantity'])}{_counter(kind)}" if row["quantity"] else ""
        where = place if place.startswith(("在", "沿")) else f"在{place}"
        verb = "张贴" if kind.endswith(("标语", "海报", "公益广告", "宣传画")) and "墙" in place else "设置"
        if content and kind.endswith(("标语", "口号", "横幅", "条幅", "公益广告", "宣传画", "标牌", "道旗")):
            if any(sign in content for sign in "，。；“《"):
                return clause(
                    f"{row['unit']}{where}{verb}{kind}{number}", content if _has_verb(content) else f"内容为{content}"
                )
            return f"{row['unit']}{where}{verb}“{content}”{kind}{number}"
        told = content if not content or _has_verb(content) else f"内容为{content}"
        return clause(f"{row['unit']}{where}{verb}{kind}{number}", told)

    def handed_out(self, row: Row) -> str:
        kind, place, content = clean(row["kind"]), clean(row["place"]), said(row["src"], row["content"])
        number = f"{mark(row['src'], row['quantity'])}{_counter(kind)}" if row["quantity"] else ""
        where = place if re.match(r"[在向]|沿(?!街)|入户|进村|上门|.*发放$", place) else _at(place)
        given = f"{row['unit']}{where}{'' if where.endswith('发放') else '发放'}"
        if re.fullmatch(r"《[^《》]*》", read(content)) or (_is_subject(content) and not content.endswith(kind)):
            return f"{given}{content}{kind}{number}"
        if content and not _has_verb(content):
            return f"{given}{kind}{number}（{content}）"
        return clause(f"{given}{kind}{number}", content)

    def tell_volunteering(self, rows: Sequence[Row]) -> str:
        """What the teams did, then what it came to in all."""
        by_team: dict[tuple[str, str], list[Row]] = {}
        for row in rows:
            by_team.setdefault((row["unit"], clean(row["team"])), []).append(row)
        opened = ""
        if len(by_team) > MANY:
            opened = f"{leading_to(rows, counted(len(by_team)))}支队伍开展志愿服务，其中"
            most = sorted(by_team, key=lambda team: -sum(int(row["people"] or 0) for row in by_team[team]))
            by_team = {team: mine for team, mine in by_team.items() if team in most[:TOLD_OF_MANY]}
        told = [self.team(unit, team, mine, alone=len(rows) == 1) for (unit, team), mine in by_team.items()]
        text = sentence(f"{opened}{'；'.join(told)}")
        totals = [
            f"{self.figure(f'volunteering.{key}')}{measure}"
            for key, measure in (("sessions", "场次"), ("people", "人次"), ("hours", "小时"))
            if f"volunteering.{key}" in self.figures
        ]
        # Told in several places, the sum stands where the last of them is told.
        self.volunteering_told += len(rows)
        every = len(self.registers["volunteering"])
        if every > 1 and totals and self.volunteering_told == every:
            opened = "共开展志愿服务" if len(rows) == every else "各支队伍累计开展志愿服务"
            text += sentence(f"{opened}{'、'.join(totals)}")
        return text

    def tell_dissuasion(self, rows: Sequence[Row]) -> str:
        """开展文明劝导，劝导不文明行为1260人次，其中闯红灯600人次、不戴头盔310人次，登记处罚86人次"""
        kinds = [f"{clean(row['kind'])}{self.figure(row['number'])}人次" for row in rows[:TOLD_OF_MANY]]
        if len(rows) == 1:
            told = f"劝导{clean(rows[0]['kind'])}行为{self.figure('dissuasion')}人次"
        else:
            told = clause(f"劝导不文明行为{self.figure('dissuasion')}人次", f"其中{'、'.join(kinds)}")
        fined = f"登记处罚{self.figure('dissuasion.fined')}人次" if "dissuasion.fined" in self.figures else ""
        return sentence("开展文明劝导", told, fined)

    def team(self, unit: str, team: str, rows: Sequence[Row], *, alone: bool) -> str:
        who = team if not unit or team.startswith(unit) else f"{unit}{team}"
        if len(rows) > 2:
            return self.team_in_all(who, rows)
        told: dict[str, str] = {}
        for row in rows:
            content = said(row["src"], row["content"]) or "志愿服务"
            verb = _to_carry_out(content)
            if verb and len(content) < 8 and not re.search(_EVENT, read(content)):
                content = f"{content}活动"
            numbers = "、".join(
                f"{mark(row['src'], row[key])}{measure}"
                for key, measure in (("sessions", "场次"), ("people", "人次"), ("hours", "小时"))
                if row[key]
            )
            day = f"{row['served_on']}" if row["served_on"] and len(rows) > 1 else ""
            done = f"{day}{verb}{content}"
            told[f"{done}{len(told)}"] = done + (f"（{numbers}）" if numbers else "")
        return f"{who}{'，'.join(told.values())}"

    def team_in_all(self, who: str, rows: Sequence[Row]) -> str:
        """What a team did many times: each thing, and what it came to."""
        by_content: dict[str, list[Row]] = {}
        for row in rows:
            by_content.setdefault(clean(row["content"]) or "志愿服务", []).append(row)
        told = []
        for content, mine in by_content.items():
            verb = _to_carry_out(content)
            more = "活动" if verb and len(content) < 8 and not re.search(_EVENT, content) else ""
            served = self.served(mine)
            often = f"先后{several(mine)}次" if len(mine) > 1 and not served else ""
            # More days than one cannot be read aloud.
            day = mine[0]["served_on"] if len(mine) == 1 else ""
            done = f"{day}{often}{verb}{said(mine[0]['src'], mine[0]['content']) or '志愿服务'}{more}"
            told.append(f"{done}（{served}）" if served else done)
        return f"{who}{'，'.join(told)}"

    def served(self, rows: Sequence[Row]) -> str:
        """6场次、150人次、300小时: of one row as it was entered, of several their sum."""
        told = []
        for key, measure in (("sessions", "场次"), ("people", "人次"), ("hours", "小时")):
            row = rows[0]
            one = mark(row["src"], row[key]) if row[key] else ""
            amount = one if len(rows) == 1 else self.figure(f"{row['together']}:{key}")
            told += [f"{amount}{measure}"] if amount else []
        return "、".join(told)


def _visit(name: str, *, above: Iterable[str]) -> str:
    """As `Events.visit`; those who come are named by their office, or are leaders, experts, deputies of a place."""
    office = next((unit for unit in sorted(above, key=len, reverse=True) if unit and name.startswith(unit)), "")
    if office and (found := re.fullmatch(rf"(.*?)({_VISITING})(.*)", name.removeprefix(office))):
        return "" if re.search(_GATHERING, name) else "told" if found[3] or "来" in found[1] else "received"
    found = re.match(_VISITORS, name)
    if not found:
        return ""
    if not found[1]:
        return "came"
    if re.fullmatch(_VISITING, found[1]):
        return "received"
    return "told" if re.match(_VISITING, found[1]) and not re.search(_GATHERING, name) else ""


def _again_and_again(rows: Sequence[Row]) -> list[list[Row]]:
    """Three and more of one thing held by the same together, where it was first; all others one by one.

    What decided something, and what stands for several times itself, is told by itself.
    """
    again: dict[tuple, list[Row]] = {}
    for row in rows:
        itself = (row["src"],) if row["decisions"] or row["times"] not in ("", "1") or not row["held_on"] else ()
        again.setdefault((row["name"], row["unit"], row["group"], row["place"], *itself), []).append(row)
    of = {row["src"]: mine for mine in again.values() for row in mine if len(mine) > 2}
    return [of.get(row["src"], [row]) for row in rows if row["src"] not in of or of[row["src"]][0] is row]


def _alike(rows: Sequence[Row]) -> list[list[Row]]:
    """Rows with one sum together where they are many, the others one by one, in order of first mention.

    Rows without a content share no more than their kind: only very many of them are put together.
    """
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row["together"] or row["src"], []).append(row)
    told: list[list[Row]] = []
    for mine in groups.values():
        few = ALIKE if mine[0]["content"] else MANY
        told += [mine] if len(mine) > few and all(row["quantity"] for row in mine) else [[row] for row in mine]
    return told


def _to_carry_out(content: str) -> str:
    """开展 before what names no deed itself: 开展文明交通劝导, but 清理卫生死角 and 开展义诊 as they are."""
    return "" if begins_with_predicate(content) or re.match(r"开展|组织|举办|进行|参加|参与|提供", content) else "开展"


def _at(place: str) -> str:
    """Where something is handed out, or to whom: 在公交站, 向沿街商户."""
    return (
        f"向{place}"
        if re.search(r"(户|群众|居民|市民|单位|学生|家长|商铺|游客|职工|人员|对象|司机|顾客)$", place)
        else f"在{place}"
    )


def _is_subject(content: str) -> bool:
    """创建知识: a short noun that tells what a paper is about."""
    return bool(re.fullmatch(r"[\u3400-\u9fff]{2,10}(知识|常识|内容|公约|规范|倡议|政策)", read(content)))


def sort_of_meeting(row: Row) -> str:
    text = row["kind"] or row["name"]
    if re.search(r"培训|讲座|宣讲|学习|教育|观摩", text):
        return "training"
    if re.search(r"会议|例会|会$|调度|调研|视察|检查|督导|指导|部署|推进|动员|座谈|研究", text):
        return "meetings"
    return "activities"


def _verb_for_meeting(name: str, kind: str) -> str:
    if re.search(r"(会|会议|例会|大会)$", name):
        return "召开"
    if re.search(r"(培训|培训班|讲座|讲堂|宣讲|比赛|竞赛|晚会|论坛|仪式|展览|文化节|艺术节|节)$", name):
        return "举办"
    if re.search(r"(活动|行动|调研|视察|检查|督导|指导|演练|观摩|宣传|教育|学习|服务|评选|志愿服务|考察)$", name):
        return "开展"
    for words, verb in (("会", "召开"), ("培训", "举办"), ("调研|视察|检查|督导|活动|观摩|宣传", "开展")):
        if re.search(words, kind):
            return verb
    return "开展"


def _is_told_as_done(name: str) -> bool:
    """走访慰问困难群众, 迎接省级考核: the name says what was done and needs no 开展."""
    if re.match(r"召开|举办|举行|开展|组织|参加|迎接|接受", name):
        return True
    return begins_with_predicate(name) and not re.search(r"(会|会议|培训|班|讲座|活动|比赛|竞赛|行动|仪式)$", name)


def _counter(kind: str) -> str:
    for words, counter in (
        (r"标语|横幅|条幅|口号", "条"),
        (r"电子屏|显示屏|屏|展板|宣传牌|标牌|广告牌|牌", "块"),
        (r"手册|宣传册|读本|册", "册"),
        (r"折页|传单|宣传单|资料|倡议书|公开信|页|单|书|信", "份"),
        (r"海报|宣传画|公益广告|遮阳棚|围挡|广告", "幅"),
        (r"墙|橱窗|宣传栏|栏|长廊|景观|小品|雕塑|阵地|站|点|角|室", "处"),
    ):
        if re.search(f"(?:{words})$", kind):
            return counter
    return "个" if not kind.endswith(("志", "识")) else "处"


def _quantity(row: Row) -> float:
    return float(row["quantity"] or 0)


def _has_verb(text: str) -> bool:
    return begins_with_predicate(text) or bool(
        re.search(
            r"播放|展示|宣传|公示|公布|张贴|介绍|滚动|刊登|刊播|展出|展现|普及|倡导|提醒|提示|讲述|营造|更新", text
        )
    )
