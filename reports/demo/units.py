"""The invented city's units: host, office, bureaus, streets with communities, and who stands beside the tree."""

HOST = "清河市"
OFFICE = "清河市创建办公室"
STREETS = {
    "朝阳街道": ("朝阳里社区", "望湖社区"),
    "滨河街道": ("滨河社区", "码头社区"),
    "文昌街道": ("文昌阁社区", "书院社区"),
    "北城街道": ("北关社区", "槐荫社区"),
    "新桥街道": ("新桥社区", "锦绣社区"),
    "柳林街道": ("柳林社区", "桃源社区"),
}
# Name, how it calls itself, kind, superior.
BUREAUS = (
    ("市委宣传部", "我部", "宣传部门"),
    ("市城市管理局", "我局", "城管部门"),
    ("市住房和城乡建设局", "我局", "住建部门"),
    ("市公安局", "我局", "公安部门"),
    ("市市场监督管理局", "我局", "市场监管部门"),
    ("市卫生健康局", "我局", "卫健部门"),
    ("市教育局", "我局", "教育部门"),
    ("市交通运输局", "我局", "交通部门"),
    ("市民政局", "我局", "民政部门"),
    ("市生态环境局", "我局", "生态环境部门"),
    ("市水务局", "我局", "水务部门"),
    ("市园林绿化中心", "我中心", "园林部门"),
    ("市文化和旅游局", "我局", "文旅部门"),
    ("市消防救援大队", "我大队", "消防部门"),
    ("团市委", "我委", "群团组织"),
)
OTHERS = (
    ("市政务服务中心", "我中心", "窗口", HOST, "窗口组"),
    ("市第一人民医院", "我院", "医院", "市卫生健康局", "窗口组"),
    ("市实验小学", "我校", "学校", "市教育局", "窗口组"),
    ("清河公交公司", "我公司", "企业", "市交通运输局", "企业组"),
    ("清河通信公司", "我公司", "通信企业", HOST, "企业组"),
)
BESIDE = (("省文明委", "上级"), ("省文明办", "上级"), ("清河学院", "共建"))
COMMUNITIES = tuple(community for pair in STREETS.values() for community in pair)


def rows() -> list[dict]:
    """The sheet 单位."""
    found = [{"名称": HOST, "自称": "我市", "类型": "主体单位"}]
    found += [{"名称": name, "关系": relation} for name, relation in BESIDE]
    found += [_row(OFFICE, "我办", "创建办", HOST, "", short="市创建办")]
    found += [_row(name, own, kind, HOST, "职能部门组") for name, own, kind in BUREAUS]
    found += [_row(*other) for other in OTHERS]
    for street, communities in STREETS.items():
        found.append(_row(f"{street}办事处", "我街道", "街道", HOST, "街道组", short=street))
        found += [_row(name, "我社区", "社区", f"{street}办事处", "社区组") for name in communities]
    return found


def _row(name: str, own: str, kind: str, above: str, group: str, short: str = "") -> dict:
    return {"名称": name, "简称": short, "自称": own, "类型": kind, "上级单位": above, "考核组": group}
