"""The form that takes an office's own Word file with placeholders: nothing is kept before every fault in it is told."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .content import DOCX, check_upload
from .documents.filled import faults
from .models import StoredFile

# A paper with an emblem and a letterhead has some hundred KB.
PAPER_SIZE = 10 * 2**20
# Of a broken paper so many faults are told at once.
FAULTS_TOLD = 20


class PaperForm(forms.Form):
    """`offered` is what the paper may ask for; every fault in it is told with its place."""

    file = forms.FileField(label=gettext_lazy("Word模板"), widget=forms.FileInput(attrs={"accept": ".docx"}))

    def __init__(self, data=None, files=None, *, offered):
        super().__init__(data, files)
        self.offered = offered

    def clean_file(self):
        checked = check_upload(self.cleaned_data["file"], kind=StoredFile.Kind.DOCUMENT)
        if checked.content_type != DOCX:
            raise ValidationError(_("请上传.docx文件。"))
        if checked.size > PAPER_SIZE:
            raise ValidationError(
                _("模板不能超过%(most)sMB，请压缩里面的图片后再上传。") % {"most": PAPER_SIZE // 2**20}
            )
        checked.upload.seek(0)
        if found := faults(checked.upload.read(), self.offered):
            raise ValidationError(found[:FAULTS_TOLD])
        return checked
