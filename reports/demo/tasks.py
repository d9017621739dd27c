"""The breakdown: seven chapters of tasks in every state, and the work that was logged for them."""

from collections.abc import Iterator
from datetime import timedelta
from typing import NamedTuple

from campaigns import recurrence

from .days import SATURDAY, Days
from .findings import CALENDAR
from .structure import ACTIONS, CHAPTERS
from .units import BUREAUS, COMMUNITIES, OFFICE, STREETS

DRAFT, ISSUED, RUNNING, WAITING, DONE, CANCELLED = "未下发", "已下发", "进行中", "待确认", "已办结", "终止"
ENVIRONMENT, ORDER, SERVICE, FACILITIES, MORALS, MECHANISM = ACTIONS
ALL_STREETS = tuple(f"{street}办事处" for street in STREETS)
LEADERS = ("市委副书记", "副市长", "副市长", "副市长", "副市长", "市委宣传部部长", "副市长")


class Work(NamedTuple):
    """One log entry: when (as `Days.at` counts), by whom, of which kind, what, with which quantities."""

    at: float
    unit: str
    kind: str
    content: str
    amounts: str = ""
    highlight: bool = False


class Planned(NamedTuple):
    """A leaf task; due at a share of the time (`due`) or so many days from today (`in_days`)."""

    code: str
    name: str
    requirement: str
    lead: str
    action: str
    state: str
    due: float | None = None
    in_days: int | None = None
    others: tuple[str, ...] = ()
    indicator: str = ""
    target: tuple[int, str] | None = None
    frequency: str = ""
    work: tuple[Work, ...] = ()


