"""manage.py load_workbook FILE [--dry-run]: bring a campaign in, or say everything that is wrong with the file."""

from pathlib import Path

from django.core.files import File
from django.core.management.base import BaseCommand

from cityinit.content import UploadRefused, check_workbook
from inspections.importers import load_workbook


class Command(BaseCommand):
    help = "Load a campaign from a workbook: all or nothing, twice the same as once."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="list what would happen and write nothing")

    def handle(self, *args, file, dry_run, **options):
        if not file.is_file():
            self.stderr.write(f"找不到文件：{file}")
            raise SystemExit(1)
        try:
            with file.open("rb") as source:
                check_workbook(File(source, name=file.name))
                loaded = load_workbook(source, dry_run=dry_run)
        except UploadRefused as refusal:
            self.stderr.write("".join(refusal.messages))
            raise SystemExit(1) from None
        for note in loaded.notes:
            self.stdout.write(f"注意：{note}")
        for fault in loaded.faults:
            self.stderr.write(str(fault))
        if loaded.faults:
            self.stderr.write(f"共{len(loaded.faults)}处错误，没有写入任何内容。")
            raise SystemExit(1)
        for sheet, tally in loaded.counts.items():
            self.stdout.write(
                f"{sheet}：新增{tally['created']}，更新{tally['updated']}，"
                f"未变{tally['unchanged']}，跳过{tally['skipped']}"
            )
        for line in loaded.skipped:
            self.stdout.write(f"跳过：{line}")
        self.stdout.write("试导入完成，没有写入。" if dry_run else f"已导入：{loaded.campaign}")
