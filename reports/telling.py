"""The rows of the registers as sentences: groups, papers, meetings, publicity, findings, surveys, honours. No queries.

Each `tell_…` takes the rows of one register that are told in one place and gives whole sentences, or nothing. What a
row says stands in them verbatim; numbers lead back to the figure or the record they come from.
"""

import re
from collections.abc import Iterable, Sequence

from cityinit.numerals import join_cn, rank

from .wording import (
    begins_with_predicate,
    clause,
    clean,
    counted,
    listed,
    mark,
    quoted,
    read,
    said,
    sentence,
    strung,
    titled,
)

Row = dict

# More rows than this are told by what they come to and by some of them.
MANY, TOLD_OF_MANY = 12, 8
# So many rows alike are still told one by one; so many names stand in a list that is cut.
ALIKE, NAMED = 3, 8
CHECKS_TOLD, WORST_CHECKS = 5, 3

_HEADS = ("长", "指挥", "主任", "书记")
_PLACES = ("点", "岗", "室", "站", "房", "处", "所", "厅", "亭", "口", "卡")
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
_NUMBERED_ROUND = re.compile(r"(.*?)(第[一二三四五六七八九十\d]+(?:轮|次|批))(.*)")
_GATHERING = r"(会|会议|活动|培训|班)$"
_GENERIC_PHASE = re.compile(r"(第[一二三四五六七八九十\d]+|[一二三四五六七八九十\d]+)(个)?阶段$")