P, W = Planned, Work
PLANNED = (
    # 一 组织领导
    P(
        "A1",
        "成立创建工作领导小组",
        "成立领导小组和专项组，明确职责分工",
        OFFICE,
        MECHANISM,
        DONE,
        0.1,
        indicator="Ⅲ-1",
        work=(
            W(
                0.03,
                OFFICE,
                "制度建设",
                "成立创建全国文明城市工作领导小组，下设四个专项组，抽调人员集中办公",
                "抽调人员=18人",
                True,
            ),
        ),
    ),
    P(
        "A2",
        "印发创建实施方案和任务清单",
        "分解测评体系，逐项明确牵头单位和完成时限",
        OFFICE,
        MECHANISM,
        DONE,
        0.25,
        indicator="Ⅲ-1",
        work=(
            W(0.12, OFFICE, "制度建设", "制定创建工作实施方案，把测评标准逐条分解到责任单位", "分解任务=53项"),
            W(0.2, OFFICE, "制度建设", "印发责任清单、问题清单、时限清单，实行挂图作战", "", True),
        ),
    ),
    P(
        "A3",
        "召开创建工作推进会",
        "每月召开一次推进会，通报进度",
        OFFICE,
        MECHANISM,
        RUNNING,
        indicator="Ⅲ-1",
        frequency="每月1次",
        work=(
            W(0.3, OFFICE, "工作进展", "召开全市创建工作推进会，通报各单位任务进度和存在问题"),
            W(0.75, OFFICE, "工作进展", "召开迎检工作调度会，逐项过堂测评材料"),
            W(1.6, OFFICE, "工作进展", "召开巩固提升推进会，部署迎检冲刺工作"),
        ),
    ),
    P(
        "A4",
        "建立包保责任制",
        "市级领导包街道、部门包社区、干部包路段",
        OFFICE,
        MECHANISM,
        DONE,
        0.4,
        others=ALL_STREETS,
        indicator="Ⅲ-1",
        work=(
            W(0.25, OFFICE, "制度建设", "建立市级领导包街道、部门包社区、干部包路段的三级包保机制", "包保社区=12个"),
            W(0.36, "朝阳街道办事处", "制度建设", "组织机关干部下沉社区，与居民骨干共同认领路段", "认领路段=36条"),
        ),
    ),
    P(
        "A5",
        "测评材料收集报送",
        "按网上申报要求收集整理材料",
        OFFICE,
        MECHANISM,
        RUNNING,
        in_days=9,
        others=("市委宣传部", "市教育局", "市民政局"),
        indicator="Ⅲ-1",
        target=(168, "件"),
        work=(
            W(0.6, OFFICE, "工作进展", "举办测评材料业务培训，讲解报送标准和格式要求", "参训人员=76人"),
            W(0.85, "市委宣传部", "工作进展", "收集整理宣传教育类材料，完成第一批初审", "报送材料=42件"),
            W(1.4, "市教育局", "工作进展", "报送未成年人思想道德建设材料", "报送材料=31件"),
            W(1.8, "市民政局", "工作进展", "报送移风易俗和养老服务材料", "报送材料=19件"),
        ),
    ),
    P(
        "A6",
        "领导小组成员单位述职",
        "成员单位就创建工作作半年述职",
        OFFICE,
        MECHANISM,
        DONE,
        0.98,
        work=(W(0.97, OFFICE, "检查督导", "组织成员单位半年述职，现场点评、量化打分", "述职单位=21家"),),
    ),
    P("A7", "迎检工作方案编制", "编制迎检线路、点位和人员安排", OFFICE, MECHANISM, DRAFT, in_days=25, indicator="Ⅲ-1"),
    # 二 宣传引导
    P(
        "B1",
        "公益广告更新刊播",
        "主次干道、广场、工地围挡刊播比例达标",
        "市委宣传部",
        MORALS,
        DONE,
        0.95,
        others=("市城市管理局", "市住房和城乡建设局"),
        indicator="Ⅲ-4",
        target=(600, "处"),
        work=(
            W(
                0.28,
                "市委宣传部",
                "宣传教育",
                "设计制作核心价值观、文明健康、节约粮食等主题公益广告",
                "更新公益广告=186处",
            ),
            W(0.55, "市城市管理局", "宣传教育", "在主次干道灯杆、公交站台更新刊播公益广告", "更新公益广告=240处", True),
            W(0.9, "市住房和城乡建设局", "宣传教育", "督促在建工地围挡按比例刊播公益广告", "更新公益广告=194处"),
        ),
    ),
    P(
        "B2",
        "媒体创建专栏",
        "报纸、电视、新媒体开设专栏",
        "市委宣传部",
        MORALS,
        RUNNING,
        indicator="Ⅲ-5",
        frequency="每周1次",
        work=(
            W(0.35, "市委宣传部", "宣传教育", "在市融媒体中心开设“文明清河”专栏，刊发典型做法", "刊发稿件=38篇"),
            W(
                0.8,
                "市委宣传部",
                "宣传教育",
                "推出“身边的文明人”系列报道，反响良好",
                "刊发稿件=45篇；阅读量=36万余次",
                True,
            ),
            W(1.5, "市委宣传部", "宣传教育", "开设曝光台，跟踪报道不文明行为整改情况", "刊发稿件=52篇"),
        ),
    ),
    P(
        "B3",
        "创建知识入户宣传",
        "发放倡议书、宣传册，提高知晓率",
        "市委宣传部",
        MORALS,
        DONE,
        0.8,
        others=ALL_STREETS,
        indicator="Ⅲ-6",
        target=(30000, "份"),
        work=(
            W(0.4, "朝阳街道办事处", "宣传教育", "组织网格员入户发放创建倡议书，讲解市民公约", "发放宣传册=6800份"),
            W(0.42, "滨河街道办事处", "宣传教育", "利用居民议事会、楼栋微信群开展创建知识宣传", "发放宣传册=5200份"),
            W(0.5, "文昌街道办事处", "宣传教育", "在书院广场设置宣传台，现场解答居民提问", "发放宣传册=4600份"),
            W(0.58, "北城街道办事处", "宣传教育", "组织老党员宣讲队进院落、进楼道宣讲", "发放宣传册=5100份；宣讲=26场"),
            W(0.66, "新桥街道办事处", "宣传教育", "联合辖区商户张贴创建海报，播放公益短片", "发放宣传册=4900份"),
            W(
                0.7,
                "柳林街道办事处",
                "宣传教育",
                "把创建知识编成快板、顺口溜，让居民听得懂、记得住",
                "发放宣传册=4300份",
                True,
            ),
        ),
    ),
    P(
        "B4",
        "户外电子屏宣传",
        "主要商圈电子屏播放公益短片",
        "市文化和旅游局",
        MORALS,
        RUNNING,
        indicator="Ⅲ-6",
        frequency="每天1次",
        work=(W(0.45, "市文化和旅游局", "宣传教育", "协调商圈、影院、景区电子屏滚动播放公益短片", "电子屏=57块"),),
    ),
    P(
        "B5",
        "评选清河好人",
        "评选宣传身边好人",
        "市委宣传部",
        MORALS,
        WAITING,
        1.9,
        work=(
            W(0.62, "市委宣传部", "典型经验", "开展“清河好人”推荐评选，群众推荐线索踊跃", "推荐线索=128条"),
            W(1.7, "市委宣传部", "典型经验", "举办“清河好人”发布仪式", "评出好人=12名", True),
        ),
    ),
    P(
        "B6",
        "文明创建主题文化墙",
        "在老旧小区建设主题文化墙",
        "市文化和旅游局",
        FACILITIES,
        RUNNING,
        in_days=18,
        others=ALL_STREETS[:3],
        indicator="Ⅲ-6",
        target=(40, "面"),
        work=(
            W(0.72, "朝阳街道办事处", "设施建设", "邀请美术教师和居民一起绘制文化墙", "绘制文化墙=9面"),
            W(0.93, "滨河街道办事处", "设施建设", "结合滨河步道打造家风家训文化墙", "绘制文化墙=8面"),
            W(1.55, "文昌街道办事处", "设施建设", "利用书院街老墙面展示地方文化", "绘制文化墙=11面", True),
        ),
    ),
    P("B7", "网络文明宣传", "组织网络文明主题活动", "市委宣传部", MORALS, CANCELLED, 1.3),
    # 三 环境整治
    P(
        "C1",
        "背街小巷路面整修",
        "整修破损路面，疏通排水",
        "市住房和城乡建设局",
        ENVIRONMENT,
        DONE,
        0.92,
        others=ALL_STREETS[:4],
        indicator="Ⅲ-14",
        target=(24, "条"),
        work=(
            W(
                0.38,
                "市住房和城乡建设局",
                "设施建设",
                "对槐荫巷、书院后街等小巷进行平整、硬化",
                "整修小巷=9条；硬化路面=12600平方米",
            ),
            W(
                0.68,
                "市住房和城乡建设局",
                "设施建设",
                "完成望湖巷、码头巷雨污管网疏通和路面恢复",
                "整修小巷=8条；硬化路面=9800平方米",
                True,
            ),
            W(
                0.88,
                "北城街道办事处",
                "设施建设",
                "配合施工做好沿线住户沟通，修补台阶和井盖",
                "整修小巷=7条；更换井盖=63个",
            ),
        ),
    ),
    P(
        "C2",
        "楼道杂物清理",
        "清理楼道、屋面和院落堆放物",
        ALL_STREETS[0],
        ENVIRONMENT,
        RUNNING,
        others=ALL_STREETS[1:],
        indicator="Ⅲ-14",
        frequency="每周1次",
    ),
    P(
        "C3",
        "主次干道保洁提升",
        "延长保洁时间，加密机扫洒水",
        "市城市管理局",
        ENVIRONMENT,
        RUNNING,
        indicator="Ⅲ-13",
        frequency="每天2次",
        work=(
            W(0.33, "市城市管理局", "环境整治", "实行“机扫+人工+快保”作业，主干道保洁延长至22时", "机扫里程=4200公里"),
            W(
                0.7,
                "市城市管理局",
                "环境整治",
                "对路缘石、人行道砖缝集中冲洗，做到路见本色",
                "冲洗路面=86万平方米",
                True,
            ),
            W(1.45, "市城市管理局", "环境整治", "增加秋季落叶清扫班次，做到随落随清", "清运落叶=260吨"),
        ),
    ),
    P(
        "C4",
        "农贸市场规范提升",
        "划行归市、更换摊位、治理占道",
        "市市场监督管理局",
        ENVIRONMENT,
        DONE,
        0.97,
        others=("市城市管理局",),
        indicator="Ⅲ-15",
        target=(6, "个"),
        work=(
            W(0.44, "市市场监督管理局", "环境整治", "督促市场开办方更换防滑地砖、改造排水沟", "改造市场=2个"),
            W(0.64, "市城市管理局", "秩序管理", "在早市周边设置疏导点，引导流动摊贩入市经营", "疏导摊贩=130余户"),
            W(
                0.95,
                "市市场监督管理局",
                "环境整治",
                "完成中心农贸市场等划行归市和标识更新",
                "改造市场=4个；更换摊位=218套",
                True,
            ),
        ),
    ),
    P(
        "C5",
        "河道水面清漂",
        "清理河面漂浮物和岸坡垃圾",
        "市水务局",
        ENVIRONMENT,
        RUNNING,
        indicator="Ⅲ-16",
        frequency="每天1次",
        work=(
            W(0.41, "市水务局", "环境整治", "对清河城区段岸坡和水面开展集中清理", "清理河道=18公里；打捞漂浮物=46吨"),
            W(0.83, "市水务局", "环境整治", "汛前排查沿河排口，封堵混接点", "排查排口=72处"),
            W(1.35, "市水务局", "环境整治", "汛后清理滩地垃圾和水草", "打捞漂浮物=38吨"),
        ),
    ),
    P(
        "C6",
        "公园绿地补植",
        "补植裸露绿地，修剪行道树",
        "市园林绿化中心",
        ENVIRONMENT,
        DONE,
        0.75,
        indicator="Ⅲ-17",
        target=(50000, "平方米"),
        work=(
            W(
                0.36,
                "市园林绿化中心",
                "环境整治",
                "补植补种城区绿地，栽植应季花卉",
                "补植绿地=32000平方米；栽植花卉=15万株",
            ),
            W(0.6, "市园林绿化中心", "环境整治", "完成湖滨公园、文昌游园裸露土地覆绿", "补植绿地=21000平方米", True),
        ),
    ),
    P(
        "C7",
        "生活垃圾分类",
        "规范投放点，开展入户指导",
        "市城市管理局",
        ENVIRONMENT,
        RUNNING,
        in_days=0,
        others=ALL_STREETS,
        indicator="Ⅲ-18",
        target=(320, "处"),
        work=(
            W(0.48, "市城市管理局", "设施建设", "新建改造垃圾分类投放点，配备洗手池和照明", "改造投放点=120处"),
            W(0.77, "新桥街道办事处", "宣传教育", "组织桶边督导员早晚值守，指导居民分类投放", "督导志愿者=86人"),
            W(1.25, "市城市管理局", "设施建设", "完成第二批投放点改造", "改造投放点=150处"),
            W(1.75, "柳林街道办事处", "宣传教育", "开展垃圾分类积分兑换活动", "参与居民=2300余人次", True),
        ),
    ),
    P(
        "C8",
        "公共厕所提升",
        "改造老旧公厕，落实专人保洁",
        "市城市管理局",
        FACILITIES,
        DONE,
        1.2,
        indicator="Ⅲ-22",
        target=(28, "座"),
        work=(
            W(0.52, "市城市管理局", "设施建设", "改造提升老旧公厕，增设无障碍厕位和婴儿护理台", "改造公厕=11座"),
            W(0.91, "市城市管理局", "设施建设", "统一更新公厕标识，落实一厕一人保洁", "改造公厕=8座"),
            W(1.15, "市城市管理局", "设施建设", "完成剩余公厕改造并对外开放", "改造公厕=9座"),
        ),
    ),
    P(
        "C9",
        "病媒生物防制",
        "清除孳生地，开展春秋季消杀",
        "市卫生健康局",
        ENVIRONMENT,
        RUNNING,
        others=("市第一人民医院",),
        indicator="Ⅲ-28",
        frequency="每季度1次",
        work=(
            W(
                0.4,
                "市卫生健康局",
                "环境整治",
                "开展春季病媒生物集中消杀，清理积水容器",
                "消杀面积=120万平方米；投放毒饵=3200公斤",
            ),
            W(0.86, "市第一人民医院", "环境整治", "清理院区卫生死角，定期检查防鼠防蝇设施", "更换纱窗=140扇"),
            W(1.4, "市卫生健康局", "环境整治", "组织秋季消杀和效果评估", "消杀面积=98万平方米"),
        ),
    ),
    P(
        "C10",
        "建筑工地扬尘治理",
        "落实围挡、喷淋、冲洗措施",
        "市住房和城乡建设局",
        ENVIRONMENT,
        RUNNING,
        in_days=-6,
        others=("市生态环境局",),
        work=(
            W(0.57, "市住房和城乡建设局", "检查督导", "对在建工地逐一检查围挡、喷淋和车辆冲洗设施", "检查工地=43处"),
            W(1.3, "市生态环境局", "检查督导", "开展夜间渣土运输联合检查", "检查车辆=210辆"),
        ),
    ),
    P(
        "C11",
        "架空线缆整治",
        "清理废弃线缆，规整入盒入槽",
        "清河通信公司",
        FACILITIES,
        RUNNING,
        in_days=-2,
        others=("市住房和城乡建设局",),
        target=(60, "条"),
        work=(
            W(0.73, "清河通信公司", "设施建设", "清理书院街、码头路等处空中废弃线缆", "清理线缆=26公里；整治街巷=18条"),
            W(1.5, "清河通信公司", "设施建设", "完成第二批街巷线缆捆扎入盒", "清理线缆=31公里；整治街巷=22条"),
        ),
    ),
    # 四 秩序管理
    P(
        "D1",
        "文明交通劝导",
        "早晚高峰定点劝导",
        "市公安局",
        ORDER,
        RUNNING,
        others=("团市委",),
        indicator="Ⅲ-7",
        frequency="每天2次",
        work=(
            W(0.3, "市公安局", "秩序管理", "在主要路口设置文明交通劝导岗，早晚高峰定点值守", "劝导岗=32个"),
            W(0.62, "团市委", "志愿服务", "组织青年志愿者参与文明交通劝导", "参与志愿者=1260人次"),
            W(1.6, "市公安局", "秩序管理", "开展非机动车逆行、不戴头盔专项整治", "教育引导=4800余人次", True),
        ),
    ),
    P(
        "D2",
        "停车泊位挖潜",
        "新增泊位，错时共享",
        "市公安局",
        FACILITIES,
        DONE,
        0.99,
        others=("市城市管理局",),
        indicator="Ⅲ-23",
        target=(1500, "个"),
        work=(
            W(0.47, "市公安局", "设施建设", "在学校、医院周边施划限时停车泊位", "新增泊位=620个"),
            W(0.78, "市城市管理局", "设施建设", "利用边角地建设临时停车场", "新增泊位=540个"),
            W(
                0.96,
                "市公安局",
                "便民服务",
                "推动机关单位停车场夜间和周末向市民开放",
                "共享泊位=860个；新增泊位=380个",
                True,
            ),
        ),
    ),
    P(
        "D3",
        "非机动车停放整治",
        "施划停放区，清理僵尸车",
        "市城市管理局",
        ORDER,
        RUNNING,
        others=ALL_STREETS[:2],
        indicator="Ⅲ-23",
        frequency="每天1次",
        work=(
            W(
                0.56,
                "市城市管理局",
                "秩序管理",
                "施划非机动车停放区，清理长期占道车辆",
                "施划停放区=310处；清理车辆=740辆",
            ),
        ),
    ),
    P(
        "D4",
        "公交文明服务",
        "车容整洁，文明让座",
        "清河公交公司",
        SERVICE,
        DONE,
        0.85,
        others=("市交通运输局",),
        indicator="Ⅲ-24",
        work=(
            W(0.39, "清河公交公司", "便民服务", "对运营车辆逐台检查维修，更换破损座椅和扶手", "检修车辆=168台"),
            W(0.69, "清河公交公司", "典型经验", "开展“文明车厢”创建，评选星级驾驶员", "评选驾驶员=20名", True),
            W(0.82, "市交通运输局", "检查督导", "聘请乘客监督员不定期乘车体验", "监督员=15名"),
        ),
    ),
    P(
        "D5",
        "出租车行业整治",
        "规范经营、整治车容",
        "市交通运输局",
        ORDER,
        WAITING,
        1.85,
        work=(
            W(0.74, "市交通运输局", "秩序管理", "组织出租车驾驶员文明服务培训", "参训驾驶员=430人"),
            W(1.65, "市交通运输局", "秩序管理", "开展车容车貌集中检查，统一更换座套", "检查车辆=512台"),
        ),
    ),
    P(
        "D6",
        "消防通道畅通",
        "清理占用堵塞，划线立标",
        "市消防救援大队",
        ORDER,
        RUNNING,
        in_days=5,
        others=ALL_STREETS[2:5],
        indicator="Ⅲ-25",
        target=(180, "个"),
        work=(
            W(0.54, "市消防救援大队", "秩序管理", "对居民小区消防车通道划线立标", "划线小区=72个"),
            W(0.87, "北城街道办事处", "问题整改", "联合物业清理占用通道车辆和杂物", "清理占道=96处"),
            W(1.5, "市消防救援大队", "秩序管理", "推进第二批小区通道划线", "划线小区=65个"),
        ),
    ),
    P(
        "D7",
        "校园周边治理",
        "整治摊贩和交通",
        "市教育局",
        ORDER,
        DONE,
        0.9,
        others=("市公安局", "市市场监督管理局"),
        indicator="Ⅲ-29",
        target=(36, "所"),
        work=(
            W(0.5, "市教育局", "秩序管理", "推行错时放学和家长志愿护学", "护学学校=36所", True),
            W(0.7, "市市场监督管理局", "检查督导", "检查校园周边食品经营店", "检查门店=213家"),
            W(0.84, "市公安局", "秩序管理", "在校门口增设隔离栏和限时停车位", "隔离栏=1800米"),
        ),
    ),
    P("D8", "文明养犬管理", "登记办证，劝导不文明养犬", "市公安局", ORDER, ISSUED, in_days=12, others=ALL_STREETS),
    P(
        "D9",
        "商业街经营秩序",
        "规范店外经营和招牌",
        "市城市管理局",
        ORDER,
        RUNNING,
        in_days=2,
        indicator="Ⅲ-13",
        work=(
            W(0.66, "市城市管理局", "秩序管理", "与沿街商户签订门前责任书", "签订责任书=1460份"),
            W(1.7, "市城市管理局", "秩序管理", "清理步行街破损招牌和占道灯箱", "清理招牌=87处"),
        ),
    ),
    # 五 民生实事
    P(
        "E1",
        "老旧小区改造",
        "完成年度改造任务",
        "市住房和城乡建设局",
        FACILITIES,
        RUNNING,
        in_days=30,
        others=ALL_STREETS[:4],
        indicator="Ⅲ-20",
        target=(22, "个"),
        work=(
            W(0.37, "市住房和城乡建设局", "设施建设", "启动老旧小区改造，逐户征求居民意见", "征求意见=3260户"),
            W(
                0.81,
                "市住房和城乡建设局",
                "设施建设",
                "完成首批小区外墙、管网、停车位改造",
                "完工小区=9个；惠及居民=2480户",
                True,
            ),
            W(1.6, "市住房和城乡建设局", "设施建设", "完成第二批小区改造", "完工小区=8个；惠及居民=2110户"),
        ),
    ),
    P(
        "E2",
        "窗口服务提升",
        "推行一窗受理、延时服务",
        "市政务服务中心",
        SERVICE,
        DONE,
        0.7,
        indicator="Ⅲ-2",
        work=(
            W(0.34, "市政务服务中心", "便民服务", "推行一窗受理和午间不间断服务", "进驻事项=1240项"),
            W(0.65, "市政务服务中心", "便民服务", "设置帮办代办区和老年人专窗", "帮办代办=5600余件", True),
        ),
    ),
    P(
        "E3",
        "热线诉求办理",
        "接诉即办，按时回访",
        "市政务服务中心",
        SERVICE,
        RUNNING,
        indicator="Ⅲ-3",
        frequency="每天1次",
        work=(
            W(0.6, "市政务服务中心", "便民服务", "办理群众来电诉求，逐件回访", "受理诉求=18600件；按时办结率=98.2%"),
            W(0.98, "市政务服务中心", "便民服务", "对集中反映的停车、噪声问题开展会商", "会商事项=14件"),
            W(1.7, "市政务服务中心", "便民服务", "梳理高频诉求，推动源头解决", "受理诉求=12300件；按时办结率=98.6%"),
        ),
    ),
    P(
        "E4",
        "医院便民服务",
        "导医、轮椅、无烟医院",
        "市第一人民医院",
        SERVICE,
        DONE,
        0.6,
        indicator="Ⅲ-27",
        work=(
            W(
                0.31,
                "市第一人民医院",
                "便民服务",
                "在门诊大厅设置便民服务台，配备轮椅、老花镜和充电设备",
                "配备轮椅=30辆",
            ),
            W(
                0.57,
                "市第一人民医院",
                "便民服务",
                "推广预约诊疗和检查结果互认，缩短患者等候时间",
                "预约就诊率=82.5%",
                True,
            ),
        ),
    ),
    P(
        "E5",
        "社区助餐点建设",
        "每街道不少于3处",
        "市民政局",
        SERVICE,
        RUNNING,
        in_days=20,
        others=ALL_STREETS,
        indicator="Ⅲ-31",
        target=(20, "处"),
        work=(
            W(0.59, "市民政局", "便民服务", "制定社区助餐点建设和补贴办法", ""),
            W(
                0.89,
                "文昌街道办事处",
                "便民服务",
                "建成书院社区助餐点，为老人提供平价午餐",
                "建成助餐点=2处；服务老人=180人",
            ),
            W(1.5, "市民政局", "便民服务", "指导各街道建成助餐点", "建成助餐点=12处", True),
        ),
    ),
    P(
        "E6",
        "路灯补亮",
        "修复不亮路灯，补装盲区",
        "市住房和城乡建设局",
        FACILITIES,
        DONE,
        0.65,
        indicator="Ⅲ-19",
        target=(400, "盏"),
        work=(
            W(0.45, "市住房和城乡建设局", "设施建设", "排查城区照明盲区，修复不亮路灯", "修复路灯=265盏；亮灯率=99.1%"),
            W(0.61, "市住房和城乡建设局", "设施建设", "在背街小巷补装太阳能路灯", "补装路灯=158盏"),
        ),
    ),
    P(
        "E7",
        "无障碍设施改造",
        "坡道、盲道、卫生间改造",
        "市住房和城乡建设局",
        FACILITIES,
        RUNNING,
        in_days=-11,
        others=("市民政局",),
        indicator="Ⅲ-21",
        target=(120, "处"),
        work=(
            W(0.71, "市住房和城乡建设局", "设施建设", "整改盲道占用、断头问题", "整改盲道=3600米"),
            W(1.4, "市住房和城乡建设局", "设施建设", "改造公共场所坡道和扶手", "改造坡道=58处"),
        ),
    ),
    P(
        "E8",
        "餐饮后厨明亮行动",
        "推进阳光后厨，落实公示",
        "市市场监督管理局",
        SERVICE,
        DONE,
        0.88,
        indicator="Ⅲ-26",
        target=(500, "家"),
        work=(
            W(0.53, "市市场监督管理局", "检查督导", "推动学校食堂和大中型餐饮店实施阳光后厨", "建成阳光后厨=310家"),
            W(
                0.85,
                "市市场监督管理局",
                "检查督导",
                "检查餐饮单位证照公示和从业人员健康证",
                "建成阳光后厨=215家；检查单位=1180家次",
            ),
        ),
    ),
    P(
        "E9",
        "健身设施维护",
        "检修社区健身器材",
        "市文化和旅游局",
        FACILITIES,
        RUNNING,
        in_days=7,
        others=ALL_STREETS[3:],
        target=(300, "件"),
        work=(
            W(0.79, "市文化和旅游局", "设施建设", "逐个社区检修健身器材，更换老化部件", "检修器材=142件"),
            W(1.55, "新桥街道办事处", "设施建设", "新建锦绣社区健身角", "新装器材=16件"),
        ),
    ),
    # 六 文明实践
    P(
        "F1",
        "新时代文明实践站建设",
        "站点有人、有物、有活动",
        "市委宣传部",
        MORALS,
        DONE,
        0.94,
        others=ALL_STREETS,
        indicator="Ⅲ-12",
        target=(12, "个"),
        work=(
            W(0.32, "市委宣传部", "制度建设", "制定文明实践站建设标准和星级评定办法"),
            W(
                0.63,
                "文昌街道办事处",
                "志愿服务",
                "指导书院社区整合用房设立文明实践站，开展理论宣讲和技能培训",
                "开展活动=24场",
                True,
            ),
            W(0.92, "市委宣传部", "文明实践", "完成社区文明实践站达标验收", "达标站点=12个"),
        ),
    ),
    P(
        "F2",
        "志愿服务注册与活动",
        "注册率达标，活动常态",
        "团市委",
        MORALS,
        RUNNING,
        indicator="Ⅲ-11",
        frequency="每周1次",
        work=(
            W(0.43, "团市委", "志愿服务", "组建青年志愿服务队，围绕交通、环保、助老开展活动", "注册志愿者=46000余人"),
            W(
                0.95,
                "团市委",
                "志愿服务",
                "开展“周末一小时”志愿服务活动",
                "参与志愿者=3800人次；服务时长=7600小时",
                True,
            ),
            W(1.6, "团市委", "志愿服务", "开展迎检志愿服务骨干培训", "参训骨干=160人"),
        ),
    ),
    P(
        "F3",
        "文明餐桌行动",
        "光盘行动、公筷公勺",
        "市市场监督管理局",
        MORALS,
        DONE,
        0.82,
        others=("市文化和旅游局",),
        indicator="Ⅲ-8",
        work=(
            W(
                0.49,
                "市市场监督管理局",
                "宣传教育",
                "向餐饮店发放文明餐桌提示牌和公筷",
                "发放提示牌=8600个；公筷=1.2万双",
            ),
            W(0.76, "市文化和旅游局", "宣传教育", "在旅游饭店推广小份菜、半份菜", "参与饭店=46家"),
        ),
    ),
    P(
        "F4",
        "文明旅游引导",
        "景区文明提示和志愿服务",
        "市文化和旅游局",
        MORALS,
        DONE,
        0.86,
        indicator="Ⅲ-9",
        work=(
            W(
                0.58,
                "市文化和旅游局",
                "志愿服务",
                "在景区设立文明旅游志愿服务岗，劝导不文明行为",
                "服务岗=14个；服务游客=9万余人次",
            ),
        ),
    ),
    P(
        "F5",
        "移风易俗",
        "健全红白理事会",
        "市民政局",
        MORALS,
        DONE,
        0.78,
        others=ALL_STREETS[4:],
        indicator="Ⅲ-10",
        work=(
            W(0.46, "市民政局", "制度建设", "指导村居修订村规民约，健全红白理事会", "理事会=96个"),
            W(0.74, "柳林街道办事处", "典型经验", "推行喜事新办、丧事简办，为群众减轻负担", "节约开支=86万元", True),
        ),
    ),
    P(
        "F6",
        "未成年人活动阵地",
        "建设街道少年活动中心",
        "市教育局",
        SERVICE,
        RUNNING,
        in_days=3,
        others=("团市委", "市实验小学"),
        indicator="Ⅲ-30",
        target=(6, "个"),
        work=(
            W(0.67, "市教育局", "设施建设", "依托学校和社区建设少年活动中心", "建成中心=2个"),
            W(
                0.83,
                "市实验小学",
                "文明实践",
                "开展“小手拉大手”文明实践活动，学生带动家长参与",
                "参与家庭=1500余户",
                True,
            ),
            W(1.65, "市教育局", "设施建设", "完成新桥、柳林活动中心布置", "建成中心=2个"),
        ),
    ),
    P(
        "F7",
        "文化惠民演出",
        "送演出进社区、进广场",
        "市文化和旅游局",
        MORALS,
        RUNNING,
        others=("清河学院",),
        indicator="Ⅲ-32",
        frequency="每月1次",
        work=(
            W(0.55, "市文化和旅游局", "文明实践", "组织文艺小分队进社区演出", "演出=36场；观众=2.4万人次"),
            W(0.9, "清河学院", "文明实践", "与社区结对，开设书法、合唱公益课堂", "授课=48场", True),
        ),
    ),
    P("F8", "文明家庭评选", "评选宣传文明家庭", "市委宣传部", MORALS, ISSUED, in_days=40),
    # 七 问题整改
    P(
        "G1",
        "日常督查",
        "督查组每周巡查，问题当日交办",
        OFFICE,
        MECHANISM,
        RUNNING,
        frequency="每周1次",
        work=(
            W(0.35, OFFICE, "检查督导", "组建督查组，采取不打招呼、直奔现场的方式开展督查", "督查组=2个"),
            W(0.93, OFFICE, "检查督导", "实行周督查、月通报，问题直接交办到责任单位", "下发通报=6期", True),
            W(1.6, OFFICE, "检查督导", "对反弹问题开展回头看", "回头看点位=41个"),
        ),
    ),
    P(
        "G2",
        "第三方模拟测评",
        "委托第三方开展模拟测评",
        OFFICE,
        MECHANISM,
        DONE,
        0.96,
        work=(
            W(0.94, OFFICE, "检查督导", "委托第三方对实地点位和入户问卷开展模拟测评", "测评点位=60个；入户问卷=600份"),
        ),
    ),
    P(
        "G3",
        "问题整改闭环",
        "建立发现、交办、整改、复核、销号闭环",
        OFFICE,
        MECHANISM,
        RUNNING,
        in_days=1,
        others=tuple(name for name, *_ in BUREAUS[1:5]),
        work=(
            W(0.5, OFFICE, "制度建设", "建立问题台账，实行发现、交办、整改、复核、销号闭环管理"),
            W(0.8, "市城市管理局", "问题整改", "对市容环境类问题集中攻坚，限期销号"),
            W(1.7, "市公安局", "问题整改", "对交通秩序类问题逐一会商，落实责任路段"),
        ),
    ),
    P(
        "G4",
        "市民巡访",
        "聘请市民巡访员",
        OFFICE,
        MECHANISM,
        WAITING,
        1.95,
        work=(
            W(0.68, OFFICE, "检查督导", "聘请市民巡访员，定期开展“文明随手拍”", "巡访员=50名；反映问题=320余条", True),
            W(1.9, OFFICE, "检查督导", "召开市民巡访员座谈会，听取意见建议", "意见建议=27条"),
        ),
    ),
    P(
        "G5",
        "通报考核",
        "每季度考核排名",
        OFFICE,
        MECHANISM,
        RUNNING,
        frequency="每季度1次",
        work=(
            W(0.49, OFFICE, "检查督导", "对成员单位开展第一季度考核，结果在全市通报"),
            W(0.99, OFFICE, "检查督导", "开展半年考核，约谈排名靠后单位", "约谈单位=2家"),
        ),
    ),
)
# What the streets log of their communities over and over: {n} and {m} differ from time to time.
ROUTINE = (
    ("C2", "环境整治", "开展楼道堆放物集中清理，党员带头、居民参与", "清理楼道={n}个；清运杂物={m}吨"),
    ("C2", "环境整治", "组织楼栋长、志愿者清除小广告、擦拭扶手", "清除小广告={n}处"),
    ("C2", "问题整改", "对院落卫生死角进行回头看，补齐保洁短板", "整治死角={m}处"),
    ("C7", "宣传教育", "开展垃圾分类入户指导，解答居民疑问", "入户指导={n}户"),
)

