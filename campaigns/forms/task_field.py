"""A task chosen by typing its number or name: a list of twenty thousand is no list to choose from."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.utils import flatatt
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.models import Task
from cityinit.addresses import address


class TaskInput(forms.TextInput):
    """A line of text beside which the browser offers the tasks that the typed words may mean."""

    def __init__(self) -> None:
        super().__init__(
            {"autocomplete": "off", "maxlength": 250, "placeholder": gettext_lazy("输入编号或名称中的几个字")}
        )

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        target = f"{(attrs or {}).get('id') or name}-tasks"
        asks = {
            "list": target,
            "hx-get": f"{address('campaigns:task_options')}?of={name}&as={target}",
            "hx-trigger": "input changed delay:300ms",
            "hx-target": f"#{target}",
            "hx-swap": "outerHTML",
            # Without it the whole form would be sent along to be looked up.
            "hx-params": name,
        }
        look = flatatt({**self.build_attrs(self.attrs, attrs), **asks, "value": self.format_value(value) or ""})
        return format_html('<input type="text" name="{}"{}><datalist id="{}"></datalist>', name, look, target)


class TaskField(forms.ModelChoiceField):
    """Cleans to the task of `queryset` whose number, or number and name, was typed; or whose name is the only such."""

    widget = TaskInput

    def __init__(self, **options: Any):
        options.setdefault("label", gettext_lazy("任务"))
        options.setdefault("required", False)
        options.setdefault("queryset", Task.objects.none())
        super().__init__(**options)

    def prepare_value(self, value: Any) -> Any:
        """The words of a task: for a key, a task, or what was typed."""
        if isinstance(value, int):
            value = self.queryset.filter(pk=value).first()
        return str(value) if isinstance(value, Task) else value

    def to_python(self, value: Any) -> Task | None:
        if isinstance(value, Task):
            return value
        if isinstance(value, int):
            return self.queryset.filter(pk=value).first()
        words = str(value or "").strip()
        if not words:
            return None
        # A number may hold spaces: the longest that the words begin with is meant.
        numbers = [words, *(words[:place] for place, letter in enumerate(words) if letter == " ")]
        found = sorted(self.queryset.filter(code__in=numbers), key=lambda task: len(task.code), reverse=True)
        found = [task for task in found if words in (task.code, str(task))]
        found = found[:1] or list(self.queryset.filter(name=words)[:2])
        if not found:
            raise ValidationError(
                _("没有编号或名称是“%(words)s”的任务，请从提示里选，或填写任务编号。") % {"words": words[:40]},
                code="invalid_choice",
            )
        if len(found) > 1:
            raise ValidationError(_("叫“%(words)s”的任务不止一项，请填写任务编号。") % {"words": words[:40]})
        return found[0]

    def has_changed(self, initial: Any, data: Any) -> bool:
        return (self.prepare_value(initial) or "") != (data or "")