class Telling:
    """What it needs of the facts: the figures, what the speaker calls itself, and the campaign's short name."""

    def __init__(self, facts: Row):
        self.facts = facts
        self.figures = facts["figures"]
        self.volunteering_told = 0
        self.introduced: set[str] = set()
        self.registers = facts["registers"]
        self.own = facts["speaker"]["own_name"]
        # A unit's report tells what was done to the unit, where the host's tells what the host did.
        self.is_host = facts["speaker"]["is_host"]

    def short(self) -> str:
        return clean(self.facts["campaign"]["short_name"]) or "创建"

    # --- organisation -----------------------------------------------------------

    def tell_instructions(self, rows: Sequence[Row]) -> str:
        told = []
        for row in rows:
            content, day = said(row["src"], row["content"]), row["given_on"]
            spoken = f"要求{content}" if "“" in row["content"] else quoted(content)
            when = f"{day}，" if day else ""
            told.append(f"{when}{clean(row['leader'])}作出批示{'，' if '“' in row['content'] else '：'}{spoken}")
        return "".join(sentence(text) for text in told)

    def tell_groups(self, rows: Sequence[Row]) -> str:
        """Each group by itself; the groups below it are counted with it: 领导小组下设四个专项组."""
        told = []
        for place, row in enumerate(rows):
            told.append(self.group(row, first=place == 0))
            below = self.groups_below(row["name"])
            if len(below) > 1:
                listed_here = all(child in rows for child in below)
                names = "" if listed_here else f"，即{join_cn([clean(child['name']) for child in below])}"
                told.append(
                    sentence(
                        f"{self.group_called(clean(row['name']))}下设{counted(len(below))}个{_kind_of_groups(below)}{names}"
                    )
                )
        return "".join(told)

    def group_called(self, name: str) -> str:
        """领导小组, once the text has said which, and where there is only one."""
        found = re.search(r"(领导小组|总指挥部|指挥部|委员会|工作专班)$", name)
        if name not in self.introduced or not found or len(name) < 10:
            return name
        same = [row for row in self.registers["groups"] if clean(row["name"]).endswith(found[1])]
        return found[1] if len(same) == 1 else name

    def groups_below(self, name: str) -> list[Row]:
        return [row for row in self.registers["groups"] if row["parent"] == name]

    def group(self, row: Row, *, first: bool) -> str:
        """成立日期、文号、组成、办公室, by rank; a seat may be a post without a name."""
        # Its parent has told of several: the group itself is not news, only what is known of it.
        parent_told = any(group["name"] == row["parent"] for group in self.registers["groups"])
        introduced = parent_told and len(self.groups_below(row["parent"])) > 1
        name = clean(row["name"])
        self.introduced.add(name)
        number = f"（{clean(row['number'])}）" if row["number"] else ""
        founded = f"于{row['founded_on']}成立" if row["founded_on"] else ""
        if introduced:
            opened = f"{name}{number}{founded}"
        elif row["parent"]:
            opened = clause(f"{clean(row['parent'])}下设{name}{number}", founded)
        else:
            opened = f"{name}{number}{founded}" if founded else f"{'' if first else '同时'}成立{name}{number}"
        seats, duties = self.seats(row["members"])
        office = ""
        if row["office"]:
            called = "办公室" if re.search(r"(组|指挥部|委员会|专班)$", name) else "日常工作"
            office = f"{called}设在{row['office']}"
        if introduced and not (founded or number or seats or office):
            return ""
        if introduced and seats and not founded:
            opened, seats = f"{opened}由{seats}", ""
        elif introduced and office and not founded:
            opened, office = f"{opened}{office}", ""
        if not duties:
            return sentence(opened, f"由{seats}" if seats else "", office)
        return sentence(opened, f"由{seats}" if seats else "") + sentence("；".join(duties)) + sentence(office)

    def seats(self, members: Sequence[Row]) -> tuple[str, list[str]]:
        """甲任组长，乙、丙任副组长 and, apart, who is charged with what; the head's duty alone is told on the spot."""
        by_seat: dict[str, list[Row]] = {}
        for member in members:
            by_seat.setdefault(clean(member["seat"]), []).append(member)
        charged = [member for member in members if member["duties"]]
        told: list[str] = []
        duties = []
        split = "；" if any("、" in clean(member["title"]) for member in members) else "，"
        for seat, seated in by_seat.items():
            plain = seat.endswith(("成员", "组员", "委员")) and len(by_seat) > 1
            text = f"{_people(seated)}{'为' if plain and told else '任'}{seat}"
            if len(charged) == 1 and seated == charged:
                text = f"{text}，{self.duties(charged[0])}"
            told.append(text)
        for member in charged:
            alone = len(by_seat[clean(member["seat"])]) == 1
            if len(charged) > 1 or not alone:
                duties.append(f"{clean(member['seat']) if alone else _person(member)}{self.duties(member)}")
        return split.join(told), duties

    @staticmethod
    def duties(member: Row) -> str:
        text = said(member["src"], member["duties"])
        spoken = re.match(r"负|对|统|主持|牵头|协|分管|主管|具体|全面|组织|指导|承担|督促|联系|抓|参与|落实|做好", text)
        return text if spoken else f"负责{text}"

    def tell_documents(self, rows: Sequence[Row]) -> str:
        """制定《…》《…》，印发《…》: by what is done with such a paper; one with more to say by itself."""
        by_verb: dict[tuple[str, str], list[str]] = {}
        for row in rows:
            verb = "继续执行" if row["earlier"] else _verb_for_paper(row)
            by_verb.setdefault((row["issuer"], verb), []).append(self.document(row, verb))
        told = []
        for row in _named_once([{"unit": issuer, "verb": verb} for issuer, verb in by_verb]):
            papers = by_verb[row["of"], row["verb"]]
            plain = [paper for paper in papers if not _is_detailed(paper)]
            detailed = [paper for paper in papers if _is_detailed(paper)]
            told.append(f"{row['unit']}{row['verb']}{'；'.join([*([listed(plain)] if plain else []), *detailed])}")
        return sentence(strung(told))

    def document(self, row: Row, verb: str) -> str:
        number = f"（{clean(row['number'])}）" if row["number"] else ""
        copies = f"{mark(row['src'], row['copies'])}份" if row["copies"] else ""
        printed = copies if verb in ("印发", "编发") else ""
        content = said(row["src"], row["content"])
        if content and not re.match(r"明确|规定|要求|提出|部署|确定|对|就|将|从|围绕|细化|分解|规范|为|由", content):
            content = content if begins_with_predicate(content) else f"明确{content}"
        spread = f"印发{copies}" if copies and not printed else ""
        return clause(f"{titled(clean(row['name']))}{number}{printed}", spread, content)

    def tell_phases(self, rows: Sequence[Row]) -> str:
        """分四个阶段推进; named with their days if they have names, and where the work stands."""
        count = counted(len(rows))
        if len(rows) > 1:
            divided = f"{self.short()}工作分{mark('phases', count) if 'phases' in self.figures else count}个阶段推进"
        else:
            divided = f"{self.short()}工作自{rows[0]['span']}为{_phase(rows[0])}"
        named = len(rows) > 1 and any(not _GENERIC_PHASE.fullmatch(clean(row["name"])) for row in rows)
        names = "即" + join_cn([f"{_phase(row)}（{row['span']}）" for row in rows]) if named else ""
        return sentence(divided, names, self.standing(rows))

    @staticmethod
    def standing(rows: Sequence[Row]) -> str:
        over = [row for row in rows if row["over"]]
        if len(over) == len(rows):
            return "各阶段工作均已完成" if len(rows) > 1 else ""
        if now := next((row for row in rows if row["now"]), None):
            return f"目前处于{_phase(now)}" if len(rows) > 1 else ""
        return f"目前已完成{join_cn([_phase(row) for row in over])}工作" if over else ""

    def tell_indicators(self, rows: Sequence[Row]) -> str:
        """The system the work follows: its few indicators by name, or how many there are."""
        systems = list(dict.fromkeys(clean(row["system"]) for row in rows))
        tops = [row for row in rows if row["parent"] is None]
        named = rows if len(rows) <= 12 else tops
        names = join_cn([self.scored(row) for row in named])
        system = f"对照{join_cn([name if '体系' in name or '标准' in name else f'{name}测评体系' for name in systems])}"
        total = f"{mark('indicators', str(len(rows)))}项指标"
        below = [row for row in rows if row not in tops]
        if len(named) == len(rows) and tops and below:
            # Levels are counted apart: a heading of the system is not one more of its indicators.
            parts = (
                f"{join_cn([self.scored(row) for row in tops])}{f'{counted(len(tops))}个方面' if len(tops) > 1 else ''}"
            )
            items = (
                f"{join_cn([self.scored(row) for row in below])}{f'{counted(len(below))}项' if len(below) > 1 else ''}"
            )
            text = sentence(f"{system}，围绕{parts}推进{self.short()}工作", f"逐项落实{items}指标")
        elif len(named) == len(rows):
            total = f"{mark('indicators', counted(len(rows)))}项指标" if len(rows) > 1 else "指标"
            text = sentence(f"{system}，围绕{names}{total}推进{self.short()}工作")
        elif len(tops) <= 20:
            text = sentence(f"{system}，将创建任务分解为{names}{counted(len(tops))}个方面{total}")
        else:
            text = sentence(f"{system}，逐条落实{total}")
        detailed = [row for row in rows if row["standard"]]
        if len(detailed) <= 12:
            text += sentence("；".join(self.indicator(row) for row in detailed))
        return text

    @staticmethod
    def scored(row: Row) -> str:
        """公共秩序（15分), unless its score is told with its standard."""
        score = f"（{mark(row['src'], row['score'])}分）" if row["score"] and not row["standard"] else ""
        return f"{clean(row['name'])}{score}"

    def indicator(self, row: Row) -> str:
        score = f"分值{mark(row['src'], row['score'])}分" if row["score"] else ""
        facts = clause(score, f"采取{clean(row['methods'])}方式测评" if row["methods"] else "")
        units = f"由{join_cn([self.called(unit) for unit in row['units']])}负责" if row["units"] else ""
        standard = said(row["src"], row["standard"]).replace("。", "，")
        return f"“{clean(row['name'])}”" + (f"（{facts}）" if facts else "") + clause(f"的标准是{standard}", units)

    def tell_sponsorships(self, rows: Sequence[Row]) -> str:
        """实行包保责任制: who answers for what, those of one person or one duty together; of many the first."""
        by_note: dict[str, dict[str, list[Row]]] = {}
        for row in rows:
            note = clean(row["note"])
            # Without a note they share nothing: each stands for itself.
            by_note.setdefault(note or self.sponsor(row), {}).setdefault(self.sponsor(row), []).append(row)
        told = [self.sponsored(by_who) for by_who in by_note.values()]
        if len(told) > MANY:
            total = f"共建立包保关系{self.figure('sponsorships')}组"
            return sentence(f"实行包保责任制，{total}", f"其中{strung(told[:TOLD_OF_MANY])}")
        return sentence(f"实行包保责任制，{strung(told)}")

    def sponsored(self, by_who: dict[str, list[Row]]) -> str:
        """甲包保一街，每周入户1次 · 甲、乙分别包保一街、二街，… · 甲包保一街、二街，乙包保三街，均…"""
        first = next(iter(by_who.values()))[0]
        note = said(first["src"], first["note"]) if first["note"] else ""
        names = {who: [self.called(clean(row["name"])) for row in mine] for who, mine in by_who.items()}
        if len(names) == 1 or any(len(theirs) > 1 for theirs in names.values()):
            each = "，".join(f"{who}包保{_some_of(theirs, '个对象', most=NAMED)}" for who, theirs in names.items())
            return clause(each, f"均{note}" if note and len(names) > 1 else note)
        of = _some_of([theirs[0] for theirs in names.values()], "个对象", most=NAMED)
        return clause(f"{_some_of(list(names), '个单位', most=NAMED)}分别包保{of}", note)

    def sponsor(self, row: Row) -> str:
        leader = clean(row["leader"])
        if leader and row["unit"]:
            return leader if leader.startswith(row["unit"]) else f"{self.called(row['unit'])}（{leader}）"
        return leader or self.called(row["unit"])

    def tell_duty(self, rows: Sequence[Row]) -> str:
        """设立12个文明劝导岗，组建3支巡逻队，实行24小时待命制; the days once for those that share them."""
        by_span: dict[str, list[Row]] = {}
        for row in rows:
            by_span.setdefault(row["span"], []).append(row)
        told = []
        for span, mine in by_span.items():
            since = f"{'自' if span.endswith('起') else ''}{span}，" if span else ""
            told.append(sentence(f"{since}{'；'.join(self.arranged(row) for row in _named_once(mine))}"))
        return "".join(told)

    def arranged(self, row: Row) -> str:
        name, shifts = clean(row["name"]), said(row["src"], row["shifts"]) if row["shifts"] else ""
        opened, counter, verb = {
            "post": ("设立", "个", "在岗执勤"),
            "patrol": ("组建", "支", "开展巡逻"),
            "supervision": ("成立", "个", "开展督导"),
            "standby": ("实行", "", "值守"),
        }[row["kind"]]
        unit = row["unit"]
        if not counter:
            counter = "处" if name.endswith(_PLACES) else "组"
        number = f"{mark(row['src'], row['quantity'])}{counter}" if row["quantity"] else ""
        if row["kind"] == "standby" and row["quantity"] == "1" and counter == "组":
            number = ""
        leader = clean(row["leader"])
        led = f"由{leader}带队" if leader and row["kind"] != "standby" else f"由{leader}带班" if leader else ""
        if row["kind"] == "standby" and name.endswith(("制", "制度")):
            return clause(f"{unit}实行{shifts}{name}{number}", led)
        if row["kind"] == "standby":
            opened = "安排"
            verb = "值守" if counter == "处" else "在岗" if name.endswith(("值守", "值班", "待命")) else "进行"
        if not shifts or re.search(r"执勤|值班|值守|巡逻|巡查|督导|督查|轮|上岗|在岗", shifts):
            done = shifts
        else:
            # How often stays as it was entered: 每周不少于2次 is not to be taken apart.
            often = f"按{shifts}的频次" if re.search(r"[次遍轮回]$", clean(row["shifts"])) else shifts
            done = f"{often}{verb}"
        return clause(f"{unit}{opened}{number}{name}", led, done)

    def tell_quotas(self, rows: Sequence[Row]) -> str:
        """中层干部每天到门诊部巡查2次以上"""
        told = []
        for row in rows:
            often = f"{mark(row['src'], str(row['times']))}次{'以上' if row['at_least'] else ''}"
            told.append(f"{clean(row['who'])}{row['cycle']}到{clean(row['place'])}巡查{often}")
        return sentence(f"落实巡查制度，{'，'.join(told)}")

    # --- meetings, training, activities ---------------------------------------

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
        told = "".join(sentence(self.gathering(row)) for row in self.weightiest(rows))
        return (sentence(f"{self.facts['period']['label']}共{'、'.join(totals)}") if totals else "") + told

    def weightiest(self, rows: Sequence[Row]) -> Sequence[Row]:
        """All of a few; of many those that no total counts, and of the others those that decided and drew most."""
        if len(rows) <= MANY:
            return rows
        counted_rows = [row for row in rows if f"meetings:{row['kind']}" in self.figures]
        by_weight = sorted(counted_rows, key=lambda row: (not row["decisions"], -int(row["attendance"] or 0)))
        left_out = [id(row) for row in by_weight[TOLD_OF_MANY:]]
        return [row for row in rows if id(row) not in left_out]

    def gathering(self, row: Row) -> str:
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
        if times.isdigit():
            number = f"{mark(row['src'], times)}次" if int(times) != 1 else ""
            often = ""
        else:
            often = times
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
        )

    def visit(self, row: Row) -> str:
        """Whether others came: "received" (省爱卫办专家暗访), "told" (县领导调研交通), "came" (省专家组); else ""."""
        name = clean(row["name"])
        if row["unit"] and name.startswith(row["unit"]):
            return ""
        above = {*self.facts["superiors"], *self.facts["campaign"]["guides"]}
        if not self.is_host:
            above.add(self.facts["campaign"]["host"])
        return _visit(name, above=above)

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

    # --- publicity and volunteers ---------------------------------------------

    def tell_publicity(self, rows: Sequence[Row]) -> str:
        """What was put up, then what was handed out; many alike in one clause, of very many how much of each kind."""
        put_up = [row for row in rows if not row["consumed"]]
        together = [mine[0] if len(mine) == 1 else self.as_one(mine) for mine in _alike(put_up)]
        told = [self.put_up(row) for row in _named_once(together)]
        handed_out = [self.handed_out(row) for row in _named_once([row for row in rows if row["consumed"]])]
        if len(told) > MANY and (totals := self.put_up_in_all(put_up)):
            told = [totals, f"其中{told[0]}", *told[1:TOLD_OF_MANY]]
        return sentence(strung(told)) + sentence(strung(handed_out))

    def put_up_in_all(self, rows: Sequence[Row]) -> str:
        """共设置公益广告1860幅、宣传栏68处: of the kinds with several rows that are all told here."""
        totals = []
        for key in dict.fromkeys(row["of_kind"] for row in rows if row["of_kind"]):
            mine = [row for row in rows if row["of_kind"] == key]
            total = self.figure(f"{key}:quantity")
            if total and len(mine) == len([row for row in self.registers["publicity"] if row["of_kind"] == key]):
                totals.append(f"{clean(mine[0]['kind'])}{total}{_counter(clean(mine[0]['kind']))}")
        return f"共设置{join_cn(totals)}" if totals else ""

    def as_one(self, rows: Sequence[Row]) -> Row:
        """一街、二街等六个单位在一街各社区等六处设置宣传栏69处: rows alike as one that leads to their sum."""
        units = list(dict.fromkeys(row["unit"] for row in rows if row["unit"]))
        places = list(dict.fromkeys(clean(row["place"]) for row in rows))
        return {
            **rows[0],
            "unit": _some_of(units, "个单位"),
            "place": _some_of(places, "处"),
            "quantity": self.plain(f"{rows[0]['together']}:quantity"),
            "src": f"{rows[0]['together']}:quantity",
        }

    def put_up(self, row: Row) -> str:
        """在门诊大厅墙上张贴“社会主义核心价值观”标语1条"""
        kind, place, content = clean(row["kind"]), clean(row["place"]), said(row["src"], row["content"])
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
            opened = f"{counted(len(by_team))}支队伍开展志愿服务，其中"
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
            often = f"先后{counted(len(mine))}次" if len(mine) > 1 and not served else ""
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

    # --- inspection, results -----------------------------------------------------

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
        others = [self.open_finding(row) for row in rows if not row["long_term"]]
        if not long_term:
            return sentence(f"尚未整改到位的问题{opened}个", _named_one_by_one(others))
        if not others:
            return sentence(f"尚未整改到位的问题{opened}个，均已挂账、长期推进", _named_one_by_one(long_term))
        waits = f"其中{waiting}个已挂账、长期推进，{_named_one_by_one(long_term)}"
        rest = f"其余{counted(len(others))}个{'分别' if len(others) > 1 else ''}是{'；'.join(others)}"
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
        told = sentence(f"{day}，对{names}{more}{counted(len(rows))}项指标开展自查")
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
            rates = "、".join(f"{label}{self.figure(key)}" for label, key in row["rates"].items())
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

    def called(self, name: str) -> str:
        """What the text calls it: 我市 for the speaker itself."""
        return self.own if name and name == self.facts["speaker"]["name"] else name

    def tell_rewards(self, rows: Sequence[Row]) -> str:
        """因事由，对单位予以通报表扬; points with their number."""
        by_reason: dict[tuple, list[Row]] = {}
        for row in rows:
            by_reason.setdefault((row["kind"], row["reason"], row["points"]), []).append(row)
        told = []
        for (kind, _reason, points), mine in by_reason.items():
            who = join_cn([f"{self.called(row['unit'])}{clean(row['person'])}" for row in mine])
            given = f"{mark(mine[0]['src'], points)}分" if points else ""
            deed = (self.gave if self.is_host else self.was_given)(kind, who, given)
            if given and kind in ("praise", "criticism"):
                deed = f"{deed}并{'加' if kind == 'praise' else '扣'}{given}"
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

    # --- small things ---

    def figure(self, key: str) -> str:
        """The figure as it stands in the text, leading back to its records; nothing where it is unknown."""
        return mark(key, self.figures[key]["text"]) if key in self.figures else ""

    def plain(self, key: str) -> str:
        return self.figures[key]["text"] if key in self.figures else ""

    def said_row(self, row: Row, key: str) -> str:
        return said(row["src"], row[key])


