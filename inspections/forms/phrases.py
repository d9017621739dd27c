"""The sentences that inspectors pick, as the office types them."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

MOST_LINES, MOST_LETTERS = 40, 60


class PhrasesForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("常用语"),
        required=False,
        max_length=MOST_LINES * (MOST_LETTERS + 2),
        widget=forms.Textarea({"rows": 12}),
        help_text=gettext_lazy("一行一句，按这里的先后显示。全部删空，手机上就不提示。"),
    )

    def clean_text(self):
        """The lines without empty ones and repetitions."""
        lines = list(dict.fromkeys(filter(None, (line.strip() for line in self.cleaned_data["text"].splitlines()))))
        if len(lines) > MOST_LINES:
            raise ValidationError(_("最多%(most)s句，现在有%(n)s句。") % {"most": MOST_LINES, "n": len(lines)})
        for line in lines:
            if len(line) > MOST_LETTERS:
                raise ValidationError(
                    _("每句最多%(most)s个字：“%(line)s…”") % {"most": MOST_LETTERS, "line": line[:20]}
                )
        return lines