# Recurring duty kept line by line (a week, a month …): of so many lines one is missed, of so many one kept in part.
KEPT = "已按频次落实"
MISSED, IN_PART = 11, 4
# What is counted of a duty that is due more than once a line.
COUNTED = {"B4": "滚动播放", "C3": "机扫作业", "C5": "河面打捞", "D1": "上岗劝导", "D3": "巡回规整", "E3": "热线调度"}


def rows(days: Days) -> list[dict]:
    """The sheet 任务: a task for each chapter, and the leaves below it."""
    found = [
        {
            "编号": letter,
            "板块": chapter,
            "名称": heading,
            "牵头单位": OFFICE,
            "分管领导": leader,
            "开始日期": days.start,
            "完成时限": days.end,
            "状态": RUNNING,
        }
        for letter, (chapter, heading, _opening), leader in zip("ABCDEFG", CHAPTERS, LEADERS, strict=True)
    ]
    return found + [_row(planned, days) for planned in PLANNED]


def _row(planned: Planned, days: Days) -> dict:
    place = "ABCDEFG".index(planned.code[0])
    due = days.ahead(planned.in_days) if planned.in_days is not None else planned.due and days.working(planned.due)
    done = days.working(planned.due) if planned.state in (DONE, CANCELLED) else None
    target, measure = planned.target or (None, "")
    return {
        "编号": planned.code,
        "上级编号": planned.code[0],
        "板块": f"{CHAPTERS[place][0]}、{planned.action}",
        "指标编号": planned.indicator,
        "名称": planned.name,
        "工作要求": planned.requirement,
        "牵头单位": planned.lead,
        "责任单位": "、".join(planned.others),
        "分管领导": LEADERS[place] if planned.code.endswith("1") else "",
        "开始日期": days.working(0.02),
        "完成时限": due,
        "目标值": target,
        "计量单位": measure,
        "频次": planned.frequency,
        "状态": planned.state,
        "办结日期": done,
    }


