"""What people fill in about findings and sites, cleaned."""

from __future__ import annotations

import uuid

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.models import Indicator
from cityinit.content import check_upload
from cityinit.forms import DayField, FilterForm
from cityinit.models import StoredFile
from cityinit.sent import sent_key
from units.models import Unit

from .dispatch import latest_due
from .models import Finding, FindingCategory, Round, Site, SiteType

MAX_PHOTOS = 9
SEVERITIES = [(value, label) for value, label in Finding.Severity.choices]


# Fields ------------------------------------------------------------------------------------------


class PhotosInput(forms.ClearableFileInput):
    allow_multiple_selected = True

    def __init__(self, attrs=None):
        super().__init__({"accept": "image/*", "multiple": True, **(attrs or {})})


class PhotosField(forms.FileField):
    """Some photos, each checked for what it really is; gives a list of `cityinit.content.Checked`."""

    widget = PhotosInput

    def clean(self, data, initial=None):
        uploads = [upload for upload in data or [] if upload]
        if self.required and not uploads:
            raise ValidationError(_("请至少选一张照片。"))
        if len(uploads) > MAX_PHOTOS:
            raise ValidationError(_("一次最多%(n)s张照片，请分几次上传。") % {"n": MAX_PHOTOS})
        kept, faults = [], []
        for upload in uploads:
            try:
                kept.append(check_upload(upload, kind=StoredFile.Kind.PHOTO))
            except ValidationError as fault:
                faults.extend(fault.messages)
        if faults:
            raise ValidationError(faults)
        return kept


class PositionField(forms.FloatField):
    """A coordinate the phone may have added; whatever is wrong with it must not keep a finding from being filed."""

    widget = forms.HiddenInput

    def __init__(self, *, limit):
        super().__init__(required=False, validators=[MinValueValidator(-limit), MaxValueValidator(limit)])

    def clean(self, value):
        try:
            return super().clean(value)
        except ValidationError:
            return None


class MomentInput(forms.DateTimeInput):
    input_type = "datetime-local"

    def __init__(self, attrs=None):
        super().__init__(attrs, format="%Y-%m-%dT%H:%M")


def text_field(label, **more):
    return forms.CharField(label=label, widget=forms.Textarea({"rows": 3}), max_length=2000, **more)


# Filing ------------------------------------------------------------------------------------------


