"""The invented people, their posts, and one log-in per role."""

from .units import BUREAUS, COMMUNITIES, HOST, OFFICE, OTHERS, STREETS

PASSWORD = "demo-chuangcheng"  # noqa: S105 - printed by `manage.py demo --logins`, for a city that is not real
# Account, name, unit, title, role. The first of each role is the one that is printed.
OFFICE_PEOPLE = (
    ("office", "林知远", OFFICE, "综合科科长", "创建办"),
    ("office2", "许念安", OFFICE, "指导科科员", "创建办"),
    ("office3", "贺云舒", OFFICE, "副主任", "创建办"),
    ("inspector", "罗一鸣", OFFICE, "督查一组组长", "督查员"),
    ("inspector2", "叶青禾", OFFICE, "督查一组组员", "督查员"),
    ("inspector3", "石磊磊", OFFICE, "督查二组组长", "督查员"),
    ("inspector4", "江晚晴", OFFICE, "督查二组组员", "督查员"),
    ("leader", "沈望舒", HOST, "副市长", "领导"),
    ("leader2", "方正庭", HOST, "市政府副秘书长", "领导"),
    ("leader3", "温如言", "市委宣传部", "常务副部长", "领导"),
    ("admin", "丁若谷", OFFICE, "信息员", "系统管理员"),
    ("admin2", "梁栖云", OFFICE, "信息员", "系统管理员"),
)
LIAISON_NAMES = [
    "周小舟",
    "吴清越",
    "郑书恒",
    "王晓岚",
    "冯知秋",
    "陈星野",
    "褚明轩",
    "卫长风",
    "蒋南枝",
    "韩以宁",
    "杨柳依",
    "朱思齐",
    "秦若水",
    "尤子衿",
    "何所思",
    "吕归帆",
    "施语冰",
    "张望海",
    "孔令仪",
    "曹景行",
    "严松涛",
    "华满庭",
    "金石开",
    "魏紫苏",
    "陶然亭",
    "姜半夏",
    "戚云帆",
    "谢长庚",
    "邹明月",
    "喻春山",
    "柏青川",
    "水清浅",
    "窦星河",
    "章台柳",
]


def rows() -> list[dict]:
    """The sheet 人员: the office's people, and a liaison in every bureau, street and most communities."""
    found = [_row(*person) for person in OFFICE_PEOPLE]
    streets = [f"{street}办事处" for street in STREETS]
    bodies = [name for name, *_ in (*BUREAUS, *OTHERS)]
    # Two communities have nobody: their street's liaison answers for them.
    for number, (name, unit) in enumerate(zip(LIAISON_NAMES, [*streets, *bodies, *COMMUNITIES[:-4]], strict=False)):
        account = f"liaison{number + 1}" if number else "liaison"
        found.append(_row(account, name, unit, "文明创建联络员", "联络员"))
    for number, row in enumerate(found, start=1):
        row["手机"] = f"139{number:08}"
    return found


def accounts() -> list[str]:
    """The accounts of the invented people."""
    return [row["账号"] for row in rows()]


def _row(account: str, name: str, unit: str, title: str, role: str) -> dict:
    return {"账号": account, "姓名": name, "单位": unit, "职务": title, "角色": role}
