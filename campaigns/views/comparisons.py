"""Two versions or two systems side by side, and their pairs by hand."""

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns.actions import counterparts
from campaigns.actions import nodes as actions
from campaigns.comparison import Kind, compare, is_succession, marked
from campaigns.forms.systems import CompareForm
from campaigns.models import AssessmentSystem, Indicator, Standard
from cityinit.addresses import address
from cityinit.asked import key_in
from cityinit.documents import xlsx
from cityinit.exports import sheet_response
from cityinit.htmx import render_page
from cityinit.paging import ListPage

from .systems import asked_campaign, tabs

SIZE = 40
CHANGED = (Kind.ADDED, Kind.DROPPED, Kind.CHANGED)
MODELS = {"indicator": Indicator, "standard": Standard}


@require_safe
def compare_systems(request):
    campaign = asked_campaign(request)
    _ask_right(request, campaign)
    choices = _choices(request, campaign)
    form = CompareForm(request.GET or None, systems=choices)
    if not form.is_bound and form.initial:
        form = CompareForm(form.initial, systems=choices)
    if not form.is_valid():
        return render(request, "campaigns/compare.html", _nothing_chosen(request, choices, form))
    old, new = form.cleaned_data["old"], form.cleaned_data["new"]
    comparison = compare(old, new)
    way = _Way(request, comparison)
    rows = [row for row in comparison.rows if _is_asked(row, form.cleaned_data["kind"])]
    page = _BranchPage(request, rows, size=SIZE, kind=form.cleaned_data["kind"])
    query = urlencode({"old": old.pk, "new": new.pk})
    context = {
        "form": form,
        "old": old,
        "new": new,
        "tabs": tabs("compare", request),
        "stats": _stats(comparison, query, is_succession=is_succession(old, new)),
        "guesses": comparison.guesses,
        "page": page,
        "items": [item for row in page.rows for item in way.items(row, form.cleaned_data["kind"])],
        "export_url": f"{address('campaigns:compare_export')}?{query}",
        "swap_url": f"{address('campaigns:compare')}?{urlencode({'old': new.pk, 'new': old.pk})}",
        "may_export": request.user.has_perm("campaigns.export", campaign),
        "hint": way.hint,
    }
    return render_page(request, "campaigns/compare.html", context)


def _ask_right(request, campaign):
    # Who sees a part of a system cannot be shown what was dropped from the whole.
    if not campaign or not request.user.has_perm("campaigns.see_system", campaign):
        raise PermissionDenied


def _choices(request, campaign):
    return (
        AssessmentSystem.objects.visible_to(request.user)
        .of(campaign)
        .select_related("previous")
        .order_by("name", "edition", "-version")
    )


def _nothing_chosen(request, choices, form):
    found = list(choices)
    faults = form.non_field_errors()
    if len(found) < 2:
        title = _("至少要有两个版本才能对照")
    else:
        title = faults[0] if faults else _("选左右两个版本，再点查询")
    if not faults:
        form = CompareForm(None, systems=choices)
    return {"form": form, "tabs": tabs("compare", request), "title": title}


def _is_asked(row, kind):
    """Whether the row is shown: for itself, or as that above one that is."""
    return any(_is_asked_itself(one, kind) for one in (row, *row.standards))


def _is_asked_itself(row, kind):
    if kind == "guess":
        return row.is_guess
    return kind == "all" or row.kind in ([Kind(kind)] if kind else CHANGED)


class _BranchPage(ListPage):
    """A page of whole branches that counts what is asked for in them: as many as the numbers above the list say."""

    def __init__(self, request, rows, *, size, kind):
        super().__init__(request, rows, size=size)
        self.kind = kind

    @property
    def count_text(self):
        return _("共 %(n)s 条") % {"n": self._count(self.items)}

    @property
    def range_text(self):
        return _("本页 %(n)s 条") % {"n": self._count(self.rows)}

    def _count(self, rows):
        return sum(_is_asked_itself(one, self.kind) for row in rows for one in (row, *row.standards))


def _stats(comparison, query, *, is_succession):
    """How many of each kind, indicators and standards together with what they are of; each leads to its list."""
    labels = dict(Kind.choices)
    if not is_succession:
        labels |= {Kind.ADDED: _("只在右边"), Kind.DROPPED: _("只在左边"), Kind.CHANGED: _("对应，有不同")}
        labels |= {Kind.SAME: _("对应，相同")}
    return [
        {
            "label": labels[kind],
            "value": comparison.indicator_counts[kind] + comparison.standard_counts[kind],
            "hint": _("指标%(n)s项，标准%(m)s条")
            % {"n": comparison.indicator_counts[kind], "m": comparison.standard_counts[kind]},
            "url": f"{address('campaigns:compare')}?{query}&kind={kind}",
        }
        for kind in Kind
    ]