def _visit(name: str, *, above: Iterable[str]) -> str:
    """As `Telling.visit`; those who come are named by their office, or are leaders, experts, deputies of a place."""
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


def _reached(row: Row) -> float:
    """The share of an indicator's score that the self-check gave; unknown ones last."""
    return float(row["score"]) / float(row["full"]) if row["score"] and float(row["full"] or 0) else 2


def _alike(rows: Sequence[Row]) -> list[list[Row]]:
    """Rows with one sum together where they are many, the others one by one, in order of first mention."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row["together"] or row["src"], []).append(row)
    told: list[list[Row]] = []
    for mine in groups.values():
        told += [mine] if len(mine) > ALIKE and all(row["quantity"] for row in mine) else [[row] for row in mine]
    return told


def _named_once(rows: Sequence[Row]) -> list[Row]:
    """The speaker's own rows first, then unit by unit, each unit (`of`) named in the first of its rows only."""
    units = list(dict.fromkeys(["", *(row["unit"] for row in rows)]))
    ordered = sorted(rows, key=lambda row: units.index(row["unit"]))
    befores = [None, *(row["unit"] for row in ordered)]
    return [
        {**row, "of": row["unit"], "unit": "" if row["unit"] == before else row["unit"]}
        for row, before in zip(ordered, befores, strict=False)
    ]


