"""Ledgers taken out as files: streamed row by row, and told to the trail."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.http import HttpRequest, StreamingHttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from . import audit
from .content import XLSX
from .documents import xlsx
from .workflow import Refused


def columns_of(ledger: Iterable[tuple[Any, float, xlsx.Kind]]) -> list[xlsx.Column]:
    """The columns of a ledger that is told as (title, width, kind), in the language of who asks."""
    return [xlsx.Column(str(title), width, kind) for title, width, kind in ledger]


def sheet_response(
    request: HttpRequest, *, of: Any, title: str, columns: Sequence[xlsx.Column], rows: Iterable[Sequence[Any]], n: int
) -> StreamingHttpResponse:
    """An .xlsx of one sheet, sent as its rows are read; refused beyond the rows a sheet can hold.

    `of` is the campaign the ledger belongs to, `n` how many rows there are; the filter goes to the trail.
    """
    return page_response(request, xlsx.Sheet(title, columns, rows), of=of, title=title, n=n)


def page_response(
    request: HttpRequest, sheet: xlsx.Sheet | xlsx.Page, *, of: Any, title: str, n: int, name: str = ""
) -> StreamingHttpResponse:
    """As `sheet_response`, of a sheet that is laid out already; `name` is the file's where it is not the usual one."""
    if n >= xlsx.ROW_LIMIT:
        raise Refused(
            _("有%(n)s条，超过一个 Excel 工作表的%(most)s行。请按条件筛选后分几次导出。")
            % {"n": n, "most": xlsx.ROW_LIMIT - 1}
        )
    audit.record(
        _("导出台账"),
        by=request.user,
        subject=f"{of} {title}",
        detail={"filter": request.GET.urlencode()},
        address=request.META.get("REMOTE_ADDR"),
    )
    return workbook_response([sheet], name=f"{name or f'{of}-{title}'}-{timezone.localdate()}.xlsx")


def workbook_response(sheets: Sequence[xlsx.Sheet | xlsx.Page], *, name: str) -> StreamingHttpResponse:
    """The workbook as it is drawn: thousands of rows take seconds, and the answer begins at once."""
    response = StreamingHttpResponse(xlsx.stream_workbook(sheets), content_type=XLSX)
    response["Content-Disposition"] = content_disposition_header(True, name)
    return response
