"""Reports drawn in the office's own Word file."""

import zipfile
from io import BytesIO
from pathlib import Path

import docx
import pytest
from django.conf import settings as configured
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from docx.oxml.ns import qn

from cityinit.documents.filled import faults
from reports import actions, own_paper
from reports.kinds import KINDS
from reports.models import Kind, Template
from reports.templates import save_template
from tests.cityinit.test_filled import LOOP, paper
from tests.factories.reports import compiled, edit

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@pytest.fixture
def office(client, city):
    client.force_login(city.coordinator)
    return client


@pytest.fixture
def template(city, campaign):
    return save_template(Template.objects.for_kind(campaign, Kind.SUMMARY), by=city.coordinator, name="市委")


def upload(office, template, data, *, name="市委.docx"):
    file = SimpleUploadedFile(name, data, content_type=WORD)
    return office.post(reverse("reports:template_paper", args=[template.pk]), {"file": file})


def word_of(report):
    drawn = next(file for file in actions.current_files(report) if file.kind == "docx")
    return docx.Document(Path(configured.MEDIA_ROOT, drawn.file.path))


def test_the_report_is_drawn_in_the_uploaded_file_with_its_numbers_leading_to_their_sources(
    office, city, campaign, template
):
    answer = upload(office, template, paper("市委文件", "{{ 标题 }}", "{{ 正文 }}", "{{ 数据来源 }}", "{{ 任务数 }}项"))
    word = word_of(compiled(campaign, city))
    texts = [paragraph.text for paragraph in word.paragraphs]

    assert answer.status_code == 302
    assert texts[:2] == ["市委文件", "清水市创建全国文明城市2025年上半年工作总结"]
    assert texts[-1] == "2项"
    assert "（一）市容环境持续改善" in texts or "一、市容环境持续改善" in texts
    anchors = {link.get(qn("w:anchor")) for link in word.element.body.iter(qn("w:hyperlink"))}
    marks = {mark.get(qn("w:name")) for mark in word.element.body.iter(qn("w:bookmarkStart"))}
    assert anchors
    assert anchors <= marks


@pytest.mark.once
def test_parts_stand_where_the_template_has_them(office, city, campaign, template):
    upload(office, template, paper("开头：", "{{ 开头 }}", "工作：", "{{ 各板块工作 }}", table=LOOP))
    report = compiled(campaign, city)

    texts = [paragraph.text for paragraph in word_of(report).paragraphs]

    assert texts[0] == "开头："
    assert texts[texts.index("工作：") + 1].endswith("市容环境持续改善")


def test_an_edited_report_is_drawn_in_it_again(office, city, campaign, template, work):
    upload(office, template, paper("{{ 正文 }}"))
    report = compiled(campaign, city)

    edit(report.sections.first(), city, text="改过的开头。\n# 小标题\n- 一项")
    work()

    word = word_of(report)
    assert [paragraph.text for paragraph in word.paragraphs[:3]] == ["改过的开头。", "小标题", "● 一项"]
    assert word.paragraphs[1].runs[0].bold is True


def test_an_issued_report_keeps_the_paper_it_was_written_in(office, city, campaign, template):
    upload(office, template, paper("旧版式", "{{ 正文 }}"))
    report = compiled(campaign, city)
    upload(office, template, paper("新版式", "{{ 正文 }}"))

    before = word_of(report).paragraphs[0].text
    again = word_of(compiled(campaign, city)).paragraphs[0].text

    assert (before, again) == ("旧版式", "新版式")


@pytest.mark.once
def test_a_broken_template_is_told_with_every_fault_and_nothing_is_kept(office, template):
    answer = upload(office, template, paper("{{ 整改律 }}", "{{ 正文"))

    assert answer.status_code == 422
    assert answer.context["form"].errors["file"] == [
        "正文第1段：没有“整改律”这个占位符，是不是“整改率”？",
        "正文第2段：“{{ 正文”里的括号没有配对。",
    ]
    assert Template.objects.get(pk=template.pk).file is None


