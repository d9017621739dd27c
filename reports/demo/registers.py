"""Every other register of the campaign: documents, meetings, duty, volunteers, publicity, honours, surveys …"""

from .days import Days
from .structure import members
from .units import COMMUNITIES, HOST, OFFICE, STREETS

GROUP = "清河市创建全国文明城市工作领导小组"


def sheets(days: Days) -> dict[str, list[dict]]:
    """Sheet name → rows."""
    return {
        "小组成员": members(),
        "网格": _grids(),
        "文件制度": _documents(days),
        "批示": _instructions(days),
        "会议活动": _meetings(days),
        "执勤安排": _duty(days),
        "巡查定额": _quotas(),
        "志愿服务": _volunteering(days),
        "宣传阵地": _publicity(days),
        "文明劝导": _dissuasion(days),
        "荣誉": _honours(days),
        "奖惩": _rewards(days),
        "满意度调查": _surveys(days),
        "外部测评": _assessments(days),
        "问题与打算": _statements(days),
    }


def _table(columns: str, rows: tuple[tuple, ...]) -> list[dict]:
    return [dict(zip(columns.split(), row, strict=True)) for row in rows]


def _grids() -> list[dict]:
    """Two cells in each community; of one nobody keeps it."""
    keepers = ("安如意", "毕清源", "常乐山", "杜若飞", "方知行", "古月明", "洪江流", "纪春和")
    rows = []
    for place, community in enumerate(COMMUNITIES):
        for number in (1, 2):
            name = f"{community}第{'一二'[number - 1]}网格"
            keeper = "" if place == 3 and number == 2 else keepers[(2 * place + number) % len(keepers)]
            rows.append((f"W{place + 1:02}-{number}", name, community, keeper))
    return _table("编号 名称 所属社区 网格员", tuple(rows))


def _documents(days: Days) -> list[dict]:
    number = f"清文明委〔{days.start.year}〕"
    return _table(
        "名称 类型 文号 日期 发文单位 份数 内容",
        (
            ("清河市创建全国文明城市实施方案", "方案", f"{number}6号", days.working(0.12), OFFICE, 120, ""),
            (
                "清河市创建工作任务分解表",
                "通知",
                f"{number}7号",
                days.working(0.15),
                OFFICE,
                120,
                "分解到牵头和责任单位",
            ),
            ("创建工作包保责任制办法", "制度", f"{number}9号", days.working(0.25), OFFICE, 80, "明确三级包保职责"),
            ("创建工作督查考核办法", "制度", f"{number}11号", days.working(0.3), OFFICE, 80, "每季度考核排名"),
            ("背街小巷整修技术导则", "制度", "", days.working(0.35), "市住房和城乡建设局", None, ""),
            ("市民文明公约", "通知", "", days.working(0.4), "市委宣传部", 30000, ""),
            ("农贸市场管理规范", "制度", "", days.working(0.5), "市市场监督管理局", None, ""),
            ("创建工作简报", "简报", "", days.working(0.85), OFFICE, 12, ""),
            ("迎检工作手册", "通知", f"{number}28号", days.working(1.5), OFFICE, 200, ""),
        ),
    )


def _instructions(days: Days) -> list[dict]:
    return _table(
        "内容 领导 日期 任务编号",
        (
            ("小巷整修要听居民意见，完工一条、验收一条", "副市长", days.working(0.45), "C1"),
            ("农贸市场是城市窗口，请抓紧整改并建立长效机制", "市长", days.working(0.55), "C4"),
            ("停车难要多想办法，能共享的泊位都要共享", "副市长", days.working(0.8), "D2"),
            ("对反弹问题要回头看，问责到人", "市委副书记", days.working(1.6), "G3"),
        ),
    )


def _meetings(days: Days) -> list[dict]:
    return _table(
        "名称 类别 日期 单位 领导小组 地点 参加人数 时长 次数 议定事项",
        (
            (
                "创建全国文明城市动员大会",
                "动员会",
                days.working(0.08),
                HOST,
                GROUP,
                "市民中心",
                420,
                "半天",
                "",
                "1. 部署全年创建任务；2. 明确各单位联络员；3. 各单位每月报送进展",
            ),
            (
                "领导小组第一次会议",
                "领导小组会议",
                days.working(0.16),
                OFFICE,
                GROUP,
                "市政府第二会议室",
                38,
                "",
                "",
                "一是审议实施方案；二是建立老旧小区线缆入盒推进机制；三是每季度通报排名",
            ),
            (
                "领导小组第二次会议",
                "领导小组会议",
                days.working(0.62),
                OFFICE,
                GROUP,
                "市政府第二会议室",
                36,
                "",
                "",
                "1. 研究停车难问题，挖潜共享泊位；2. 对反弹问题开展回头看",
            ),
            ("创建工作调度会", "调度会", days.working(0.7), OFFICE, "", "市创建办", None, "", "多次", ""),
            (
                "农贸市场整治现场会",
                "现场会",
                days.working(0.56),
                "市市场监督管理局",
                "",
                "中心农贸市场",
                46,
                "",
                "",
                "推广划行归市做法",
            ),
            ("测评业务培训班", "培训", days.working(0.42), OFFICE, "", "市委党校", 180, "两天", "", ""),
            ("窗口文明礼仪培训", "培训", days.working(0.5), "市政务服务中心", "", "政务服务大厅", 95, "", "", ""),
            ("省文明办调研指导", "上级调研", days.working(0.66), OFFICE, "", "", 12, "", "", "肯定小巷整修做法"),
            ("“我们的节日”端午活动", "文体活动", days.working(0.9), "市文化和旅游局", "", "湖滨公园", 800, "", "", ""),
            ("创建工作观摩学习", "观摩学习", days.working(1.3), OFFICE, "", "", 30, "三天", "", "学习老旧小区治理经验"),
            ("迎检冲刺动员会", "动员会", days.working(1.75), HOST, GROUP, "市民中心", 360, "", "", "部署迎检冲刺"),
        ),
    )


