"""Choices of workstreams, each under the scheme it belongs to."""

from __future__ import annotations

from django import forms

from .grouped import ByScheme


class WorkstreamField(forms.ModelChoiceField):
    iterator = ByScheme


class WorkstreamsField(forms.ModelMultipleChoiceField):
    iterator = ByScheme