def _some_of(names: Sequence[str], counter: str, *, most: int = 3) -> str:
    """甲、乙、丙等六个单位; all of them where they are few."""
    if len(names) <= most + 2:
        return join_cn(list(names))
    return f"{join_cn(list(names[:most]))}等{counted(len(names))}{counter}"


def _named_one_by_one(names: Sequence[str]) -> str:
    return f"{'分别是' if len(names) > 1 else '即'}{'；'.join(names)}"


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


def _phase(row: Row) -> str:
    name = clean(row["name"])
    return name if name.endswith(("阶段", "期", "年", "月", "季度")) else f"{name}阶段"


def _kind_of_groups(groups: Sequence[Row]) -> str:
    """What several groups are called together: 专项组, 工作专班 …"""
    names = [clean(group["name"]) for group in groups]
    kinds = ("专项组", "专项小组", "工作小组", "工作组", "工作专班", "专班", "指挥部", "小组", "组")
    return next((kind for kind in kinds if all(name.endswith(kind) for name in names)), "工作机构")


def _people(members: Sequence[Row]) -> str:
    """综合办公室、医教科负责人: seats of one title and without a name share it."""
    told: list[str] = []
    run: list[Row] = []
    for member in [*members, None]:
        if run and (member is None or member["name"] or member["title"] != run[-1]["title"] or not member["unit"]):
            told.append(f"{join_cn([row['unit'] for row in run])}{clean(run[-1]['title'])}")
            run = []
        if member is None:
            break
        if member["unit"] and member["title"] and not member["name"]:
            run.append(member)
        else:
            told.append(_person(member))
    return "，".join(told) if any("、" in member["title"] for member in members) else join_cn(told)


