"""What an inspector says with one tap: the office's sentences for a type of site, else those suggested here."""

from __future__ import annotations

from campaigns.models import Campaign
from inspections.models import PhraseBook, SiteType

EVERYWHERE = (
    "有垃圾未及时清理",
    "地面有污渍、烟头",
    "墙面有小广告",
    "物品乱堆乱放",
    "车辆乱停放",
    "公益广告破损、褪色",
    "设施损坏，未见维修",
    "有人吸烟，无人劝阻",
)
OF_KIND = {
    "农贸市场": (
        "摊位占道经营",
        "活禽区未隔离",
        "垃圾桶未加盖、满溢",
        "未公示检测结果",
        "熟食未加防蝇罩",
        "地面湿滑、有积水",
        "未见公平秤",
    ),
    "主干道": (
        "非机动车停放不入位",
        "人行道被占用",
        "绿化带内有垃圾",
        "路面破损、坑洼",
        "盲道被占用或中断",
        "行人、非机动车闯红灯",
    ),
    "背街小巷": ("路面有积水、破损", "杂物堆放堵路", "墙面乱涂乱画", "线缆低垂、杂乱", "路灯不亮"),
    "社区": ("楼道堆放杂物", "消防通道被占", "电动车在楼道充电", "公示栏内容过期", "健身器材损坏", "飞线充电"),
    "老旧小区": ("楼道堆放杂物", "墙皮脱落", "绿地种菜、踩踏", "垃圾分类桶混投", "车辆占用消防通道"),
    "公共厕所": ("地面有污水、异味大", "无洗手液或厕纸", "设施损坏未修", "保洁记录未填写", "无障碍厕位被占用"),
    "政务服务大厅": ("窗口无人值守", "未设等候座椅或饮水", "无障碍设施不全", "意见箱、评价器损坏", "工作人员态度生硬"),
    "医院": ("未见禁烟标识", "无障碍通道被占", "候诊秩序混乱", "医疗垃圾桶未盖", "投诉渠道未公示"),
    "公园广场": ("草坪有垃圾", "座椅、健身器材损坏", "宠物未牵绳", "水面有漂浮物", "公益广告褪色"),
    "公交站": ("站牌破损", "候车亭有小广告", "排队秩序乱", "地面有烟头"),
    "建筑工地": ("围挡破损", "出入口未冲洗", "裸土未覆盖", "公益广告不足"),
    "餐饮店": ("未张贴“光盘行动”提示", "后厨门敞开、卫生差", "油污外溢", "证照未上墙", "从业人员未戴口罩"),
}


def suggested(kind: SiteType | None) -> list[str]:
    """The sentences a campaign starts with for a type of site; for one of our types by its name."""
    return list(OF_KIND.get(kind.name, ())) if kind else list(EVERYWHERE)


def offered(campaign: Campaign) -> dict[int | None, list[str]]:
    """The sentences by the key of the site's type, under None those that fit everywhere. Two queries."""
    named = {None: list(EVERYWHERE)} | {kind.pk: suggested(kind) for kind in SiteType.objects.all()}
    written = {book.kind_id: book.lines for book in PhraseBook.objects.of(campaign)}
    return {kind: lines for kind, lines in (named | written).items() if lines}
