"""Rows a second of our .xlsx and .csv writers, beside a library's in the same run.

    .venv/bin/python bench/xlsx_rows.py [ROWS]

The peer is XlsxWriter (constant_memory) where it is installed, else openpyxl (write_only), a dependency already.
Each is run in a process of its own, three times in turn; the best counts, in seconds of processor time, which other
work on the machine disturbs least, and the memory it took beyond its imports.
"""

import datetime
import importlib.util
import multiprocessing
import os
import resource
import sys
import tempfile
import time

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cityinit.settings")
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from cityinit.documents.xlsx import Column, Sheet, write_csv, write_workbook

COLUMNS = [
    Column("编号", 16),
    Column("点位", 24),
    Column("类别", 10),
    Column("问题描述", 40),
    Column("责任单位", 20),
    Column("状态", 10),
    Column("返工次数", 8, "int"),
    Column("得分", 8, "decimal"),
    Column("发现日期", 12, "date"),
    Column("整改期限", 12, "date"),
    Column("整改措施", 40),
]


def findings(count):
    day = datetime.date(2025, 1, 1)
    for place in range(count):
        found = day + datetime.timedelta(days=place % 181)
        yield [
            f"WT-2025-{place:06}",
            f"第{place % 1200}号点位（人民路与解放路交叉口）",
            "环境卫生",
            f"垃圾桶满溢未及时清运，周边有散落垃圾，现场编号{place}",
            f"某某街道办事处{place % 120}",
            "整改中",
            place % 4,
            95.5 - place % 10,
            found,
            found + datetime.timedelta(days=7),
            "已安排保洁人员清运并增加每日巡查频次",
        ]


def ours(count, file):
    write_workbook(file, [Sheet("问题台账", COLUMNS, findings(count))])


def ours_small(count, file):
    write_workbook(file, [Sheet("问题台账", COLUMNS, findings(count))], level=6)


def our_csv(count, file):
    write_csv(file, COLUMNS, findings(count))


def xlsxwriter(count, file):
    import xlsxwriter

    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    workbook = xlsxwriter.Workbook(file, options)
    day = workbook.add_format({"num_format": "yyyy-mm-dd"})
    sheet = workbook.add_worksheet("问题台账")
    sheet.write_row(0, 0, [column.title for column in COLUMNS])
    for row, cells in enumerate(findings(count), start=1):
        for place, (column, value) in enumerate(zip(COLUMNS, cells, strict=True)):
            if column.kind == "date":
                sheet.write_datetime(row, place, value, day)
            elif column.kind == "text":
                sheet.write_string(row, place, value)
            else:
                sheet.write_number(row, place, value)
    workbook.close()


def openpyxl(count, file):
    from openpyxl import Workbook

    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet("问题台账")
    sheet.append([column.title for column in COLUMNS])
    for cells in findings(count):
        sheet.append(cells)
    workbook.save(file)


def measured(write, count):
    """Seconds and MiB of one run, in a process of its own."""
    receiver, sender = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context("fork").Process(target=_run, args=(write, count, sender))
    process.start()
    result = receiver.recv()
    process.join()
    return result


def _run(write, count, sender):
    with tempfile.TemporaryFile() as file:
        write(10, file)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with tempfile.TemporaryFile() as file:
        begun = time.process_time()
        write(count, file)
        seconds = time.process_time() - begun
        size = file.tell()
    sender.send((seconds, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024, size / 2**20))


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    peer = xlsxwriter if importlib.util.find_spec("xlsxwriter") else openpyxl
    writers = {"ours": ours, "ours, level 6": ours_small, "ours, csv": our_csv, peer.__name__: peer}
    best: dict[str, tuple[float, float, float]] = {}
    for _ in range(3):
        for name, write in writers.items():
            result = measured(write, count)
            best[name] = min(best.get(name, result), result)
    rate = count / best[peer.__name__][0]
    print(f"{count} rows x {len(COLUMNS)} columns")
    for name, (seconds, memory, size) in best.items():
        speed = count / seconds
        ratio = f"{speed / rate:.2f} x {peer.__name__}"
        print(f"{name:14} {speed:9.0f} rows/s  {ratio}  {memory:.1f} MiB more memory  {size:.1f} MiB file")


if __name__ == "__main__":
    main()
