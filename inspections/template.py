"""The import workbook to download: every sheet and column, an example row, drop-downs."""

from io import BytesIO

from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from cityinit.workbook import EXAMPLE, Sheet

from .importers import SHEETS

HEADER = PatternFill("solid", fgColor="F2E6E6")
ROWS_WITH_LISTS = 2000


def draw_template() -> bytes:
    """The .xlsx; its example rows begin with 示例： and are passed over by the importer."""
    book = Workbook()
    book.remove(book.active)
    for sheet in SHEETS:
        _draw_sheet(book.create_sheet(sheet.name), sheet)
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def _draw_sheet(page, sheet: Sheet) -> None:
    page.freeze_panes = "A2"
    for place, column in enumerate(sheet.columns, start=1):
        letter = get_column_letter(place)
        head = page.cell(1, place, f"{column.name}*" if column.required else column.name)
        head.font = Font(bold=True)
        head.fill = HEADER
        head.alignment = Alignment(vertical="center")
        if column.required:
            head.comment = Comment(_("必填"), "cityinit")
        example = page.cell(2, place, f"{EXAMPLE}{column.example}" if place == 1 else column.example)
        example.data_type = "s"
        example.font = Font(italic=True, color="808080")
        page.column_dimensions[letter].width = max(12, min(40, 2.2 * max(len(column.name), len(column.example)) + 4))
        if column.options:
            choices = DataValidation(
                type="list", formula1='"' + ",".join(column.options) + '"', allow_blank=True, showErrorMessage=False
            )
            page.add_data_validation(choices)
            choices.add(f"{letter}3:{letter}{ROWS_WITH_LISTS}")
