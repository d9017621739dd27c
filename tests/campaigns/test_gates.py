"""What a file of a material must be like, each fault with its sentence."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from uuid import uuid4

import pytest

from campaigns.gates import FileType, Gates, distinct
from cityinit.content import DOCX, PDF, XLSX


@dataclass
class File:
    name: str = "现场.jpg"
    content_type: str = "image/jpeg"
    size: int = 1000
    width: int | None = 1280
    height: int | None = 720
    taken_at: datetime | None = None
    sha256: str = field(default_factory=lambda: uuid4().hex)


WINDOW = Gates(first=date(2024, 1, 1), last=date(2026, 6, 30))


@pytest.mark.parametrize(
    ("gates", "file", "sentence"),
    [
        (Gates(), File(), None),
        (Gates(), File(width=720, height=1280), None),
        (
            Gates(),
            File(width=800, height=600),
            "图片“现场.jpg”是800×600，长边至少要1280像素。请重新拍照，或上传没有压缩过的原图。",
        ),
        (
            Gates(),
            File(width=1279, height=1279),
            "图片“现场.jpg”是1279×1279，长边至少要1280像素。请重新拍照，或上传没有压缩过的原图。",
        ),
        (Gates(least_pixels=0), File(width=64, height=48), None),
        (Gates(), File("方案.pdf", PDF, width=None, height=None), None),
        (
            Gates(types=("pdf", "word")),
            File("名单.xlsx", XLSX, width=None, height=None),
            "“名单.xlsx”是Excel表格，这项材料只收PDF、Word文档。请换成规定的类型后再上传。",
        ),
        (Gates(types=("pdf", "word")), File("方案.docx", DOCX, width=None, height=None), None),
        (
            Gates(most_megabytes=2),
            File("方案.pdf", PDF, size=3 * 1024**2, width=None, height=None),
            "“方案.pdf”有3.0 MB，超过了这项材料2 MB的上限。请压缩后再上传。",
        ),
        (
            WINDOW,
            File(taken_at=datetime(2023, 12, 31, 15, 59, tzinfo=UTC)),
            "图片“现场.jpg”拍摄于2023-12-31，不在2024-01-01至2026-06-30之内。请换一张时限内拍摄的照片。",
        ),
        # One minute later it is the new year in Shanghai.
        (WINDOW, File(taken_at=datetime(2023, 12, 31, 16, 0, tzinfo=UTC)), None),
        (WINDOW, File(taken_at=None), None),
    ],
)
def test_a_file_passes_or_is_told_what_would_be_right(gates, file, sentence):
    assert gates.fault_of(file) == sentence


@pytest.mark.parametrize(
    ("gates", "day", "sentence"),
    [
        (WINDOW, date(2024, 1, 1), None),
        (WINDOW, date(2026, 6, 30), None),
        (
            WINDOW,
            date(2023, 5, 1),
            "材料日期2023-05-01不在2024-01-01至2026-06-30之内。请核对日期，或换一份时限内的材料。",
        ),
        (
            Gates(first=date(2024, 1, 1)),
            date(2023, 5, 1),
            "材料日期2023-05-01不在2024-01-01及以后。请核对日期，或换一份时限内的材料。",
        ),
        (
            Gates(last=date(2024, 1, 1)),
            date(2025, 5, 1),
            "材料日期2025-05-01不在2024-01-01及以前。请核对日期，或换一份时限内的材料。",
        ),
        (Gates(), date(1999, 1, 1), None),
    ],
)
def test_a_material_is_dated_within_the_window(gates, day, sentence):
    assert gates.fault_of_day(day) == sentence


def test_too_few_and_too_many_files_are_told():
    gates = Gates(least_files=2, most_files=3)

    assert [gates.fault_of_count(n) for n in (1, 2, 3, 4)] == [
        "这项材料至少要2个文件，现在有1个。请补充后再报送。",
        None,
        None,
        "这项材料至多3个文件，现在有4个。请去掉一些，或合并成一个文件。",
    ]


def test_every_fault_is_told_at_once():
    told = WINDOW.faults([File(width=10, height=10), File()], dated_on=date(2023, 1, 1))

    assert [sentence[:6] for sentence in told] == ["材料日期20", "图片“现场."]


def test_the_same_file_is_not_handed_in_twice():
    files = [
        File("一.jpg", sha256="a"),
        File("二.jpg", sha256="a"),
        File("三.jpg", sha256="b"),
        File("一.jpg", sha256="a"),
    ]

    assert Gates().faults(files, dated_on=date(2026, 3, 1)) == [
        "“二.jpg”和“一.jpg”是同一个文件，只能交一次。请换成另一个文件，或不再选它。",
        "“一.jpg”和“一.jpg”是同一个文件，只能交一次。请换成另一个文件，或不再选它。",
    ]
    assert [file.name for file in distinct(files)] == ["一.jpg", "三.jpg"]


def test_what_a_material_does_not_say_its_system_says():
    of_system = Gates().but(first=date(2024, 1, 1), types=("pdf",), least_files=None)
    own = of_system.but(first=None, types=(), least_pixels=0, most_files=3)

    assert own == Gates(first=date(2024, 1, 1), types=("pdf",), least_pixels=0, most_files=3)


def test_the_rules_are_told_in_words():
    assert Gates(first=date(2024, 1, 1), types=(FileType.PDF, FileType.IMAGE)).texts == [
        "材料日期和拍照日期须在2024-01-01及以后",
        "可交PDF、图片",
        "图片长边（横、竖中较长的一边）至少1280像素，横拍竖拍都可以",
        "单个文件不超过50 MB",
        "1至20个文件",
    ]