def _person(member: Row) -> str:
    unit, post, name = member["unit"], clean(member["title"]), clean(member["name"])
    if post.startswith(unit):
        unit = ""
    told = f"{unit}{post}{name}"
    return told or ("本单位" if member["of_self"] else clean(member["seat"]))


def _verb_for_paper(row: Row) -> str:
    said_of = clean(row["kind"]) + clean(row["name"])
    for words, verb in (
        (r"简报|专报|信息", "编发"),
        (r"方案|规划|计划|意见", "制定"),
        (r"制度|办法|规定|细则|规范|公约|守则", "建立"),
    ):
        if re.search(words, clean(row["kind"])) or (not row["kind"] and re.search(words, said_of)):
            return verb if not (verb == "建立" and re.search(r"规定|办法|细则|公约|守则|规范", row["name"])) else "制定"
    return "印发"


def _is_detailed(paper: str) -> bool:
    """Whether more is said of it after its title and number."""
    return "，" in paper.rsplit("》", 1)[-1]


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


def _has_verb(text: str) -> bool:
    return begins_with_predicate(text) or bool(
        re.search(
            r"播放|展示|宣传|公示|公布|张贴|介绍|滚动|刊登|刊播|展出|展现|普及|倡导|提醒|提示|讲述|营造|更新", text
        )
    )
