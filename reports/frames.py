"""Kind of name → the frame of the sentence about it. Of each table the first frame whose pattern the name fits."""

import re

from .wording import begins_with_verb, quoted, read

Frames = tuple[tuple[str, str], ...]

# What can be completed, not only be done with.
_FINISHED = (
    r"(工程|项目|建设|改造|整治|清理|维修|施划|提升|修订|铺设|安装|更换|硬化|亮化|拆除|修缮|治脏|治乱|补植|清淤)$"
)
# What is carried on rather than finished.
_CARRIED_ON = r"(教育|宣传|活动|服务|培训|行动|整治|自查|检查|排查|治理|评比|巡查|劝导)$"
# What governs the work named after it: 开展专项整治行动 is a deed, 清理整治行动 a name.
_GOVERNING = (
    r"^(对照|对标|对|按|围绕|结合|利用|通过|依托|深入|全面|积极|持续|广泛|开展|推进|推动|实施|完成|启动|组织|举办|召开|加强"
    r"|做好|抓好|建立|健全|完善|成立|设立|印发|制定|出台|落实|建成|新建|加快|推行)"
)

# A task that is done, by its name: with a log that tells of deeds, and with any other.
DONE_BY_DEEDS: Frames = (
    (_FINISHED, "{who}完成{name}"),
    (_CARRIED_ON, "开展{name}"),
    ("办", "{name}已完成"),
    ("", "{name}已办结"),
)
DONE: Frames = DONE_BY_DEEDS[1:]
STANDS_DONE: Frames = DONE_BY_DEEDS[2:]
# A recurring duty that is no deed itself, by its name.
DUTY: Frames = (("(会|会议)$", "召开{name}"), ("(开放|制|公示)$", "实行{name}"), ("", "开展{name}"))
# A scheme of workstreams, by its name.
SCHEME: Frames = (
    ("(行动|活动|整治|攻坚)$", "集中开展“{name}”"),
    ("(工程|计划|项目)$", "实施“{name}”"),
    ("", "围绕“{name}”推进工作"),
)
# The idea the work follows, and thanks, as somebody typed them.
IDEA: Frames = (
    ("^(坚持|树立|秉承|秉持|围绕|按照|以|本着|牢固|立足|紧扣|践行|贯彻)", "{name}"),
    ("(理念|思路|原则|方针|目标)$", "坚持{name}"),
    ("", "秉持{quoted}的工作理念"),
)
THANKS: Frames = (
    ("^(最后|特|谨)|在此|(表示|致以).{0,8}(感谢|谢意)", "{name}"),
    ("感谢|谢意|^向", "在此，{name}"),
    ("", "在此，感谢{name}"),
)
# A requirement told before what was done; where two fit they take turns.
REQUIREMENT: Frames = (
    ("要求$", "按照{name}"),
    ("，|^(按|根据|围绕|对照)", "根据{quoted}的要求"),
    ("", "按照{name}的要求"),
)
REQUIREMENT_IN_TURN: Frames = (*REQUIREMENT[:2], (_GOVERNING, "围绕{name}"), REQUIREMENT[2])


def framed(name: str, frames: Frames, **words: str) -> str:
    """The name in the first frame it fits; numbers marked in it stay marked."""
    plain = read(name)
    frame = next(frame for pattern, frame in frames if re.search(pattern, plain))
    return frame.format(name=name, quoted=quoted(name), **words)


def is_deed(name: str) -> bool:
    """成立创建工作领导小组, and not 清理整治行动: whether the name is what was done, and no work of that name."""
    if not begins_with_verb(name):
        return False
    return bool(re.search(_GOVERNING, name)) or not re.search(rf"{_CARRIED_ON}|{_FINISHED}|工作$", name)
