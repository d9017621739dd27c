"""The words of a section, what is said of a move, and what readers say."""

from __future__ import annotations

from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy

# Ten times the longest summary an office would sign.
SECTION_LENGTH = 100_000


class SectionForm(forms.Form):
    """The words of one section: paragraphs by line."""

    heading = forms.CharField(label=gettext_lazy("标题"), max_length=200, required=False)
    text = forms.CharField(
        label=gettext_lazy("正文"),
        max_length=SECTION_LENGTH,
        required=False,
        widget=forms.Textarea(
            attrs={
                "rows": 18,
                "data-rich": "",
                "data-label": gettext_lazy("正文"),
                "data-bar": gettext_lazy("格式"),
                "data-bold": gettext_lazy("加粗"),
                "data-heading": gettext_lazy("小标题"),
                "data-item": gettext_lazy("列表"),
            }
        ),
        help_text=gettext_lazy("数字与原文一致的，仍可追溯到记录；没有来源的，保存后会标出。"),
    )
    seen = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, data=None, *, section):
        initial = {"heading": section.heading, "text": section.text, "seen": section.token}
        super().__init__(data, initial=initial)
        if not section.level:
            del self.fields["heading"]

    def clean_text(self):
        lines = (line.strip() for line in self.cleaned_data["text"].splitlines())
        return "\n".join(line for line in lines if line)


class NoteForm(forms.Form):
    note = forms.CharField(label=gettext_lazy("说明"), widget=forms.Textarea(attrs={"rows": 4}))
    seen_state = forms.CharField(widget=forms.HiddenInput, required=False)


class RemarkForm(forms.Form):
    """What a reader says, of the report or of one of its sections."""

    section = forms.ModelChoiceField(
        label=gettext_lazy("针对"), queryset=None, required=False, empty_label=gettext_lazy("全文")
    )
    text = forms.CharField(label=gettext_lazy("意见"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))
    client_key = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(self, data=None, *, report):
        super().__init__(data, initial={"client_key": uuid4()})
        self.fields["section"].queryset = report.sections.exclude(level=0)


class SettleForm(forms.Form):
    answer = forms.CharField(
        label=gettext_lazy("处理情况"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
