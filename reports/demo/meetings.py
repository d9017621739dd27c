"""What became of the meetings: decisions made tasks, settled or waiting; a seat that changed; papers with files."""

from datetime import timedelta

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from campaigns.actions import decisions, groups
from campaigns.actions.registers import change_row
from campaigns.models import Campaign, Decision, Document, GroupMember, LeadingGroup, Meeting, Task, Workstream
from campaigns.registers import REGISTERS
from cityinit.content import DOCX, Checked, check_upload
from cityinit.documents import docx
from units.models import Unit, User

from .units import OFFICE

GROUP = "清河市创建全国文明城市工作领导小组"
# Group → the workstream it answers for.
CHARGED = {"环境整治专项组": "环境整治", "交通秩序专项组": "秩序管理", "宣传教育专项组": "宣传引导"}
# Decision (its beginning), code of the task, lead.
TASKED = (("建立老旧小区", "H1", "市住房和城乡建设局"), ("推广划行归市", "H2", "市市场监督管理局"))
# Decision (its beginning), unit, days from today until it is due.
ASKED = (
    ("研究停车难", "市公安局", 12),
    ("对反弹问题", OFFICE, 5),
    ("每季度通报", OFFICE, 35),
    ("部署迎检", OFFICE, -4),
    ("各单位每月", OFFICE, 20),
)
SETTLED = (("审议实施方案", "方案已印发各单位"), ("明确各单位联络员", "联络员名单已汇总"))


def follow_up(campaign: Campaign) -> None:
    """Everything of it through the actions the pages call; nothing later than today."""
    office = User.objects.get(username="office")
    _charge(campaign)
    _change_seat(campaign, office)
    _decide(campaign, office)
    _papers(campaign, office)


def _charge(campaign: Campaign) -> None:
    for name, stream in CHARGED.items():
        group = LeadingGroup.objects.of(campaign).get(name=name)
        group.workstreams.set(Workstream.objects.of(campaign).filter(name=stream))


def _change_seat(campaign: Campaign, office: User) -> None:
    seat = GroupMember.objects.of(campaign).select_related("campaign__host", "group", "unit")
    member = seat.get(group__name="环境整治专项组", seat="副组长")
    on = max(campaign.starts_on, timezone.localdate() - timedelta(days=20))
    groups.succeed(member, by=office, on=on, person_name="叶知秋", title="副局长", unit=member.unit)


def _decide(campaign: Campaign, office: User) -> None:
    rows = Decision.objects.of(campaign).select_related("campaign__host", "meeting")
    for begins, outcome in SETTLED:
        decision = rows.get(content__startswith=begins)
        decisions.settle(decision, by=office, settled_on=decision.meeting.held_on, outcome=outcome)
    units = Unit.objects.of_host(campaign.host)
    for begins, unit, days in ASKED:
        decision = rows.get(content__startswith=begins)
        decisions.change_decision(
            decision,
            by=office,
            content=decision.content,
            unit=units.get(name=unit),
            due_on=timezone.localdate() + timedelta(days=days),
        )
    for begins, code, lead in TASKED:
        decision = rows.get(content__startswith=begins)
        decisions.make_task(
            decision,
            by=office,
            code=code,
            name=decision.content,
            requirement=f"落实“{decision.meeting}”议定事项",
            lead_unit=Unit.objects.of_host(campaign.host).get(name=lead),
            parent=Task.objects.of(campaign).get(code="C"),
            starts_on=timezone.localdate(),
            due_on=timezone.localdate() + timedelta(days=30),
        )


def _papers(campaign: Campaign, office: User) -> None:
    register = REGISTERS["documents"]
    papers = {row.name: row for row in Document.objects.of(campaign).select_related("campaign__host")}
    plan = papers["清河市创建全国文明城市实施方案"]
    plan.group = LeadingGroup.objects.of(campaign).get(name=GROUP)
    plan.meeting = Meeting.objects.of(campaign).get(name="领导小组第一次会议")
    streets = list(Unit.objects.of_host(campaign.host).filter(kind="街道").order_by("pk"))
    files = [_file(plan)]
    seen = register.mark_of(Document.objects.get(pk=plan.pk))
    change_row(register, plan, many={"readers": streets}, seen=seen, by=office, files=files)
    for account in ("liaison", "liaison2"):
        groups.take_note(Document.objects.get(pk=plan.pk), by=User.objects.get(username=account))
    old = papers["创建工作督查考核办法"]
    new = papers["迎检工作手册"]
    seen = register.mark_of(old)
    old.replaced_by, old.ended_on = new, new.issued_on
    change_row(register, old, many={"readers": []}, seen=seen, by=office)


def _file(paper: Document) -> Checked:
    body = docx.Paragraph("为扎实推进创建工作，结合实际，制定本方案。")
    content = docx.draw(docx.Document(paper.name, [body], date=paper.issued_on))
    return check_upload(SimpleUploadedFile(f"{paper.name}.docx", content, content_type=DOCX), kind="document")