def _duty(days: Days) -> list[dict]:
    start = days.working(0.2)
    return _table(
        "类型 名称 数量 责任单位 带队领导 班次频次 开始日期",
        (
            ("岗点", "文明交通劝导岗", 32, "市公安局", "", "每天早晚高峰", start),
            ("岗点", "文明旅游服务岗", 14, "市文化和旅游局", "", "节假日", start),
            ("岗点", "垃圾分类督导岗", 120, "市城市管理局", "", "每天早晚", start),
            ("岗点", "朝阳里文明引导岗", 4, "朝阳街道办事处", "", "每天早高峰", start),
            ("巡逻队", "市容巡查队", 6, "市城市管理局", "副局长", "每天2次", start),
            ("巡逻队", "河道巡查队", 3, "市水务局", "", "每天1次", start),
            ("督导组", "创建督查一组", None, OFFICE, "罗一鸣", "每周3次", start),
            ("督导组", "创建督查二组", None, OFFICE, "石磊磊", "每周3次", start),
            ("值守", "创建工作专班值守", None, OFFICE, "", "节假日24小时", start),
        ),
    )


def _quotas() -> list[dict]:
    return _table(
        "岗位类别 地点 次数 周期 以上",
        (
            ("街道干部", "包保路段", 1, "每天", "是"),
            ("社区网格员", "责任网格", 2, "每天", "是"),
            ("市级领导", "包保街道", 1, "每月", "是"),
            ("部门班子成员", "包保社区", 1, "每周", "否"),
            ("督查组", "重点点位", 3, "每周", "是"),
        ),
    )


def _volunteering(days: Days) -> list[dict]:
    teams = (
        ("青年志愿服务队", "团市委", "开展文明交通劝导"),
        ("“银龄”志愿服务队", "市民政局", "开展文明劝导和邻里互助"),
        ("巾帼志愿服务队", "滨河街道办事处", "入户宣传垃圾分类"),
        ("白衣天使志愿服务队", "市第一人民医院", "开展义诊和健康咨询"),
        ("公交志愿服务队", "清河公交公司", "开展站台秩序引导"),
        ("大学生志愿服务队", "清河学院", "开展环境清洁和支教"),
        ("朝阳街道邻里志愿服务队", "朝阳街道办事处", "清理楼道、帮扶独居老人"),
    )
    found = []
    for number, (team, unit, content) in enumerate(teams):
        for step, share in enumerate((0.3, 0.6, 0.9, 1.4, 1.8)):
            sessions = 4 + (number + step) % 5
            people = sessions * (18 + 3 * number)
            day = days.working(share - number * 0.02)
            # Just after a half-year what came since falls on one day; a team is out once a day.
            if not found or found[-1][:2] != (team, day):
                found.append((team, day, unit, content, sessions, people, people * 2))
    return _table("队伍 日期 单位 内容 场次 人次 小时", tuple(found))


def _dissuasion(days: Days) -> list[dict]:
    counted = (("人民路口", "闯红灯", 210, 24), ("人民路口", "不戴头盔", 330, 31), ("汽车站", "乱停车", 96, 12))
    found = {}
    for step, share in enumerate((0.35, 0.55, 0.75, 0.95)):
        for place, kind, number, fined in counted:
            # Early in a half-year several shares fall on one day; a place is counted once a day.
            found.setdefault((days.working(share), place, kind), (number + 7 * step, fined))
    return _table(
        "日期 单位 地点 类型 人次 登记处罚",
        tuple((day, "市公安局", *key, *numbers) for (day, *key), numbers in found.items()),
    )


