"""The office's own Word files for letters and notices: which there are, one of them, and what it looks like filled."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from campaigns import papers as kinds
from campaigns.actions.papers import filled_in, set_paper
from campaigns.models import Paper
from cityinit import files
from cityinit.content import DOCX
from cityinit.papers import PaperForm
from cityinit.sent import told_in


@require_safe
def papers(request):
    campaign = request.campaign
    mine = [kind for kind in kinds.kinds() if campaign and request.user.has_perm(kind.permission, campaign)]
    if not mine:
        raise PermissionDenied
    chosen = {paper.kind: paper for paper in Paper.objects.filter(campaign=campaign).select_related("file")}
    context = {"campaign": campaign, "rows": [(kind, chosen.get(kind.slug)) for kind in mine]}
    return render(request, "campaigns/papers.html", context)


@require_http_methods(["GET", "POST"])
def paper(request, slug):
    """Upload the file for letters of a kind, or go back to the standard; which placeholders there are."""
    campaign, kind, chosen = _asked(request, slug)
    if request.method == "POST" and "remove" in request.POST:
        set_paper(campaign, kind, None, by=request.user)
        messages.success(request, _("已恢复标准公文格式。"))
        return redirect("campaigns:paper", slug)
    form = PaperForm(request.POST or None, request.FILES or None, offered=kind.vocabulary.empty)
    if form.is_valid():
        with told_in(form):
            set_paper(campaign, kind, form.cleaned_data["file"], by=request.user)
            messages.success(request, _("模板检查通过，下次印发时采用。请下载样张核对。"))
            return redirect("campaigns:paper", slug)
    context = {"kind": kind, "paper": chosen, "form": form, "groups": kind.vocabulary.groups()}
    return render(request, "campaigns/paper.html", context, status=422 if form.is_bound else 200)


@require_safe
def paper_file(request, slug):
    _campaign, _kind, chosen = _asked(request, slug)
    if chosen is None:
        raise Http404
    return files.serve(chosen.file, request=request)


@require_safe
def paper_sample(request, slug):
    """The last letter of the kind as it would look today; before the first, what each placeholder stands for."""
    campaign, kind, chosen = _asked(request, slug)
    if chosen is None:
        raise Http404
    values = kind.latest(campaign)
    drawn = filled_in(chosen.file, kind.filling(**values) if values else kind.vocabulary.example)
    response = HttpResponse(drawn, content_type=DOCX)
    name = _("%(kind)s样张.docx") % {"kind": kind.title}
    response["Content-Disposition"] = content_disposition_header(True, name)
    return response


def _asked(request, slug):
    campaign, kind = request.campaign, kinds.kind_of(slug)
    if kind is None:
        raise Http404
    if not campaign or not request.user.has_perm(kind.permission, campaign):
        raise PermissionDenied
    return campaign, kind, Paper.objects.filter(campaign=campaign, kind=slug).select_related("file").first()
