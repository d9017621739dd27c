"""How the work is organised, as sentences: groups, papers, phases, indicators, sponsors, duty. No queries."""

import re
from collections.abc import Sequence

from cityinit.numerals import join_cn

from .telling import MANY, NAMED, TOLD_OF_MANY, Row, Telling, named_once, several, some_of
from .wording import (
    begins_with_predicate,
    clause,
    clean,
    counted,
    listed,
    mark,
    quoted,
    said,
    sentence,
    strung,
    titled,
)

_PLACES = ("点", "岗", "室", "站", "房", "处", "所", "厅", "亭", "口", "卡")
# So many indicators are told by name, and so many headings of a larger system.
NAMED_INDICATORS, MOST_HEADINGS = 12, 20
_GENERIC_PHASE = re.compile(r"(第[一二三四五六七八九十\d]+|[一二三四五六七八九十\d]+)(个)?阶段$")


class Organisation(Telling):
    """Measures in force, and who answers for what."""

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
                        f"{self.group_called(clean(row['name']))}下设{several(below)}个{_kind_of_groups(below)}{names}"
                    )
                )
        return "".join(told)

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
        for row in named_once([{"unit": issuer, "verb": verb} for issuer, verb in by_verb]):
            papers = by_verb[row["of"], row["verb"]]
            plain = [paper for paper in papers if not _is_detailed(paper)]
            detailed = [paper for paper in papers if _is_detailed(paper)]
            told.append(f"{row['unit']}{row['verb']}{'；'.join([*([listed(plain)] if plain else []), *detailed])}")
        return self.documents_issued() + sentence(strung(told))

    def documents_issued(self) -> str:
        """上半年共印发文件5件: once, before the first document of the text."""
        issued = "" if self.documents_counted else self.figure("documents.issued")
        self.documents_counted = True
        if not issued:
            return ""
        return sentence(f"{self.facts['period']['label']}共印发文件{issued}件")

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
        """The systems the work follows, each by itself: its few indicators by name, or how many it has."""
        by_system: dict[str, list[Row]] = {}
        for row in rows:
            by_system.setdefault(row["counted"], []).append(row)
        largest_first = sorted(by_system.values(), key=len, reverse=True)
        return "".join(self.system(mine, also=place > 0) for place, mine in enumerate(largest_first))

    def system(self, rows: Sequence[Row], *, also: bool) -> str:
        """对照全国文明城市测评体系（2025年版），将创建任务分解为…八个方面37项指标"""
        headings = {row["parent"] for row in rows}
        heads = [row for row in rows if row["parent"] is None and row["pk"] in headings]
        lowest = [row for row in rows if row["pk"] not in headings]
        system = f"{'同时' if also else ''}对照{_system_called(rows[0])}"
        # Levels are counted apart: a heading of the system is not one more of its indicators.
        total = f"{mark(rows[0]['counted'], str(len(lowest)))}项指标"
        if heads and len(rows) <= NAMED_INDICATORS:
            below = [row for row in rows if row not in heads]
            parts = f"{self.all_scored(heads)}{f'{several(heads)}个方面' if len(heads) > 1 else ''}"
            of_one_level = len(below) == len(lowest) > 1
            items = f"{self.all_scored(below)}{f'{several(below)}项' if of_one_level else ''}指标"
            text = sentence(f"{system}，围绕{parts}推进{self.short()}工作", f"逐项落实{items}")
        elif heads and len(heads) <= MOST_HEADINGS:
            parts = f"{self.all_scored(heads)}{f'{several(heads)}个方面' if len(heads) > 1 else ''}"
            text = sentence(f"{system}，将创建任务分解为{parts}{total}")
        elif len(rows) <= MOST_HEADINGS:
            many = f"{mark(rows[0]['counted'], counted(len(rows)))}项指标" if len(rows) > 1 else "指标"
            text = sentence(f"{system}，围绕{self.all_scored(rows)}{many}推进{self.short()}工作")
        else:
            text = sentence(f"{system}，逐条落实{total}")
        detailed = [row for row in rows if row["standard"]]
        if len(detailed) <= NAMED_INDICATORS:
            text += sentence("；".join(self.indicator(row) for row in detailed))
        return text

    def all_scored(self, rows: Sequence[Row]) -> str:
        return join_cn([self.scored(row) for row in rows])

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
            each = "，".join(
                f"{who}包保{some_of(theirs, '个对象', of=by_who[who], most=NAMED)}" for who, theirs in names.items()
            )
            return clause(each, f"均{note}" if note and len(names) > 1 else note)
        rows = [row for mine in by_who.values() for row in mine]
        of = some_of([theirs[0] for theirs in names.values()], "个对象", of=rows, most=NAMED)
        return clause(f"{some_of(list(names), '个单位', of=rows, most=NAMED)}分别包保{of}", note)

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
            told.append(sentence(f"{since}{'；'.join(self.arranged(row) for row in named_once(mine))}"))
        self.duty_told += len(rows)
        # Told in several places, who came stands where the last of them is told.
        if "duty.rate" in self.figures and self.duty_told == len(self.registers["duty"]):
            due, came, rate = (self.figure(f"duty.{name}") for name in ("due", "came", "rate"))
            told.append(sentence(f"各岗位值守应到{due}人次、到岗{came}人次，出勤率{rate}"))
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
            told.append(f"{clean(row['who'])}{row['cycle']}到{clean(row['place'])}巡查{often}{self.walked(row)}")
        return sentence(f"落实巡查制度，{'，'.join(told)}")

    def walked(self, row: Row) -> str:
        """（应巡120次、实巡114次，落实率95%）, where patrols were recorded."""
        if not (key := row.get("walked")):
            return ""
        due, done, rate = (self.figure(f"{key}:{name}") for name in ("due", "done", "rate"))
        return f"（应巡{due}次、实巡{done}次，落实率{rate}）"


def _system_called(row: Row) -> str:
    name, edition = clean(row["system"]), clean(row["edition"])
    called = name if "体系" in name or "标准" in name else f"{name}测评体系"
    return f"{called}（{edition}）" if edition else called


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