def log(days: Days) -> list[dict]:
    """The sheet 工作记录."""
    found = [_entry(planned.code, work, days) for planned in PLANNED for work in planned.work]
    found += [_entry(code, work, days) for code, work in _routine()]
    found += [
        row for number, planned in enumerate(PLANNED) if planned.frequency for row in _kept(planned, number, days)
    ]
    # Weekends moved to Friday, and a half-year only just over, can let two fall on one day.
    return list({(row["任务编号"], row["日期"], row["单位"], row["内容"]): row for row in found}.values())


def _entry(code: str, work: Work, days: Days) -> dict:
    return {
        "任务编号": code,
        "日期": days.working(work.at),
        "单位": work.unit,
        "类别": work.kind,
        "内容": work.content,
        "成效数据": work.amounts,
        "亮点": "是" if work.highlight else "否",
    }


def _kept(planned: Planned, number: int, days: Days) -> Iterator[dict]:
    """Of each unit an entry for each line of its duty that is over, but for those that were missed."""
    lines = recurrence.lines(planned.frequency, first=days.working(0.02), last=days.yesterday, calendar=CALENDAR)
    for unit_number, unit in enumerate((planned.lead, *planned.others)):
        for place, line in enumerate(lines):
            turn = place + 3 * unit_number + 5 * number
            times = line.due - (turn % IN_PART == 0) if line.due > 1 else line.due
            if turn % MISSED == 0 or not times:
                continue
            amounts = f"{COUNTED[planned.code]}={times}次" if line.due > 1 else ""
            # Each on a weekday of its own.
            day = min(line.first + timedelta(days=(number + 2 * unit_number) % SATURDAY), line.last)
            yield {**_entry(planned.code, Work(0, unit, "", KEPT, amounts), days), "日期": day}


def _routine() -> Iterator[tuple[str, Work]]:
    """What the streets logged in turn: for each community four kinds of work, twice."""
    for number in range(len(COMMUNITIES)):
        street = ALL_STREETS[number // 2]
        for place, (code, kind, content, amounts) in enumerate(ROUTINE):
            n, m = 20 + 7 * ((number * 5 + place * 3) % 13), 3 + (number * 3 + place * 5) % 17
            first, second = 0.22 + place * 0.2 + number * 0.013, 1.1 + place * 0.2 + number * 0.01
            yield code, Work(first, street, kind, content, amounts.format(n=n, m=m))
            yield code, Work(second, street, kind, content, amounts.format(n=n + 9, m=m + 2))
