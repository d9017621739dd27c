"""Letters and notices drawn in the office's own Word file."""

from datetime import timedelta
from io import BytesIO
from pathlib import Path

import docx
import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from campaigns import papers
from campaigns.actions import supervision
from campaigns.actions.papers import set_paper
from campaigns.models import Paper
from cityinit.models import StoredFile
from cityinit.workflow import Refused
from inspections.actions import rectification_notices as notices
from inspections.actions.findings import letters
from inspections.models import EscalationStep, Finding
from tests.cityinit.test_filled import paper as word_of
from tests.factories import findings as make
from tests.factories import tasks

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@pytest.fixture
def office(client, city):
    client.force_login(city.coordinator)
    return client


def upload(office, slug, data, *, name="红头.docx"):
    file = SimpleUploadedFile(name, data, content_type=WORD)
    return office.post(reverse("campaigns:paper", args=[slug]), {"file": file})


def noticed(city, campaign):
    finding = make.finding_at(Finding.State.DISPATCHED, city, campaign)
    signed = {"requirement": "立即整改", "answer_by": timezone.localdate(), "signature": "清水市创建办"}
    batch = notices.issue_notices(campaign, Finding.objects.filter(pk=finding.pk), by=city.coordinator, **signed)
    return notices.draw_letter(batch.notices.get())


def overdue(city, campaign):
    finding = make.finding_at(Finding.State.DISPATCHED, city, campaign)
    past = timezone.now() - timedelta(days=30)
    Finding.objects.filter(pk=finding.pk).update(due_at=past)
    values = {"finding": finding, "unit": city.bureau, "due_at": past, "told": "创建办"}
    step = EscalationStep.objects.create(step=EscalationStep.Step.LETTER, **values)
    signed = {"demand": "立即整改", "answer_by": timezone.localdate(), "signer": "周明远", "signature": "清水市创建办"}
    return letters.draw_letter(
        letters.send_letter(campaign, unit=city.bureau, steps=[step], by=city.coordinator, **signed)
    )


def supervised(city, campaign):
    return supervision.draw_letter(tasks.supervision_at(campaign, city, "open"))


SENT = {"notice": noticed, "overdue": overdue, "supervision": supervised}


def table_of(kind):
    """The kind's table with all its columns, one row of it each."""
    [(name, columns)] = kind.vocabulary.tables.items()
    rest = [""] * (len(columns) - 1)
    looped = [f"{{{{ 行.{column} }}}}" for column in columns]
    return [[f"{{%tr for 行 in {name} %}}", *rest], looped, ["{%tr endfor %}", *rest]]


def everything(kind):
    """A paper that asks for all that the kind offers."""
    tags = [row.written for _title, rows in kind.vocabulary.groups() for row in rows]
    lines = [tag for tag in tags if not tag.startswith("{%")]
    return word_of(*lines, table=table_of(kind) if kind.vocabulary.tables else ())


def opened(stored):
    return docx.Document(Path(settings.MEDIA_ROOT, stored.path))


def texts(word):
    return [paragraph.text for paragraph in word.paragraphs]


@pytest.mark.parametrize("kind", papers.kinds(), ids=lambda kind: kind.slug)
def test_a_letter_is_drawn_in_the_offices_paper_with_all_it_asks_for(office, city, campaign, kind):
    answer = upload(office, kind.slug, everything(kind))
    stored = SENT[kind.slug](city, campaign)
    word = opened(stored)

    assert answer.status_code == 302
    told = texts(word)
    assert city.bureau.name in told
    assert not [text for text in told if "{" in text]
    for table in word.tables:
        assert table.rows[0].cells[0].text == "1"


def test_the_photos_of_a_notice_stand_in_its_own_paper(office, city, campaign):
    kind = papers.kind_of("notice")
    upload(office, "notice", word_of("{{ 标题 }}", table=table_of(kind)))

    stored = noticed(city, campaign)

    assert len(opened(stored).inline_shapes) == 1


def test_a_letter_keeps_the_paper_it_was_sent_in(office, city, campaign):
    before = tasks.supervision_at(campaign, city, "open")
    upload(office, "supervision", word_of("旧版式"))
    between = tasks.supervision_at(campaign, city, "open")
    upload(office, "supervision", word_of("新版式"))

    first, second = (texts(opened(supervision.draw_letter(row)))[0] for row in (before, between))

    assert first.startswith(before.number)
    assert second == "旧版式"


def test_the_standards_paper_can_be_taken_again(office, city, campaign):
    upload(office, "supervision", word_of("版式"))

    office.post(reverse("campaigns:paper", args=["supervision"]), {"remove": "1"})

    assert not Paper.objects.exists()
    assert texts(opened(supervised(city, campaign)))[0].startswith("创文督办")


def test_every_fault_of_a_paper_is_told_and_nothing_is_kept(office, campaign):
    answer = upload(office, "overdue", word_of("{{ 签发者 }}", "{{ 主送"))

    assert answer.status_code == 422
    assert answer.context["form"].errors["file"] == [
        "正文第1段：没有“签发者”这个占位符，是不是“签发人”？",
        "正文第2段：“{{ 主送”里的括号没有配对。",
    ]
    assert (Paper.objects.count(), StoredFile.objects.count()) == (0, 0)


@pytest.mark.parametrize("kind", papers.kinds(), ids=lambda kind: kind.slug)
def test_a_sample_shows_the_last_letter_and_before_the_first_what_each_placeholder_means(office, city, campaign, kind):
    upload(office, kind.slug, word_of("{{ 主送 }}", "{{ 正文 }}"))
    address = reverse("campaigns:paper_sample", args=[kind.slug])

    before = office.get(address).content
    SENT[kind.slug](city, campaign)
    after = office.get(address).content

    assert texts(docx.Document(BytesIO(before)))[0] == f"〔{kind.vocabulary.words['主送']}〕"
    assert texts(docx.Document(BytesIO(after)))[0] == city.bureau.name


def test_only_who_sends_such_letters_chooses_their_paper(city, campaign):
    with pytest.raises(Refused, match="您没有更换“任务督办函”格式的权限。"):
        set_paper(campaign, papers.kind_of("supervision"), None, by=city.liaison)


def test_a_letter_whose_paper_the_disk_has_lost_is_refused_with_a_sentence(office, city, campaign):
    upload(office, "supervision", word_of("{{ 标题 }}"))
    Path(settings.MEDIA_ROOT, Paper.objects.get().file.path).unlink()

    with pytest.raises(Refused, match=r"“红头\.docx”：模板文件在服务器上找不到了，请联系系统管理员从备份恢复。"):
        supervised(city, campaign)
