"""The categories of findings with their limits, to whom each goes, the table of a city, and the settings."""

from django.contrib import messages
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cityinit.addresses import address
from cityinit.sent import told_in
from cityinit.workflow import Refused
from inspections.actions import categories as actions
from inspections.actions.findings import ensure_categories
from inspections.category_sheet import packed, read_categories, unpacked
from inspections.forms.categories import CategoryForm, CategoryTableForm, RuleForm, SettingsForm
from inspections.models import DispatchRule, FindingCategory, FindingSettings, Site, SiteType
from units.models import Unit

TABS = (
    ("categories", gettext_lazy("类别与时限")),
    ("dispatch_rules", gettext_lazy("交办分工")),
    ("finding_settings", gettext_lazy("其他设置")),
)
# What was looked at is confirmed within the day, or looked at again.
SALT, LOOKED_AT_FOR = "inspections.categories", 86_400


@require_safe
def categories(request):
    campaign = _campaign(request)
    if not campaign:
        return render(request, "inspections/no_campaign.html")
    ensure_categories(campaign)
    found = FindingCategory.objects.of(campaign).annotate(found=Count("findings"))
    rules = {}
    for rule in DispatchRule.objects.of(campaign).select_related("unit", "kind"):
        rules.setdefault(rule.category_id, []).append(f"{rule.unit}（{rule.where}）" if rule.where else str(rule.unit))
    rows = [
        {
            "category": category,
            "limit": actions.limit_in_words(category),
            "units": "；".join(rules.get(category.pk, [])),
            "found_url": f"{address('inspections:findings')}?category={category.pk}",
        }
        for category in found.order_by("retired_on", "position", "pk")
    ]
    return render(request, "inspections/categories.html", {"rows": rows, "tabs": _tabs("categories")})


@require_http_methods(["GET", "POST"])
def category_new(request):
    campaign = _campaign(request)
    if not campaign:
        return render(request, "inspections/no_campaign.html")
    return _category_form(request, FindingCategory(campaign=campaign), title=_("新增类别"))


@require_http_methods(["GET", "POST"])
def category_edit(request, pk):
    return _category_form(request, _category(request, pk), title=_("修改类别"))


def _category_form(request, category, *, title):
    form = CategoryForm(request.POST or None, instance=category)
    if form.is_valid():
        with told_in(form):
            actions.save_category(form.instance, by=request.user, seen=form.cleaned_data["seen"])
            messages.success(request, _("已保存类别“%(name)s”。") % {"name": form.instance.name})
            return redirect("inspections:categories")
    lead = _("已经交办的问题期限不变，以后交办的按新时限计算。") if category.pk else ""
    return _form(request, form, title=title, lead=lead, cancel=address("inspections:categories"))


@require_POST
def category_retire(request, pk):
    """Retire a category; with `back` take it up again."""
    category = _category(request, pk)
    back = bool(request.POST.get("back"))
    actions.retire_category(category, by=request.user, back=back)
    told = _("已恢复“%(name)s”。") if back else _("已停用“%(name)s”，新问题不再选它。")
    messages.success(request, told % {"name": category.name})
    return redirect("inspections:categories")


@require_safe
def dispatch_rules(request):
    campaign = _campaign(request)
    if not campaign:
        return render(request, "inspections/no_campaign.html")
    rules = DispatchRule.objects.of(campaign).select_related("category", "kind", "unit")
    return render(request, "inspections/dispatch_rules.html", {"rules": rules, "tabs": _tabs("dispatch_rules")})


@require_http_methods(["GET", "POST"])
def dispatch_rule_new(request):
    campaign = _campaign(request)
    if not campaign:
        return render(request, "inspections/no_campaign.html")
    return _rule_form(request, DispatchRule(campaign=campaign), title=_("新增分工"))


@require_http_methods(["GET", "POST"])
def dispatch_rule_edit(request, pk):
    return _rule_form(request, _rule(request, pk), title=_("修改分工"))


