"""What /system/components/ shows: every component with every tone, on made-up rows."""

from datetime import timedelta
from types import SimpleNamespace

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .models import Job
from .uploads import TALLY
from .workbook import Fault

TONES = ["neutral", "blue", "green", "yellow", "orange", "red", "purple"]
PIXEL = "data:image/gif;base64,R0lGODlhAQABAIAAAMzMzAAAACH5BAAAAAAALAAAAAABAAEAAAICRAEAOw=="


class SampleForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("任务名称"), help_text=gettext_lazy("按测评体系中的说法填写。"))
    due_on = forms.DateField(
        label=gettext_lazy("完成时限"), widget=forms.DateInput(attrs={"type": "date"}), required=False
    )
    unit = forms.ChoiceField(
        label=gettext_lazy("牵头单位"), choices=[("", "请选择"), ("1", "城市管理局"), ("2", "卫生健康委员会")]
    )
    count = forms.IntegerField(label=gettext_lazy("目标值"), min_value=1)
    methods = forms.MultipleChoiceField(
        label=gettext_lazy("测评方式"),
        choices=[("online", "网上申报"), ("onsite", "实地考察"), ("survey", "问卷调查")],
        widget=forms.CheckboxSelectMultiple,
    )
    helpers = forms.MultipleChoiceField(
        label=gettext_lazy("责任单位"),
        choices=[(str(number), f"{number} 号街道办事处") for number in range(1, 31)],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    site = forms.ChoiceField(
        label=gettext_lazy("点位"),
        choices=[("", "请选择"), *((str(number), f"建设路 {number} 号农贸市场") for number in range(1, 41))],
        required=False,
    )
    text = forms.CharField(label=gettext_lazy("工作要求"), widget=forms.Textarea(attrs={"rows": 3}), required=False)
    file = forms.FileField(label=gettext_lazy("依据文件"), required=False)
    is_public = forms.BooleanField(label=gettext_lazy("对各单位公开"), required=False)


class SampleFilter(forms.Form):
    q = forms.CharField(label=gettext_lazy("关键词"), required=False, widget=forms.TextInput(attrs={"type": "search"}))
    state = forms.ChoiceField(label=gettext_lazy("状态"), required=False, choices=[("", "全部"), ("open", "整改中")])
    unit = forms.ChoiceField(label=gettext_lazy("责任单位"), required=False, choices=[("", "全部")])
    found_from = forms.DateField(
        label=gettext_lazy("发现日期自"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    late = forms.BooleanField(label=gettext_lazy("只看逾期"), required=False)


class SampleUpload(SimpleNamespace):
    def __str__(self):
        return self.name

    def get_state_display(self):
        return self.state


def samples():
    """The context of the page; nothing in it comes from the database."""
    now = timezone.now()
    return {
        "tones": TONES,
        "notice_tones": ["debug", "info", "success", "warning", "error"],
        "form": SampleForm(),
        "wrong_form": SampleForm({"name": "", "count": "-3", "methods": ["online"]}, auto_id="wrong_%s"),
        "filter_form": SampleFilter(),
        "facts": [
            (_("编号"), "WT-2025-0317"),
            (_("点位"), "建设路农贸市场", "#"),
            (_("责任单位"), "城市管理局"),
            (_("整改期限"), "2025-04-16 18:00"),
            (_("问题描述"), "市场东门外占道经营，三轮车沿人行道摆放约二十米，行人只能走机动车道。"),
            (_("整改措施"), ""),
        ],
        "table_rows": [
            SimpleNamespace(
                number=f"WT-2025-{number:04}",
                site=site,
                unit=unit,
                due=due,
                days=days,
                tone=tone,
                state=state,
                flag=flag,
            )
            for number, site, unit, due, days, tone, state, flag in [
                (317, "建设路农贸市场", "城市管理局", "2025-04-16", 3, "yellow", _("整改中"), "is-warned"),
                (316, "人民医院门诊大厅", "卫生健康委员会", "2025-04-12", -1, "red", _("返工"), "is-late"),
                (315, "长途汽车站候车室", "交通运输局", "2025-04-20", 7, "blue", _("已交办"), ""),
                (314, "第三小学校门口", "教育局", "2025-04-09", 0, "green", _("已销号"), ""),
            ]
        ],
        "page": SimpleNamespace(
            has_previous=True,
            has_next=True,
            previous_url="?before=x",
            next_url="?after=y",
            count_text=_("共 1318 条"),
            range_text=_("本页 50 条"),
        ),
        "events": [
            SimpleNamespace(at=now - timedelta(days=3), who="督查员一", what=_("上报"), note="", tone="neutral"),
            SimpleNamespace(
                at=now - timedelta(days=2), who="创建办一", what=_("交办"), note=_("请三个工作日内整改。"), tone="blue"
            ),
            SimpleNamespace(at=now - timedelta(days=1), who="联络员一", what=_("整改反馈"), note="", tone="yellow"),
            SimpleNamespace(at=now, who="督查员二", what=_("销号"), note="", tone="green"),
        ],
        "photos": [
            SimpleNamespace(thumb_url=PIXEL, full_url=PIXEL, caption="东门外", tag=_("整改前")),
            SimpleNamespace(thumb_url=PIXEL, full_url=PIXEL, caption="", tag=_("整改后")),
            SimpleNamespace(thumb_url=PIXEL, full_url=PIXEL, caption="", tag=""),
        ],
        "moves": [
            {"name": "dispatch", "label": _("交办"), "url": "#", "tone": "blue", "needs_form": True},
            {"name": "close", "label": _("销号"), "url": "#", "tone": "green", "needs_form": True},
            {"name": "rework", "label": _("返工"), "url": "#", "tone": "orange", "needs_form": True},
            {"name": "suspend", "label": _("挂账"), "url": "#", "tone": "neutral", "needs_form": True},
            {"name": "void", "label": _("作废"), "url": "#", "tone": "red", "needs_form": True},
        ],
        "tabs": [
            {"label": _("全部"), "url": "#", "active": True, "count": 1318},
            {"label": _("待我办理"), "url": "#", "active": False, "count": 12},
            {"label": _("已办"), "url": "#", "active": False, "count": None},
        ],
        "steps": [
            {"label": _("上传"), "state": "done"},
            {"label": _("核对"), "state": "now"},
            {"label": _("导入"), "state": "todo"},
        ],
        "uploads": [
            SampleUpload(
                get_absolute_url="#",
                uploaded_at=now,
                uploaded_by="创建办一",
                tone=tone,
                state=state,
                name=name,
            )
            for name, tone, state in [
                ("任务分解表.xlsx", "green", _("已导入")),
                ("测评体系.xlsx", "red", _("有错误")),
            ]
        ],
        "row_faults": [
            Fault("任务", 7, _("完成时限"), "尽快", _("看不懂这个日期"), _("请写成 2025-06-30。")),
            Fault("任务", 12, _("牵头单位"), "城官局", _("没有叫“城官局”的单位"), _("是否应为“城管局”？")),
        ],
        "lines": [_("“备注”一列没有对应，没有导入。"), _("第3行是合计，没有导入。")],
        "tally_heads": TALLY.values(),
        "tally": [(_("任务"), [118, 6, 0, 2]), (_("工作记录"), [940, 0, 12, 0])],
        "jobs": [
            Job(pk=1, state=Job.State.DONE, label=_("上半年总结"), url="#", message=_("已生成，共 12 页")),
            Job(
                pk=2,
                state=Job.State.FAILED,
                label=_("上半年总结"),
                reason=_("磁盘空间不足，未能写入文件。请清理后重试。"),
            ),
        ],
    }
