"""Input about units, people, posts and passwords, turned into clean values."""

import hashlib
import json

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from cityinit.forms import DayField

from . import levels
from .models import Unit, User
from .roles import Role
from .tree import in_tree_order

PHONE = RegexValidator(r"^[0-9+() -]{5,20}$", _("请填写电话号码，只用数字、空格和 + - ( )。"))


class UnitField(forms.ModelChoiceField):
    """A choice of units, each shown where it stands in the tree."""

    default_error_messages = {"invalid_choice": _("没有这个单位，或它已撤销、不在您的管辖范围内。请重新选择。")}

    def __init__(self, queryset=None, **options):
        options.setdefault("empty_label", _("请选择"))
        super().__init__(Unit.objects.none() if queryset is None else queryset, **options)

    def offer(self, units):
        """Let it choose from these; they are asked for when the choices are drawn."""
        self.queryset = units
        self.widget.choices = lambda: [
            ("", self.empty_label),
            *((branch.unit.pk, "　" * branch.depth + branch.unit.name) for branch in in_tree_order(units)),
        ]


class LoginForm(forms.Form):
    username = forms.CharField(
        label=_("账号"), max_length=60, widget=forms.TextInput(attrs={"autocomplete": "username", "autofocus": True})
    )
    password = forms.CharField(
        label=_("密码"),
        max_length=128,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class SeenForm(forms.Form):
    """A form that remembers what it showed: if somebody else has saved since, it says so instead of overwriting."""

    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args, current=None, initial=None, **options):
        values = {name: getattr(current, name) for name in self.base_fields if name != "seen"} if current else {}
        super().__init__(*args, initial=initial or values, **options)
        self.now = hashlib.sha256(json.dumps(values, sort_keys=True, default=str).encode()).hexdigest()[:16]
        self.fields["seen"].initial = self.now if current else ""

    def clean_seen(self):
        if self.cleaned_data["seen"] not in ("", self.now):
            raise forms.ValidationError(_("您打开页面之后，别人修改过这里的内容。请重新打开页面，核对后再改。"))
        return ""

    def clean(self):
        cleaned = super().clean()
        cleaned.pop("seen", None)
        return cleaned


class UnitFactsForm(SeenForm):
    short_name = forms.CharField(label=_("简称"), max_length=40, required=False)
    self_name = forms.CharField(
        label=_("自称"), max_length=20, required=False, help_text=_("总结中对自己的称呼，如“我院”“我区”")
    )
    kind = forms.CharField(
        label=_("类型"),
        max_length=20,
        required=False,
        widget=forms.TextInput(attrs={"list": "unit-kinds"}),
        help_text=_("如：委员单位、成员单位、街道、社区"),
    )
    appraisal_group = forms.CharField(
        label=_("考核组"), max_length=40, required=False, widget=forms.TextInput(attrs={"list": "appraisal-groups"})
    )
    position = forms.IntegerField(
        label=_("排序"), min_value=0, max_value=99999, initial=0, help_text=_("同级单位按数字从小到大排列")
    )


class NewUnitForm(UnitFactsForm):
    name = forms.CharField(label=_("名称"), max_length=100)
    parent = UnitField(label=_("上级单位"))

    field_order = ["name", "parent"]

    def __init__(self, *args, parents, **options):
        super().__init__(*args, **options)
        self.fields["parent"].offer(parents)

    def clean(self):
        cleaned = super().clean()
        parent, name = cleaned.get("parent"), cleaned.get("name")
        if parent and name and Unit.objects.of_host(parent.host_id).filter(name=name).exists():
            self.add_error("name", _("已经有叫这个名称的单位。"))
        return cleaned


class RenameForm(forms.Form):
    name = forms.CharField(label=_("新名称"), max_length=100)
    short_name = forms.CharField(label=_("新简称"), max_length=40, required=False)
    on = DayField(label=_("原名称用至"), help_text=_("最后一天使用原名称的日期；以前的文件照旧显示原名称"))


class MoveForm(forms.Form):
    parent = UnitField(label=_("新的上级单位"))
    on = DayField(label=_("原隶属至"), help_text=_("在原上级之下的最后一天；这一天和以前的数据仍算在原上级名下"))

    def __init__(self, *args, parents, **options):
        super().__init__(*args, **options)
        self.fields["parent"].offer(parents)


class MergeForm(forms.Form):
    into = UnitField(
        label=_("并入"),
        required=False,
        empty_label=_("（没有承接单位，直接撤销）"),
        help_text=_("未办结的工作由它承接"),
    )
    on = DayField(label=_("撤并日期"), help_text=_("单位存在的最后一天；这一天和以前的数据仍算在它名下"))

    def __init__(self, *args, successors, **options):
        super().__init__(*args, **options)
        self.fields["into"].offer(successors)


