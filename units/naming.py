"""What the papers of a host call its units: several in a cell, lead first, short, former and other names, whole kinds.

牵头：市城管局；配合：公安局、各街道      城管局（牵头）、公安局      城管局、公安局
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches

from django.utils.translation import gettext as _

from .models import Unit, UnitAlias, UnitName

LEADING, ASSISTING = "牵头|主办|主责|总牵头", "配合|协办|协助|协同|参与|参加"
UNIT_WORDS = r"(?:责任)?(?:单位|部门)?"
ROLE = re.compile(
    rf"(?:^|(?<=[\s;；。、,，\n]))(?:(?P<lead>{LEADING})|(?P<assist>{ASSISTING})|责任|落实){UNIT_WORDS}\s*[:：]"
)
AFTER = re.compile(rf"(?P<name>.+?)[（(]?(?:为)?(?:(?P<lead>{LEADING})|(?P<assist>{ASSISTING}|落实)){UNIT_WORDS}[)）]?")
BEFORE = re.compile(rf"[（(](?:(?P<lead>{LEADING})|(?P<assist>{ASSISTING}|落实)){UNIT_WORDS}[)）](?P<name>.+)")
SEPARATORS = re.compile(r"[、,，;；。\n\t|]+")
AND_SO_ON = re.compile(r"(?<=.)等(?:有关|相关)?(?:单位|部门)?$")
WEAK_SEPARATOR = re.compile(r"[\s/和及与]")
ALL_OF = re.compile(r"(?:全市|全县|全区|市直|辖区)?(?:各|全体|所有)(?:相关|有关|个)?(?P<kind>.+)")
ENDINGS = (("街道办事处", "街道"), ("街道办", "街道"), ("社区居委会", "社区"), ("社区居民委员会", "社区"))
LEVELS = "市区县州镇"


@dataclass(frozen=True)
class Said:
    """The names in a cell: who leads, who is beside it. Where no role stands, all are `others`, in order."""

    lead: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    # Those of `others` that stand where the lead does, behind the first (牵头：城管局、公安局).
    seconds: tuple[str, ...] = ()
    # What is followed by 等, 等部门 or the like: more are meant, and nobody says which.
    vague: tuple[str, ...] = ()


@dataclass
class Names:
    """The units of one host by everything they are called; asked once for a whole table."""

    host: Unit
    units: dict[str, list[Unit]] = field(default_factory=dict)
    kinds: dict[str, list[Unit]] = field(default_factory=dict)
    aliases: dict[str, list[Unit]] = field(default_factory=dict)
    # What units that were merged away were called → the unit and who has taken over from it.
    gone: dict[str, tuple[Unit, Unit]] = field(default_factory=dict)
    known: dict[str, list[Unit]] = field(default_factory=dict)
    cells: dict[str, Said] = field(default_factory=dict)

    @classmethod
    def of(cls, host: Unit) -> Names:
        """Three queries, one more for each of the aliases and their units, and one where a name means every unit."""
        names = cls(host)
        everyone = {unit.pk: unit for unit in Unit.objects.of_host(host.host_id)}
        register = [unit for unit in everyone.values() if unit.closed_on is None]
        by_pk = {unit.pk: unit for unit in register}
        kinds: dict[str, list[Unit]] = defaultdict(list)
        for unit in register:
            for called in (unit.name, unit.short_name):
                names._learn(called, unit)
            if unit.kind and not unit.is_host:
                kinds[unit.kind].append(unit)
        names.kinds = dict(kinds)
        # A name that is used today is never taken for somebody's former one.
        former = list(UnitName.objects.filter(unit__host=host.host_id).values_list("unit", "name"))
        for pk, called in former:
            if pk in by_pk and not names.units.get(_key(called)):
                names._learn(called, by_pk[pk])
        names._learn_gone(everyone, former)
        aliases = list(UnitAlias.objects.filter(host=host.host_id).prefetch_related("units"))
        if any(alias.kind == UnitAlias.EVERYONE for alias in aliases):
            kinds[UnitAlias.EVERYONE] = list(Unit.objects.of_host(host.host_id).given_work())
        for alias in aliases:
            meant = (
                kinds.get(alias.kind, []) if alias.kind else [by_pk[u.pk] for u in alias.units.all() if u.pk in by_pk]
            )
            names.aliases[_key(alias.name)] = meant
        return names

    def find(self, said: str) -> list[Unit]:
        """The units meant by a name, several for 各街道; none where it is unknown or could mean two."""
        key = _key(said)
        if key not in self.known:
            self.known[key] = self._found(key)
        return self.known[key]

    def is_alias(self, said: str) -> bool:
        """Whether a person once said what the name means."""
        return _key(said) in self.aliases

    def means_all(self, said: str) -> bool:
        """Whether the name is of a whole kind (各街道), in which the lead may be without being named."""
        return bool(ALL_OF.fullmatch(_key(said))) or len(self.find(said)) > 1

    def nearest(self, said: str, *, most: int = 3) -> list[Unit]:
        """The units that are likeliest meant: the successor of one that was merged away, then those called alike."""
        near = get_close_matches(_key(said), self.units, n=most * 2, cutoff=0.35)
        merged = self.merged(said)
        likely = [*([merged[1]] if merged else []), *(unit for key in near for unit in self.units[key])]
        return list(dict.fromkeys(likely))[:most]

    def merged(self, said: str) -> tuple[Unit, Unit] | None:
        """The unit of that name that was merged away, and the one that answers for its work today."""
        return next((self.gone[key] for key in _variants(said, self.host) if key in self.gone), None)

    def unknown(self, said: str) -> tuple[str, str]:
        """What to say of a name that means nothing here: what is wrong with it, and what it may mean."""
        if merged := self.merged(said):
            told = {"name": said, "day": merged[0].closed_on, "heir": merged[1]}
            return _("“%(name)s”已于%(day)s撤并，") % told, _("由“%(heir)s”承接，是否应为它？") % told
        near = "、".join(f"“{unit}”" for unit in self.nearest(said, most=2))
        return _("没有叫“%(name)s”的单位，") % {"name": said}, _("是否应为%(near)s？") % {"near": near} if near else ""

    def split(self, text: str) -> Said:
        """The names in a cell, each once, with the roles that stand beside them."""
        if text not in self.cells:
            self.cells[text] = self._split(text)
        return self.cells[text]

    def _split(self, text: str) -> Said:
        lead: dict[str, None] = {}
        others: dict[str, None] = {}
        seconds: list[str] = []
        vague: list[str] = []
        for role, part in _by_role(text):
            pieces = SEPARATORS.split(part)
            vague += [piece.strip() for piece in pieces if AND_SO_ON.search(piece.strip()) and not self.find(piece)]
            names = [name for piece in pieces for name in self._pieces(piece)]
            for name in names:
                own, bare = role, name
                if not self.find(name) and (match := BEFORE.fullmatch(name) or AFTER.fullmatch(name)):
                    bare = match["name"].strip(" （(")
                    own = "lead" if match["lead"] else "assist"
                if own == "lead" and (role != "lead" or bare != name or not lead):
                    lead.setdefault(bare)
                else:
                    others.setdefault(bare)
                    seconds += [bare] * (own == "lead")
        beside = tuple(name for name in others if name not in lead)
        return Said(tuple(lead), beside, tuple(name for name in seconds if name in beside), tuple(vague))

    def _pieces(self, piece: str) -> list[str]:
        bare = piece.strip().strip("（）()：:.").strip() if not re.search(r"[（(].+[)）]", piece) else piece.strip()
        bare = AND_SO_ON.sub("", bare)
        if not bare or self.find(bare):
            return [bare] if bare else []
        # 公安局和交通局 are two, 和平街道 is one: a weak separator counts only between names that are known.
        for mark in WEAK_SEPARATOR.finditer(bare):
            first, rest = bare[: mark.start()].strip(), bare[mark.end() :].strip()
            parts = self._pieces(rest) if first and rest and self.find(first) else []
            if parts and all(self.find(part) for part in parts):
                return [first, *parts]
        words = [part for part in re.split(r"\s+", bare) if part]
        return words if len(words) > 1 and any(self.find(word) for word in words) else [bare]

    def _learn(self, called: str, unit: Unit) -> None:
        for key in _variants(called, self.host):
            there = self.units.setdefault(key, [])
            if unit not in there:
                there.append(unit)

    def _learn_gone(self, everyone: dict[int, Unit], former: Iterable[tuple[int, str]]) -> None:
        called = [(unit.pk, name) for unit in everyone.values() for name in (unit.name, unit.short_name)]
        for pk, name in (*called, *former):
            heir = unit = everyone[pk]
            while heir.closed_on and heir.merged_into_id:
                heir = everyone[heir.merged_into_id]
            if unit.closed_on and not heir.closed_on:
                for key in _variants(name, self.host):
                    self.gone.setdefault(key, (unit, heir))

    def _found(self, key: str) -> list[Unit]:
        if key in self.aliases:
            return self.aliases[key]
        for variant in _variants(key, self.host):
            if len(self.units.get(variant, ())) == 1:
                return self.units[variant]
        if match := ALL_OF.fullmatch(key):
            wanted = match["kind"]
            if wanted in self.kinds:
                return self.kinds[wanted]
            alike = [kind for kind in self.kinds if kind in wanted or wanted in kind]
            if len(alike) == 1:
                return self.kinds[alike[0]]
        return []


def _by_role(text: str) -> Iterable[tuple[str, str]]:
    """The cell cut before each 牵头单位：, 配合：…; "" where no role stands."""
    marks = list(ROLE.finditer(text))
    if not marks:
        yield "", text
        return
    if before := text[: marks[0].start()].strip():
        yield "", before
    for mark, following in zip(marks, [*marks[1:], None], strict=True):
        role = "lead" if mark["lead"] else "assist" if mark["assist"] else ""
        yield role, text[mark.end() : following.start() if following else len(text)]


def _key(name: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", name))


def _variants(called: str, host: Unit) -> list[str]:
    """The name, and what is left of it without the city's name before it and the office's ending."""
    key = _key(called)
    found = dict.fromkeys([key] if key else [])
    place = _key(host.name)
    for prefix in (place, *place[-1:], *LEVELS):
        if key.startswith(prefix) and len(key) - len(prefix) >= 2:
            found.setdefault(key[len(prefix) :])
    for long, short in ENDINGS:
        for one in list(found):
            if one.endswith(long):
                found.setdefault(one.removesuffix(long) + short)
    return list(found)