def _rule_form(request, rule, *, title):
    campaign = rule.campaign
    sites = Site.objects.of(campaign)
    streets = sites.exclude(street="").order_by("street").values_list("street", flat=True).distinct()
    form = RuleForm(
        request.POST or None,
        instance=rule,
        categories=FindingCategory.objects.of(campaign).in_use(),
        units=Unit.objects.of_host(campaign.host.host_id).active(),
        kinds=SiteType.objects.filter(sites__campaign=campaign).distinct(),
        streets=[*streets, *([rule.street] if rule.street and rule.street not in streets else [])],
    )
    if form.is_valid():
        with told_in(form):
            actions.save_rule(form.instance, by=request.user)
            messages.success(request, _("已保存分工。"))
            return redirect("inspections:dispatch_rules")
    lead = _("交办时先看分工，再看点位的责任单位；范围窄的先于宽的。")
    return _form(request, form, title=title, lead=lead, cancel=address("inspections:dispatch_rules"))


@require_POST
def dispatch_rule_delete(request, pk):
    actions.delete_rule(_rule(request, pk), by=request.user)
    messages.success(request, _("已删除分工。"))
    return redirect("inspections:dispatch_rules")


@require_http_methods(["GET", "POST"])
def finding_settings(request):
    campaign = _campaign(request)
    if not campaign:
        return render(request, "inspections/no_campaign.html")
    form = SettingsForm(request.POST or None, instance=FindingSettings.of(campaign))
    if form.is_valid():
        with told_in(form):
            actions.save_settings(form.instance, by=request.user)
            messages.success(request, _("设置已保存。"))
            return redirect("inspections:finding_settings")
    context = {"form": form, "tabs": _tabs("finding_settings")}
    return render(request, "inspections/finding_settings.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
def categories_load(request):
    """A city's table of categories: what it would change, row by row; nothing is written."""
    campaign = _campaign(request)
    if not campaign:
        return render(request, "inspections/no_campaign.html")
    form = CategoryTableForm(request.POST or None, request.FILES or None)
    context = {"form": form, "cancel_url": address("inspections:categories")}
    if form.is_valid():
        checked = form.cleaned_data["file"]
        # The check has read it to its end.
        checked.upload.seek(0)
        sheet = read_categories(checked.upload, name=checked.name, campaign=campaign)
        if sheet.faults:
            for fault in sheet.faults:
                form.add_error("file", str(fault))
        else:
            changes = [line for line in sheet.lines if line.becomes]
            context |= {
                "sheet": sheet,
                "n": len(changes),
                "doubts": sum(1 for line in sheet.lines if line.doubts),
                # What was seen is what is written: the rows travel signed, the file is not read twice.
                "packed": signing.dumps([campaign.pk, packed(sheet.wished)], salt=SALT, compress=True),
            }
            return render(request, "inspections/categories_load.html", context)
    return render(request, "inspections/categories_load.html", context, status=422 if form.is_bound else 200)


@require_POST
def categories_confirm(request):
    """Write what the page before has shown."""
    campaign = _campaign(request)
    if not campaign:
        return render(request, "inspections/no_campaign.html")
    try:
        pk, rows = signing.loads(request.POST.get("packed", ""), salt=SALT, max_age=LOOKED_AT_FOR)
    except signing.BadSignature:
        raise Refused(_("核对页已经过期，请重新上传类别表。"), None) from None
    if pk != campaign.pk:
        raise Refused(_("这张表是为另一个创建活动核对的，请重新上传。"), None)
    done = actions.load_categories(campaign, unpacked(rows), by=request.user)
    told = _("类别表已导入：新增%(added)s个，修改%(changed)s个，分工%(rules)s条。")
    messages.success(request, told % done)
    return redirect("inspections:categories")


def _campaign(request):
    if not request.user.has_perm(actions.PERMISSION, request.campaign or None):
        raise PermissionDenied
    return request.campaign


def _category(request, pk):
    found = get_object_or_404(FindingCategory.objects.visible_to(request.user).select_related("campaign__host"), pk=pk)
    return _permitted(request, found)


def _rule(request, pk):
    found = get_object_or_404(
        DispatchRule.objects.visible_to(request.user).select_related("campaign__host", "category", "kind"), pk=pk
    )
    return _permitted(request, found)


def _permitted(request, row):
    if not request.user.has_perm(actions.PERMISSION, row):
        raise PermissionDenied
    return row


def _tabs(active):
    return [{"label": label, "url": address(f"inspections:{name}"), "active": name == active} for name, label in TABS]


def _form(request, form, *, title, lead, cancel):
    context = {"form": form, "title": title, "lead": lead, "cancel_url": cancel}
    return render(request, "inspections/category_form.html", context, status=422 if form.is_bound else 200)