@pytest.mark.once
@pytest.mark.parametrize(
    ("name", "data", "told"),
    [
        ("坏的.docx", b"PK\x03\x04 broken", "坏的.docx"),
        ("图.docx", b"\x89PNG\r\n\x1a\n" + b"0" * 64, "图"),
        ("大.docx", b"0" * (11 * 2**20), "大"),
    ],
)
def test_what_is_no_word_file_is_refused_with_a_sentence(office, template, name, data, told):
    answer = upload(office, template, data, name=name)

    assert answer.status_code == 422
    assert len(answer.context["form"].errors["file"]) == 1


def padded(*, name, content, packing=zipfile.ZIP_STORED):
    """A sound paper with one more part."""
    made = BytesIO(paper("{{ 标题 }}"))
    with zipfile.ZipFile(made, "a", packing) as package:
        package.writestr(name, content)
    return made.getvalue()


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (
            lambda: padded(name="word/vbaProject.bin", content=b"x"),
            "“市委.docx”含有宏，不能上传。请另存为不带宏的.docx、.xlsx或.pptx后再上传。",
        ),
        (
            lambda: padded(name="word/media/a.jpg", content=bytes(11 * 2**20)),
            "模板不能超过10MB，请压缩里面的图片后再上传。",
        ),
        (
            lambda: b"PK\x03\x04" + bytes(100 * 2**20),
            "“市委.docx”有100.0 MB，超过了50 MB的上限。请压缩后再上传。",
        ),
        (
            lambda: padded(name="word/media/a.bmp", content=bytes(60 * 2**20), packing=zipfile.ZIP_DEFLATED),
            "“市委.docx”解压后大得不正常，可能是恶意文件。请打开原文件，另存一份后再上传。",
        ),
    ],
    ids=["macro", "11 MB", "100 MB", "bomb"],
)
def test_a_macro_a_huge_file_and_a_bomb_are_refused_each_with_its_sentence(office, template, make, told):
    answer = upload(office, template, make())

    assert (answer.status_code, answer.context["form"].errors["file"]) == (422, [told])
    assert Template.objects.get(pk=template.pk).file is None


def test_the_standard_can_be_taken_again(office, city, campaign, template):
    upload(office, template, paper("版式", "{{ 正文 }}"))

    office.post(reverse("reports:template_paper", args=[template.pk]), {"remove": "1"})

    assert Template.objects.get(pk=template.pk).file is None
    assert word_of(compiled(campaign, city)).paragraphs[0].text.startswith("清水市创建全国文明城市")


@pytest.mark.once
@pytest.mark.parametrize("kind", list(Kind))
def test_every_placeholder_that_is_offered_is_one_that_is_filled(kind):
    parts = KINDS[kind].parts
    known = own_paper.empty(kind, parts).names

    for _title, rows in own_paper.offered(kind, parts):
        for row in rows:
            name = row.written.strip("{}% ").removeprefix("tr for 行 in ").strip()
            assert name in known


@pytest.mark.parametrize("kind", list(Kind))
def test_a_paper_with_every_placeholder_that_is_offered_has_no_fault(kind):
    parts = KINDS[kind].parts
    offered = own_paper.empty(kind, parts)
    tags = [row.written for _title, rows in own_paper.offered(kind, parts) for row in rows]

    found = faults(paper(*(tag for tag in tags if not tag.startswith("{%"))), offered)

    assert found == []
    assert len(set(offered.names)) == len(offered.names)


def test_a_figures_line_leads_to_its_records_in_an_own_paper_too(office, city, campaign, template, settings):
    settings.SITE_URL = "https://ledger.example.gov.cn"
    upload(office, template, paper("{{ 正文 }}", "{{ 数据来源 }}"))

    report = compiled(campaign, city)

    leads = {link.url for paragraph in word_of(report).paragraphs for link in paragraph.hyperlinks if link.address}
    page = f"{settings.SITE_URL}{reverse('reports:records', args=[report.pk, 1])}"
    assert f"{page}?figure=tasks.total" in leads
    assert {office.get(address.removeprefix(settings.SITE_URL)).status_code for address in leads} == {200}