def _publicity(days: Days) -> list[dict]:
    content = "核心价值观和市民公约"
    found = [
        ("宣传栏", f"{street}各社区", 9 + number, f"{street}办事处", content, days.working(0.4))
        for number, street in enumerate(STREETS)
    ]
    found += [
        ("公益广告", "人民路沿线", 86, "市委宣传部", "文明健康主题", days.working(0.3)),
        ("公益广告", "滨河大道沿线", 64, "市委宣传部", "生态文明主题", days.working(0.45)),
        ("公益广告", "汽车站", 18, "市交通运输局", "文明出行主题", days.working(0.5)),
        ("电子屏", "步行街商圈", 12, "市文化和旅游局", "公益短片", days.working(0.35)),
        ("电子屏", "政务服务大厅", 4, "市政务服务中心", "办事指南和公益短片", days.working(0.35)),
        ("围挡", "城东安置房工地", 320, "市住房和城乡建设局", "核心价值观", days.working(0.55)),
        ("景观小品", "湖滨公园", 9, "市园林绿化中心", "传统美德故事", days.working(0.65)),
        ("标语", "主要路口", 48, "市公安局", "文明交通", days.working(0.3)),
        ("宣传册", "各社区", 30000, "市委宣传部", "创建知识和市民公约", days.working(0.6)),
        ("文化墙", "书院后街", 11, "文昌街道办事处", "家风家训", days.working(1.4)),
    ]
    return _table("类型 位置 数量 单位 内容 日期", tuple(found))


def _honours(days: Days) -> list[dict]:
    return _table(
        "类型 名称 授予单位 对象 事迹 日期",
        (
            ("获得", "省级文明社区", "省文明委", "书院社区", "建成邻里互助驿站，调解邻里纠纷", days.working(0.7)),
            ("获得", "省级文明校园", "省文明委", "市实验小学", "坚持开展“小手拉大手”活动", days.working(0.72)),
            ("获得", "全省志愿服务先进集体", "省文明办", "团市委", "常年开展文明交通劝导", days.working(0.95)),
            ("评出", "最美环卫工", "市创建办", "城管系统保洁班组", "夏季高温坚持一线保洁", days.working(0.85)),
            ("评出", "文明示范街", "市创建办", "人民路", "门前秩序井然，店招整齐", days.working(0.88)),
            ("评出", "红旗社区", "市创建办", "朝阳里社区", "连续三个月无反弹问题", days.working(1.5)),
        ),
    )


def _rewards(days: Days) -> list[dict]:
    return _table(
        "单位 人员 类型 分值 事由 日期",
        (
            ("文昌街道办事处", "", "通报表扬", None, "老旧小区治理成效明显", days.working(0.6)),
            ("市住房和城乡建设局", "", "加分", 2, "小巷整修提前完成", days.working(0.93)),
            ("市城市管理局", "", "加分", 1, "整改按期率连续两月居前", days.working(0.8)),
            ("北城街道办事处", "", "通报批评", None, "楼道堆物问题多次反弹", days.working(0.82)),
            ("清河通信公司", "", "扣分", 2, "线缆整治进度滞后", days.working(1.2)),
            ("柳林街道办事处", "谢长庚", "通报表扬", None, "入户宣传有办法、有实效", days.working(1.4)),
        ),
    )


def _surveys(days: Days) -> list[dict]:
    return _table(
        "名称 日期 样本数 知晓率 支持率 参与率 满意率",
        (
            ("第一季度入户问卷调查", days.working(0.48), 800, 91.5, 94.2, 78.6, 88.3),
            ("半年入户问卷调查", days.working(0.97), 1000, 95.8, 97.1, 86.4, 92.7),
            ("第三季度入户问卷调查", days.working(1.6), 1000, 96.9, 97.8, 88.9, 94.1),
        ),
    )


def _assessments(days: Days) -> list[dict]:
    return _table(
        "名称 日期 组织单位 组别 得分 名次",
        (
            ("省级模拟测评", days.working(0.92), "省文明办", "县级市组", 88.6, 5),
            ("市民评议", days.working(0.98), OFFICE, "", 91.2, None),
            ("省级年度复测", days.working(1.7), "省文明办", "县级市组", 91.4, 3),
        ),
    )


def _statements(days: Days) -> list[dict]:
    kinds = {
        "存在问题": (
            "长效机制还不够健全，部分点位存在整改后反弹现象",
            "老旧小区基础设施欠账较多，停车难、飞线充电等问题尚未根本解决",
            "少数单位重视程度不够，工作推进不平衡",
            "市民文明素质有待进一步提升，不文明交通行为时有发生",
        ),
        "下步打算": (
            "坚持问题导向，对反复出现的问题开展回头看，严防反弹",
            "加快老旧小区和背街小巷改造，补齐基础设施短板",
            "完善考核通报机制，层层压实责任",
            "深化志愿服务和文明实践活动，引导群众广泛参与",
        ),
        "工作理念": ("坚持创建为民、创建靠民、创建惠民",),
        "致谢": ("创建工作得到了广大市民的理解和支持，在此表示感谢",),
    }
    rows = [
        {"类型": kind, "内容": text, "日期": days.at(0.99) if kind in ("存在问题", "下步打算") else None}
        for kind, texts in kinds.items()
        for text in texts
    ]
    return [*rows, {"类型": "下步打算", "内容": "紧盯迎检时间节点，逐线路逐点位查漏补缺", "日期": days.at(1.9)}]
