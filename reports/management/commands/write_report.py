"""manage.py write_report CAMPAIGN FIRST LAST --out FILE [--unit NAME]: the summary of a period, without a worker."""

import time
from datetime import date
from difflib import get_close_matches
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand

from campaigns.models import Campaign
from cityinit.periods import Period
from cityinit.queue import run_job
from cityinit.workflow import Refused
from reports import actions
from reports.models import Report, ReportFile
from units.models import Unit


class Command(BaseCommand):
    help = "Compile the summary of a campaign for a period and write it as .docx."

    def add_arguments(self, parser):
        parser.add_argument("campaign", help="name of the campaign")
        parser.add_argument("first", help="first day, as 2025-01-01")
        parser.add_argument("last", help="last day, as 2025-06-30")
        parser.add_argument("--out", required=True, type=Path, help="the .docx to write")
        parser.add_argument("--unit", default="", help="only this unit and what is below it")

    def handle(self, *args, campaign, first, last, out, unit, **options):
        period = self.period(first, last)
        found = self.campaign(campaign)
        of = self.unit(found, unit) if unit else None
        if not out.absolute().parent.is_dir():
            self.stop(f"文件夹不存在：{out.absolute().parent}")
        report = self.issued(found, period, of) or self.compiled(found, period, of)
        drawn = next(file for file in actions.current_files(report) if file.kind == ReportFile.Kind.DOCX)
        try:
            out.write_bytes(Path(settings.MEDIA_ROOT, drawn.file.path).read_bytes())
        except OSError as problem:
            self.stop(f"无法写入{out}：{problem.strerror}")
        self.stdout.write(f"已生成：{out}（{report.title}）")

    def compiled(self, campaign, period, unit):
        """The report as compiled just now, by this process or by the worker that was faster."""
        try:
            job = actions.request_report(campaign, period, unit=unit, by=None)
        except Refused as refusal:
            self.stop(refusal.reason)
        run_job(job.pk)
        job.refresh_from_db()
        while job.is_open:
            time.sleep(0.2)
            job.refresh_from_db()
        if job.is_failed:
            self.stop(job.reason)
        return Report.objects.get(job=job)

    def issued(self, campaign, period, unit):
        """A report that was reviewed is not compiled again: what stands is written out."""
        unit = None if unit is None or unit.pk == campaign.host_id else unit
        report = Report.objects.filter(
            campaign=campaign, unit=unit, first_day=period.first, last_day=period.last
        ).first()
        if report is None or not report.is_fixed:
            return None
        self.stderr.write(f"这份总结已是“{report.get_state_display()}”，按已定的正文输出，没有重新编写。")
        actions.draw_files(report, hold=lambda: None)
        return report

    def period(self, first, last):
        days = []
        for text in (first, last):
            try:
                days.append(date.fromisoformat(text))
            except ValueError:
                self.stop(f"日期看不懂：{text}。请写成2025-01-01这样（bad date, use YYYY-MM-DD）。")
        if days[1] < days[0]:
            self.stop(f"结束日期{last}早于开始日期{first}（the period ends before it begins）。")
        return Period(*days)

    def campaign(self, name):
        found = Campaign.objects.select_related("host").filter(name=name).first()
        if found is None:
            self.unknown("创建活动", "campaign", name, Campaign.objects.values_list("name", flat=True))
        return found

    def unit(self, campaign, name):
        units = Unit.objects.of_host(campaign.host)
        found = units.filter(name=name).first()
        if found is None:
            self.unknown("单位", "unit", name, units.values_list("name", flat=True))
        return found

    def unknown(self, what, word, name, names):
        near = get_close_matches(name, list(names), n=1, cutoff=0.3)
        hint = f"是不是“{near[0]}”？" if near else ""
        self.stop(f"没有叫“{name}”的{what}（unknown {word}）。{hint}")

    def stop(self, sentence):
        self.stderr.write(sentence)
        raise SystemExit(1)