class UnitFilter(forms.Form):
    q = forms.CharField(label=_("名称"), max_length=100, required=False)
    kind = forms.ChoiceField(label=_("类型"), required=False)
    level = forms.ChoiceField(label=_("层级"), required=False, choices=[("", _("全部层级")), *levels.CHOICES])
    closed = forms.BooleanField(label=_("显示已撤销的单位"), required=False)

    def __init__(self, *args, kinds, **options):
        super().__init__(*args, **options)
        self.offered = list(kinds)
        self.fields["kind"].choices = [("", _("全部类型")), *((kind, kind) for kind in self.offered)]

    @property
    def narrows(self):
        return self.is_valid() and any(self.cleaned_data[name] for name in ("q", "kind", "level"))

    def filter(self, units):
        """Closed units only when asked for; wrong input filters nothing else."""
        if not self.is_valid():
            return units.active()
        wanted = self.cleaned_data
        if not wanted["closed"]:
            units = units.active()
        if wanted["q"]:
            units = units.named(wanted["q"])
        if wanted["kind"]:
            units = units.filter(kind=wanted["kind"])
        if wanted["level"]:
            units = units.filter(levels.of_level(wanted["level"]))
        return units


class PersonForm(SeenForm):
    name = forms.CharField(label=_("姓名"), max_length=40)
    title = forms.CharField(label=_("职务"), max_length=60, required=False)
    phone = forms.CharField(label=_("手机"), max_length=20, required=False, validators=[PHONE])
    is_active = forms.BooleanField(
        label=_("账号在用"), required=False, help_text=_("取消后，此人从下一次操作起不能再进入系统，记录保留")
    )


class NewPersonForm(SeenForm):
    username = forms.CharField(
        label=_("账号"),
        max_length=60,
        validators=User._meta.get_field("username").validators[:1],
        help_text=_("登录用，以后不能改；建议用姓名拼音或单位拼音加序号"),
    )
    name = forms.CharField(label=_("姓名"), max_length=40)
    title = forms.CharField(label=_("职务"), max_length=60, required=False)
    phone = forms.CharField(label=_("手机"), max_length=20, required=False, validators=[PHONE])

    def clean_username(self):
        username = User.normalize_username(self.cleaned_data["username"])
        if User.objects.filter(username__iexact=username).exists():
            raise forms.ValidationError(_("这个账号已有人使用。"))
        return username


class PostForm(forms.Form):
    role = forms.ChoiceField(label=_("角色"), choices=Role.choices)
    unit = UnitField(label=_("单位"))
    scope = UnitField(
        label=_("管辖单位"),
        required=False,
        empty_label=_("（按角色的默认范围）"),
        help_text=_("不填时：联络员管本单位及下属，系统管理员管全部，其他角色管整个主体单位"),
    )
    starts_on = DayField(label=_("起"))
    ends_on = DayField(label=_("止"), required=False, help_text=_("最后一天；不填为长期"))

    def __init__(self, *args, units, **options):
        super().__init__(*args, **options)
        self.fields["unit"].offer(units)
        self.fields["scope"].offer(units)

    def clean(self):
        cleaned = super().clean()
        start, end = cleaned.get("starts_on"), cleaned.get("ends_on")
        if start and end and end < start:
            self.add_error("ends_on", _("结束日期不能早于开始日期。"))
        return cleaned


class EndPostForm(forms.Form):
    on = DayField(label=_("最后一天"), help_text=_("从次日起不再有这个岗位的权限"))


class HandOverForm(forms.Form):
    to = forms.ModelChoiceField(
        User.objects.none(), label=_("交接给"), error_messages={"invalid_choice": _("没有这个人，或账号已停用。")}
    )
    on = DayField(label=_("原任最后一天"), help_text=_("接任者从次日起在岗"))

    def __init__(self, *args, people, **options):
        super().__init__(*args, **options)
        self.fields["to"].queryset = people
        self.fields["to"].label_from_instance = lambda person: f"{person.name}（{person.username}）"


class PeopleFilter(forms.Form):
    q = forms.CharField(label=_("姓名、账号或职务"), max_length=60, required=False)
    role = forms.ChoiceField(label=_("角色"), required=False, choices=[("", _("全部角色")), *Role.choices])
    unit = UnitField(label=_("单位（含下属）"), required=False, empty_label=_("全部单位"))
    status = forms.ChoiceField(
        label=_("状态"),
        required=False,
        choices=[
            ("", _("全部人员")),
            ("held", _("在任")),
            ("none", _("无岗位")),
            ("waiting", _("未设密码")),
            ("inactive", _("已停用")),
        ],
    )

    def __init__(self, *args, units, offered, **options):
        super().__init__(*args, **options)
        self.offered = offered
        self.fields["unit"].offer(units)

    def filter(self, people, *, on):
        if not self.is_valid():
            return people
        wanted = self.cleaned_data
        if wanted["q"]:
            people = people.matching(wanted["q"])
        if wanted["role"] or wanted["unit"]:
            people = people.posted(on=on, role=wanted["role"], under=wanted["unit"])
        return people.in_status(wanted["status"], on=on) if wanted["status"] else people