class _Way:
    """How the rows of one comparison are shown, and what may be done with their pairs."""

    def __init__(self, request, comparison):
        self.comparison = comparison
        self.succession = is_succession(comparison.old, comparison.new)
        may = request.user.has_perm("campaigns.change_system", comparison.new)
        # A draft's lineages may still be chosen; two systems beside each other are only linked.
        self.pairs = may and self.succession and comparison.new.is_draft
        self.links = may and not self.succession
        self.back = request.get_full_path()

    @property
    def hint(self):
        if self.pairs:
            return _("“自动对应”是按编号和文字找到的，请核对后“确认”或“取消对应”；启用时按这里的对应关系沿用材料。")
        if self.links:
            return _("两个体系并列。把要求相同的指标对应起来，一项工作就能同时看到两边的要求。")
        return ""

    def items(self, row, kind):
        """The indicator's line, then those of its standards that are asked for."""
        yield self._item(row, "indicator") | {"is_above": not _is_asked_itself(row, kind)}
        for one in row.standards:
            if _is_asked(one, kind):
                yield self._item(one, "standard")

    def _item(self, row, level):
        label = _node_label(row, level)
        changes = [change for change in row.changes if change.label not in label["told"]]
        return {
            "level": level,
            "depth": min(row.depth, 3),
            "kind": row.kind,
            "kind_label": row.kind.label,
            "tone": row.tone,
            "is_guess": row.is_guess,
            "old": label["old"],
            "new": label["new"],
            "old_label": _code_of(row.old),
            "new_label": _code_of(row.new),
            "old_changes": [{"label": one.label, "pieces": one.marked[0]} for one in changes if one.old],
            "new_changes": [{"label": one.label, "pieces": one.marked[1]} for one in changes if one.new],
            "buttons": list(self._buttons(row, level)),
        }

    def _buttons(self, row, level):
        if self.pairs:
            if row.old and row.new:
                if row.is_guess:
                    yield self._button("pair", level, row, _("确认"))
                yield self._button("unpair", level, row, _("取消对应"))
            elif row.new:
                yield self._chooser(level, row)
        elif self.links and level == "indicator":
            if row.old and row.new and row.is_guess:
                yield self._button("link", level, row, _("确认对应"))
            elif row.old and row.new:
                yield self._button("unlink", level, row, _("取消对应"))
            elif row.new:
                yield self._chooser(level, row)

    def _button(self, way, level, row, label):
        return {
            "url": reverse("campaigns:pairing", args=[level, way]),
            "label": label,
            "old": row.old.pk,
            "new": row.new.pk,
            "next": self.back,
        }

    def _chooser(self, level, row):
        query = urlencode({"old": self.comparison.old.pk, "next": self.back})
        url = reverse("campaigns:pair_choose", args=[level, row.new.pk])
        return {"url": f"{url}?{query}", "label": _("与左边对应"), "is_link": True}


def _node_label(row, level):
    """The words of both sides in pieces; a code or number that changed stands in them, not among the changes."""
    name = "name" if level == "indicator" else "content"
    told = {
        str(MODELS[level]._meta.get_field(field).verbose_name)
        for field in ("code", "number", name)
        if _has(level, field)
    }
    if row.old is None or row.new is None:
        text = [(row.node.text, False)]
        return {"old": text if row.old else [], "new": text if row.new else [], "told": told}
    old, new = marked(row.old.text, row.new.text)
    return {"old": old, "new": new, "told": told}


def _has(level, field):
    return field in {one.name for one in MODELS[level]._meta.fields}


# Pairs by hand ------------------------------------------------------------------------------------------


@require_POST
def pairing(request, level, way):
    """Confirm, make or undo a pair of the comparison: `old` and `new` are keys of indicators or of standards."""
    ways = {
        "pair": actions.pair,
        "unpair": lambda old, new, by: actions.unpair(new, by=by),
        "link": counterparts.link,
        "unlink": counterparts.unlink,
    }
    if level not in MODELS or way not in ways or (way in ("link", "unlink") and level != "indicator"):
        raise Http404
    old, new = (_node(request, level, request.POST.get(side)) for side in ("old", "new"))
    ways[way](old, new, by=request.user)
    messages.success(request, _("已改对应关系。"))
    return redirect(_back(request, old, new))