class CaptureForm(forms.Form):
    client_key = forms.UUIDField(widget=forms.HiddenInput)
    photos = PhotosField(label=gettext_lazy("照片"), required=False)
    fixed = forms.BooleanField(
        label=gettext_lazy("已现场整改"),
        required=False,
        widget=forms.CheckboxInput({"class": "form-check-input", "role": "switch"}),
    )
    after_photos = PhotosField(label=gettext_lazy("整改后照片"), required=False)
    site = forms.ModelChoiceField(Site.objects.none(), required=False, label=gettext_lazy("点位"))
    place = forms.CharField(label=gettext_lazy("地点"), required=False, max_length=120)
    category = forms.ModelChoiceField(
        FindingCategory.objects.none(),
        label=gettext_lazy("类别"),
        error_messages={"required": gettext_lazy("请选择问题类别。")},
    )
    severity = forms.ChoiceField(
        label=gettext_lazy("等级"), choices=[("", gettext_lazy("按类别")), *SEVERITIES], required=False
    )
    description = text_field(gettext_lazy("问题描述"), required=False)
    round = forms.ModelChoiceField(Round.objects.none(), required=False, label=gettext_lazy("督查批次"))
    latitude = PositionField(limit=90)
    longitude = PositionField(limit=180)

    def __init__(self, *args, categories, sites, rounds, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["category"].queryset = categories
        self.fields["site"].queryset = sites
        self.fields["round"].queryset = rounds
        self.initial.setdefault("client_key", uuid.uuid4())

    def clean(self):
        cleaned = super().clean()
        self._find_site(cleaned)
        self._take_position_from_photos(cleaned)
        # What was sent and turned down has its own sentence already.
        if not self.errors.keys() & {"photos", "after_photos"}:
            self._check_photos(cleaned)
        known = cleaned.get("site") or cleaned.get("place") or cleaned.get("latitude") is not None
        if not known and not self.errors.keys() & {"site", "place"}:
            self.add_error("place", _("请选择点位，或写明在什么地方。"))
        return cleaned | {"client_key": sent_key(self)}

    def _check_photos(self, cleaned):
        if cleaned.get("fixed"):
            if not cleaned["photos"]:
                self.add_error("photos", _("现场整改要有整改前的照片。"))
            if not cleaned["after_photos"]:
                self.add_error("after_photos", _("现场整改要有整改后的照片。"))
        elif not cleaned["photos"] and not cleaned.get("description"):
            self.add_error("photos", _("请至少拍一张照片，或写一句问题描述。"))

    def _find_site(self, cleaned):
        """A chosen site goes before the text; a text that is a site's code or name means that site."""
        if cleaned.get("site"):
            cleaned["place"] = ""
            return
        text = cleaned.get("place", "")
        found = list(self.fields["site"].queryset.filter(Q(code=text) | Q(name=text))[:3]) if text else []
        if len(found) > 1:
            codes = "、".join(site.code for site in found)
            self.add_error(
                "place", _("有几个点位都叫“%(name)s”，请填编号：%(codes)s。") % {"name": text, "codes": codes}
            )
        elif found:
            cleaned["site"], cleaned["place"] = found[0], ""

    def _take_position_from_photos(self, cleaned):
        # Plain-HTTP intranets have no geolocation; the camera may have written where it stood.
        if cleaned.get("latitude") is not None and cleaned.get("longitude") is not None:
            return
        shots = [checked.photo for checked in cleaned.get("photos") or [] if checked.photo]
        placed = next((shot for shot in shots if shot.latitude is not None), None)
        cleaned["latitude"] = placed.latitude if placed else None
        cleaned["longitude"] = placed.longitude if placed else None


# Moves -------------------------------------------------------------------------------------------


class MoveForm(forms.Form):
    """What every form that moves a finding carries: the state it was drawn for."""

    seen_state = forms.CharField(widget=forms.HiddenInput, required=False)


class NoteForm(MoveForm):
    note = text_field(gettext_lazy("说明"), required=False)


class CloseForm(MoveForm):
    note = text_field(gettext_lazy("复核意见"), required=False)


class ReasonForm(MoveForm):
    reason = text_field(gettext_lazy("理由"))


class DuplicateForm(MoveForm):
    """The original, ticked among those that come to mind or given by its number."""

    original = forms.ModelChoiceField(
        Finding.objects.none(),
        label=gettext_lazy("近30天同一点位或同一类别的问题"),
        required=False,
        empty_label=gettext_lazy("都不是，按编号填写"),
        blank=True,
        widget=forms.RadioSelect,
    )
    number = forms.CharField(
        label=gettext_lazy("重复于（问题编号）"),
        max_length=40,
        required=False,
        help_text=gettext_lazy("上面没有列出时，填写已在办理的那个问题的编号"),
    )
    note = text_field(gettext_lazy("说明"), required=False)

    def __init__(self, *args, findings, likely, **kwargs):
        super().__init__(*args, **kwargs)
        self.findings = findings
        field = self.fields["original"]
        field.queryset = likely
        field.label_from_instance = _told_apart
        if not likely:
            del self.fields["original"]

    def clean_number(self):
        number = self.cleaned_data["number"]
        if number and not self.findings.filter(number=number).exists():
            raise ValidationError(_("没有编号为“%(number)s”的问题。") % {"number": number})
        return number

    def clean(self):
        cleaned = super().clean()
        chosen, number = cleaned.pop("original", None), cleaned.pop("number", "")
        given = self.findings.filter(number=number).first() if number else None
        if chosen and given and chosen != given:
            self.add_error("number", _("选中的和填写的不是同一个问题，请只留一个。"))
        elif not chosen and not given and not self.errors:
            self.add_error("number", _("请选中或填写原来的那个问题。"))
        return cleaned | {"duplicate_of": chosen or given}


def _told_apart(finding):
    words = [finding.number, f"{finding.found_on:%m-%d}", finding.where, finding.description[:30]]
    return " ".join([*filter(None, words), f"（{finding.get_state_display()}）"])


class DispatchForm(MoveForm):
    lead_unit = forms.ModelChoiceField(Unit.objects.none(), label=gettext_lazy("责任单位"))
    severity = forms.ChoiceField(label=gettext_lazy("等级"), choices=SEVERITIES)
    due_at = forms.DateTimeField(label=gettext_lazy("改用其他期限"), required=False, widget=MomentInput)
    assisting_units = forms.ModelMultipleChoiceField(
        Unit.objects.none(), label=gettext_lazy("协办单位"), required=False, widget=forms.CheckboxSelectMultiple
    )
    note = text_field(gettext_lazy("交办要求"), required=False)

    def __init__(self, *args, units, due_url, **kwargs):
        super().__init__(*args, **kwargs)
        for name in ("lead_unit", "assisting_units"):
            self.fields[name].queryset = units
        self.fields["lead_unit"].widget.attrs["data-not-again-in"] = "assisting_units"
        self.fields["severity"].widget.attrs |= {"hx-get": due_url, "hx-target": "#due-hint", "hx-swap": "outerHTML"}

    def clean_due_at(self):
        return _in_future(self.cleaned_data["due_at"])


class AnswerForm(MoveForm):
    client_key = forms.UUIDField(widget=forms.HiddenInput)
    photos = PhotosField(label=gettext_lazy("整改后照片"))
    measure = text_field(gettext_lazy("整改措施"))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial.setdefault("client_key", uuid.uuid4())

    def clean(self):
        return super().clean() | {"client_key": sent_key(self)}


class ReworkForm(MoveForm):
    reason = text_field(gettext_lazy("返工理由"))
    due_at = forms.DateTimeField(label=gettext_lazy("新的期限"), widget=MomentInput)

    def clean_due_at(self):
        return _in_future(self.cleaned_data["due_at"])


class SuspendForm(MoveForm):
    plan = text_field(gettext_lazy("挂账方案"))
    until = DayField(label=gettext_lazy("挂账至"))
    leader = forms.CharField(label=gettext_lazy("责任领导"), max_length=60)


class ReopenForm(MoveForm):
    photos = PhotosField(label=gettext_lazy("反弹现场照片"))
    note = text_field(gettext_lazy("说明"), required=False)


class AskExtensionForm(forms.Form):
    until = DayField(label=gettext_lazy("申请延至"))
    reason = text_field(gettext_lazy("理由"))


class GrantExtensionForm(forms.Form):
    until = DayField(label=gettext_lazy("批准延至"))
    note = text_field(gettext_lazy("答复"), required=False)


class RefuseExtensionForm(forms.Form):
    note = text_field(gettext_lazy("不批准的理由"))


def _in_future(moment):
    now = timezone.now()
    if moment and moment <= now:
        raise ValidationError(_("期限须晚于现在。"))
    if moment and moment > latest_due(now):
        raise ValidationError(_("期限太远，请核对年份。"))
    return moment


# Lists -------------------------------------------------------------------------------------------


class WholeFilter(FilterForm):
    """Filters nothing when something in it cannot be read, and says what."""

    @property
    def fault(self):
        told = [f"{self[name].label}：{' '.join(faults)}" for name, faults in self.errors.items()]
        return _("筛选条件有误，下面没有按条件筛选。%(faults)s") % {"faults": "；".join(told)} if told else ""


class FindingFilter(WholeFilter):
    GROUPS = {
        "open": Finding.OPEN_STATES,
        "with_unit": Finding.UNIT_STATES,
        "counted": [state for state in Finding.State if state not in Finding.UNCOUNTED_STATES],
    }
    FLAGS = {
        "overdue": lambda findings, now: findings.overdue(at=now),
        "today": lambda findings, now: findings.due_today(at=now),
        "warned": lambda findings, now: findings.warned(at=now),
        "extension": lambda findings, now: findings.with_extension_asked(),
    }

    q = forms.CharField(
        label=gettext_lazy("关键词"),
        required=False,
        max_length=60,
        widget=forms.TextInput({"placeholder": gettext_lazy("编号、描述、地点")}),
    )
    state = forms.ChoiceField(
        label=gettext_lazy("状态"),
        required=False,
        choices=[
            ("", gettext_lazy("全部")),
            ("open", gettext_lazy("未办结")),
            ("with_unit", gettext_lazy("单位办理中")),
            ("counted", gettext_lazy("计入统计的")),
            *[choice for choice in Finding.State.choices if choice[0] != Finding.State.DRAFT],
        ],
    )
    flag = forms.ChoiceField(
        label=gettext_lazy("时限"),
        required=False,
        choices=[
            ("", gettext_lazy("全部")),
            ("overdue", gettext_lazy("已逾期")),
            ("today", gettext_lazy("今天到期")),
            ("warned", gettext_lazy("即将到期")),
            ("extension", gettext_lazy("申请延期")),
        ],
    )
    unit = forms.ModelChoiceField(
        Unit.objects.none(), label=gettext_lazy("责任单位"), required=False, empty_label=gettext_lazy("全部")
    )
    category = forms.ModelChoiceField(
        FindingCategory.objects.none(), label=gettext_lazy("类别"), required=False, empty_label=gettext_lazy("全部")
    )
    severity = forms.ChoiceField(
        label=gettext_lazy("等级"), required=False, choices=[("", gettext_lazy("全部")), *SEVERITIES]
    )
    round = forms.ModelChoiceField(
        Round.objects.none(), label=gettext_lazy("督查批次"), required=False, empty_label=gettext_lazy("全部")
    )
    since = DayField(label=gettext_lazy("发现起"), required=False)
    until = DayField(label=gettext_lazy("发现止"), required=False)
    order = forms.ChoiceField(
        label=gettext_lazy("排序"),
        required=False,
        choices=[("", gettext_lazy("最新发现")), ("due", gettext_lazy("期限先后"))],
    )
    alone = forms.BooleanField(label=gettext_lazy("不含下级单位"), required=False)
    sent = forms.ChoiceField(
        label=gettext_lazy("交办"),
        required=False,
        choices=[("", gettext_lazy("不限")), ("yes", gettext_lazy("已交办")), ("no", gettext_lazy("未交办"))],
    )
    on_demand = ("alone", "sent")
    # Set by links from desks, sites and tasks.
    part = forms.ChoiceField(required=False, widget=forms.HiddenInput, choices=[("lead", ""), ("reported", "")])
    site = forms.ModelChoiceField(Site.objects.none(), required=False, widget=forms.HiddenInput)
    indicator = forms.ModelChoiceField(Indicator.objects.none(), required=False, widget=forms.HiddenInput)

    def __init__(self, data=None, *, by, units, categories, rounds, sites, indicators, offered, **kwargs):
        super().__init__(data, **kwargs)
        self.by, self.offered = by, offered
        chosen = {"unit": units, "category": categories, "round": rounds, "site": sites, "indicator": indicators}
        for name, queryset in chosen.items():
            self.fields[name].queryset = queryset

    def filter(self, findings, *, now):
        if not self.is_valid():
            return findings
        given = {name: value for name, value in self.cleaned_data.items() if value}
        if state := given.get("state"):
            findings = findings.filter(state__in=self.GROUPS.get(state, [state]))
        if flag := given.get("flag"):
            findings = self.FLAGS[flag](findings, now)
        if unit := given.get("unit"):
            led = {"lead_unit": unit} if given.get("alone") else {"lead_unit__path__startswith": unit.path}
            findings = findings.filter(**led)
        if sent := given.get("sent"):
            findings = findings.filter(dispatched_at__isnull=sent == "no")
        if part := given.get("part"):
            findings = findings.led_within(self.by) if part == "lead" else findings.filter(reported_by=self.by)
        for name in ("category", "severity", "round", "site"):
            if name in given:
                findings = findings.filter(**{name: given[name]})
        if indicator := given.get("indicator"):
            findings = findings.under(indicator)
        if since := given.get("since"):
            findings = findings.filter(found_on__gte=since)
        if until := given.get("until"):
            findings = findings.filter(found_on__lte=until)
        if words := given.get("q"):
            findings = findings.mentioning(words)
        return findings

    @property
    def by_due(self):
        return self.is_valid() and self.cleaned_data["order"] == "due"


class SiteFilter(WholeFilter):
    q = forms.CharField(
        label=gettext_lazy("关键词"),
        required=False,
        max_length=60,
        widget=forms.TextInput({"placeholder": gettext_lazy("编号、名称、地址")}),
    )
    kind = forms.ModelChoiceField(
        SiteType.objects.none(), label=gettext_lazy("类型"), required=False, empty_label=gettext_lazy("全部")
    )
    unit = forms.ModelChoiceField(
        Unit.objects.none(), label=gettext_lazy("责任单位"), required=False, empty_label=gettext_lazy("全部")
    )
    street = forms.CharField(label=gettext_lazy("街道"), required=False, max_length=60)
    alone = forms.BooleanField(label=gettext_lazy("不含下级单位"), required=False)
    on_demand = ("alone",)

    def __init__(self, data=None, *, kinds, units, offered, **kwargs):
        super().__init__(data, **kwargs)
        self.offered = offered
        self.fields["kind"].queryset = kinds
        self.fields["unit"].queryset = units

    def filter(self, sites):
        if not self.is_valid():
            return sites
        given = {name: value for name, value in self.cleaned_data.items() if value}
        if words := given.get("q"):
            sites = sites.mentioning(words)
        if unit := given.get("unit"):
            sites = sites.filter(**{"unit": unit} if given.get("alone") else {"unit__path__startswith": unit.path})
        if kind := given.get("kind"):
            sites = sites.filter(kind=kind)
        if street := given.get("street"):
            sites = sites.filter(street__icontains=street)
        return sites


# Registers -----------------------------------------------------------------------------------------


class SiteForm(forms.Form):
    code = forms.CharField(label=gettext_lazy("编号"), max_length=40)
    name = forms.CharField(label=gettext_lazy("名称"), max_length=100)
    kind = forms.CharField(
        label=gettext_lazy("类型"), max_length=60, widget=forms.TextInput({"list": "site-kinds", "autocomplete": "off"})
    )
    unit = forms.ModelChoiceField(Unit.objects.none(), label=gettext_lazy("责任单位"))
    address = forms.CharField(label=gettext_lazy("地址"), max_length=200, required=False)
    leader = forms.CharField(label=gettext_lazy("包保领导"), max_length=60, required=False)
    street = forms.CharField(label=gettext_lazy("所属街道"), max_length=60, required=False)
    community = forms.CharField(label=gettext_lazy("所属社区"), max_length=60, required=False)
    longitude = forms.FloatField(label=gettext_lazy("经度"), required=False, min_value=-180, max_value=180)
    latitude = forms.FloatField(label=gettext_lazy("纬度"), required=False, min_value=-90, max_value=90)
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, units, others, **kwargs):
        super().__init__(*args, **kwargs)
        if "seen" not in self.initial:
            del self.fields["seen"]
        self.fields["unit"].queryset = units
        self.others = others

    def clean_code(self):
        code = self.cleaned_data["code"]
        if there := self.others.filter(code=code).first():
            raise ValidationError(_("编号“%(code)s”已用于“%(name)s”。") % {"code": code, "name": there.name})
        return code

    def clean(self):
        cleaned = super().clean()
        if (cleaned.get("longitude") is None) != (cleaned.get("latitude") is None) and not self.errors:
            self.add_error("latitude", _("经度和纬度要么都填，要么都不填。"))
        return cleaned


class RoundForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("名称"), max_length=100)
    starts_on = DayField(label=gettext_lazy("开始日期"), required=False)
    ends_on = DayField(label=gettext_lazy("结束日期"), required=False)

    def clean(self):
        cleaned = super().clean()
        starts_on, ends_on = cleaned.get("starts_on"), cleaned.get("ends_on")
        if starts_on and ends_on and ends_on < starts_on:
            self.add_error("ends_on", _("结束日期不能早于开始日期。"))
        return cleaned


class DrawForm(forms.Form):
    """Which sites are drawn by lot, and how many."""

    kinds = forms.ModelMultipleChoiceField(
        SiteType.objects.none(),
        label=gettext_lazy("点位类型"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("一个都不勾，就从全部类型里抽。"),
    )
    n = forms.IntegerField(label=gettext_lazy("抽几个"), min_value=1, max_value=1000, initial=1)
    each = forms.BooleanField(
        label=gettext_lazy("每个类型各抽这么多"),
        required=False,
        initial=True,
        help_text=gettext_lazy("不勾，就不分类型一共抽这么多。"),
    )
    unit = forms.ModelChoiceField(
        Unit.objects.none(),
        label=gettext_lazy("责任单位"),
        required=False,
        help_text=gettext_lazy("选了，就只从它和它的下级负责的点位里抽。"),
    )
    round = forms.ModelChoiceField(Round.objects.none(), label=gettext_lazy("督查批次"), required=False)
    number = forms.RegexField(
        r"^[0-9]{1,20}$",
        label=gettext_lazy("抽取号码"),
        required=False,
        error_messages={"invalid": gettext_lazy("抽取号码只写数字，最多20位。")},
        help_text=gettext_lazy(
            "可以由在场的人报数，最多20位数字；不填由系统随机产生。号码和当时的名单相同，抽出的点位就相同。"
        ),
    )
    client_key = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(self, data, *, kinds, units, rounds):
        super().__init__(data, initial={"client_key": uuid.uuid4()})
        for name, rows in {"kinds": kinds, "unit": units, "round": rounds}.items():
            self.fields[name].queryset = rows

    @property
    def asked(self):
        """What `draw_sites` takes."""
        return self.cleaned_data | {"client_key": sent_key(self)}
