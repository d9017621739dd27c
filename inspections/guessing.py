"""Which category of finding a text speaks of: of a failed checklist item, of a problem in a ledger. Knows no rows."""

from __future__ import annotations

from collections.abc import Iterable

# Words of a criterion that speak of a category of ours, the more telling ones first.
WORDS = {
    "禁烟标识缺失": ("禁烟", "吸烟", "烟头", "控烟"),
    "消防通道堵塞": ("消防通道", "安全出口", "疏散通道"),
    "飞线充电": ("飞线", "充电"),
    "无障碍设施缺损": ("无障碍", "盲道", "坡道"),
    "公益广告缺失破损": ("公益广告", "核心价值观", "景观小品", "公益宣传", "文明健康"),
    "宣传栏陈旧": ("宣传栏", "展板", "宣传"),
    "公厕不洁": ("公厕", "厕所", "卫生间"),
    "垃圾桶满溢": ("垃圾桶", "果皮箱", "桶点", "满溢"),
    "小广告": ("小广告", "乱张贴", "乱涂写", "牛皮癣"),
    "占道经营": ("占道", "店外经营", "流动摊", "越线", "摊贩"),
    "非机动车乱停": ("非机动车", "共享单车", "电动自行车停"),
    "机动车乱停": ("机动车", "车辆停放", "停车", "违停", "停放"),
    "不文明通行": ("闯红灯", "斑马线", "按灯", "礼让", "头盔", "越线"),
    "交通标线不清": ("标线",),
    "信号灯故障": ("信号灯",),
    "路灯不亮": ("路灯", "照明", "亮灯"),
    "井盖缺损": ("井盖",),
    "路面破损": ("路面平整", "坑洼", "路面硬化"),
    "乱堆乱放": ("乱堆", "堆放", "堆物", "楼道", "乱搭乱建"),
    "违法搭建": ("私搭", "违法搭建", "搭建"),
    "线缆杂乱": ("线缆", "乱拉"),
    "绿地脏乱": ("绿地", "绿化", "毁绿"),
    "水面漂浮物": ("水面", "河道", "漂浮"),
    "证照未公示": ("亮照", "证照", "健康证", "执照"),
    "食品安全隐患": ("食品", "熟食", "生熟", "明厨"),
    "志愿服务站未运行": ("志愿",),
    "便民设施缺失": ("便民", "母婴室", "轮椅", "老花镜"),
    "服务态度不佳": ("文明用语", "礼貌", "态度", "服务", "投诉"),
    "公共座椅与健身器材破损": ("座椅", "健身器材", "游乐设施"),
    "墙面破损污损": ("墙面", "外观"),
    "病媒滋生": ("蚊蝇", "鼠", "病媒", "防蝇"),
    "暴露垃圾": ("垃圾", "杂物", "卫生死角"),
    "路面不洁": ("污水", "积水", "路面", "地面", "干净", "整洁"),
}


def guessed(names: Iterable[str], *, criterion: str, group: str = "") -> str | None:
    """Of these names the one the item speaks of: by its own words, by ours, or by what its name shares with them."""
    known = list(names)
    for text in (criterion, group):
        if said := spoken_of(known, text):
            return said
    likeness = {name: len(_pairs(name) & _pairs(f"{criterion} {group}")) for name in known}
    best = max(known, key=lambda name: likeness[name], default=None)
    return best if best is not None and likeness[best] else None


def spoken_of(names: Iterable[str], text: str) -> str | None:
    """Of these names the one that the text says, the first of several; else the one of which it says a word of ours."""
    known = list(names)
    if said := [(text.index(name), -len(name), name) for name in known if name in text]:
        return min(said)[-1]
    return next((name for name, words in WORDS.items() if name in known and any(word in text for word in words)), None)


def _pairs(text: str) -> set[str]:
    return {text[place : place + 2] for place in range(len(text) - 1)}