@require_http_methods(["GET", "POST"])
def pair_choose(request, level, pk):
    """Choose what a new indicator or standard was before, among what has no pair yet."""
    if level not in MODELS:
        raise Http404
    new = _node(request, level, pk)
    if not request.user.has_perm("campaigns.change_system", new.campaign):
        raise PermissionDenied
    system = new.system if level == "indicator" else new.indicator.system
    rows = AssessmentSystem.objects.visible_to(request.user, of=system.campaign)
    old_system = get_object_or_404(rows, pk=key_in(request.GET.get("old")))
    form = PairForm(request.POST or None, olds=_without_pair(level, old_system, system))
    if form.is_valid():
        old = form.cleaned_data["old"]
        way = actions.pair if is_succession(old_system, system) else counterparts.link
        way(old, new, by=request.user)
        messages.success(request, _("已改对应关系。"))
        return redirect(_back(request, old, new))
    context = {
        "form": form,
        "node": new,
        "text": new.name if level == "indicator" else new.content,
        "old_system": old_system,
        "cancel_url": _back(request, None, new, old_system=old_system),
    }
    return render(request, "campaigns/pair_choose.html", context, status=422 if form.is_bound else 200)


class PairForm(forms.Form):
    def __init__(self, data, *, olds):
        super().__init__(data)
        self.fields["old"] = forms.ModelChoiceField(olds, label=_("左边的哪一条"), empty_label=_("请选择"))


def _without_pair(level, old_system, system):
    model = MODELS[level]
    paired = compare(old_system, system)
    pairs = paired.indicator_pairs if level == "indicator" else paired.standard_pairs
    taken = {old.pk for old, _new in pairs}
    rows = model.objects.of_system(old_system).order_by("position", "pk")
    free = [pk for pk in rows.values_list("pk", flat=True) if pk not in taken]
    rows = rows.filter(pk__in=free)
    return rows.select_related("indicator") if level == "standard" else rows


def _node(request, level, pk):
    asked_campaign(request)
    way = "" if level == "indicator" else "indicator__"
    rows = MODELS[level].objects.visible_to(request.user)
    return get_object_or_404(rows.select_related("campaign__host__host", f"{way}system__campaign__host"), pk=key_in(pk))


def _back(request, old, new, *, old_system=None):
    """To the comparison the person came from, else to that of the two."""
    from_there = request.POST.get("next") or request.GET.get("next") or ""
    there = address("campaigns:compare")
    if from_there.startswith(f"{there}?"):
        return from_there
    one = old_system or (old.system if isinstance(old, Indicator) else old.indicator.system)
    other = new.system if isinstance(new, Indicator) else new.indicator.system
    return f"{there}?{urlencode({'old': one.pk, 'new': other.pk})}"


@require_safe
def compare_export(request):
    campaign = asked_campaign(request)
    _ask_right(request, campaign)
    if not request.user.has_perm("campaigns.export", campaign):
        raise PermissionDenied
    form = CompareForm(request.GET or None, systems=_choices(request, campaign))
    if not form.is_valid():
        raise Http404
    comparison = compare(form.cleaned_data["old"], form.cleaned_data["new"])
    rows = [line for row in comparison.rows for line in (row, *row.standards)]
    heads = ((_("编号（左）"), 14), (_("内容（左）"), 50), (_("编号（右）"), 14), (_("内容（右）"), 50))
    heads += ((_("结果"), 8), (_("对应方式"), 10), (_("改了什么"), 60))
    return sheet_response(
        request,
        of=campaign,
        title=_("测评体系对照"),
        columns=[xlsx.Column(head, width) for head, width in heads],
        rows=(_exported(row) for row in rows),
        n=len(rows),
    )


def _exported(row):
    changes = "；".join(
        f"{change.label}：{change.old or _('（空）')} → {change.new or _('（空）')}" for change in row.changes
    )
    sides = [text for node in (row.old, row.new) for text in ((_code_of(node), node.text) if node else ("", ""))]
    return [*sides, str(row.kind.label), _("自动") if row.is_guess else "", changes]


def _code_of(node):
    """Ⅱ-1 of an indicator, Ⅱ-1-1) of a standard."""
    return (node.values.get("code") or node.label) if node else ""
