"""The kinds of reports: what each collects, how it is written, which parts it has, and what it is called."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from . import assessments, circulars, narrative
from .assessments import telling as scores
from .circulars import telling as found
from .facts import collect
from .frozen import Gathered
from .models import Kind, Report, Template
from .sections import Section

Facts = dict


@dataclass(frozen=True)
class Made:
    """`collect` gathers what a report tells, `write` gives its sections; `parts` are what a template orders."""

    collect: Callable[[Report, Template, date], Gathered]
    write: Callable[[Facts], Sequence[Section]]
    title: Callable[[Report], str]
    parts: Mapping[str, str]
    # Those parts that stand under one heading, which may be the office's own.
    headed: frozenset[str]


def _summary(report: Report, template: Template, on: date) -> Gathered:
    return collect(report.campaign, report.period, unit=report.unit, on=on, template=template)


def _circular(report: Report, template: Template, on: date) -> Gathered:
    return circulars.collect(report.campaign, report.period, on=on, of_round=report.round, template=template)


def _assessment(report: Report, template: Template, on: date) -> Gathered:
    if report.round is None:
        raise ValueError("The scores that are told are those of a round")
    return assessments.collect(report.round, report.period, on=on, template=template)


def _write_summary(facts: Facts) -> Sequence[Section]:
    return narrative.write(facts, narrative.writing_of(facts))


def _summary_title(report: Report) -> str:
    host = report.campaign.host
    speaker = (report.unit or host).name
    return narrative.title(report.campaign.name, host=host.name, speaker=speaker, period=report.period.label)


def _circular_title(report: Report) -> str:
    short = report.campaign.short_name or "创建"
    return found.title(report.round.name if report.round else f"{report.period.label}{short}工作督查")


def _assessment_title(report: Report) -> str:
    return scores.title(report.round.name if report.round else "")


# All but how a circular begins and ends.
HEADED_OF_ROUND = frozenset({*found.PARTS, *scores.PARTS} - {"opening", "closing"})
KINDS: Mapping[str, Made] = {
    Kind.SUMMARY: Made(_summary, _write_summary, _summary_title, narrative.PARTS, narrative.HEADED),
    Kind.CIRCULAR: Made(_circular, found.write, _circular_title, found.PARTS, HEADED_OF_ROUND),
    Kind.ASSESSMENT: Made(_assessment, scores.write, _assessment_title, scores.PARTS, HEADED_OF_ROUND),
}
