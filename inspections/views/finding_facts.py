"""What stands on the page of one finding beside its text: facts, photos, and the deadline with what it has led to."""

from datetime import timedelta

from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cityinit.addresses import address
from cityinit.distances import metres_between
from cityinit.labels import label_of
from inspections import dispatch as rules
from inspections import escalation
from inspections.models import EscalationStep, Finding, FindingPhoto, RectificationNotice
from inspections.models.finding import LONG_TERM_NEAR
from inspections.photo_trust import FAR_METRES, distance_text, metres_off, place_of, taken_at
from inspections.workflow import FINDING

from .finding_lines import day_and_hour

State = Finding.State
Step = EscalationStep.Step
# A capture that came in later than this had waited on a phone.
LATE = timedelta(hours=1)
# Two positions of one phone so near to each other are one place.
NEAR = FAR_METRES
# What comes of a finding that nobody answers by then.
COMING = {
    Step.WARN: gettext_lazy("到%(at)s仍未反馈，将预警"),
    Step.LIAISON: gettext_lazy("到%(at)s仍未反馈，将提醒联络员"),
    Step.HEAD: gettext_lazy("到%(at)s仍未反馈，将报单位负责人"),
    Step.LEADER: gettext_lazy("到%(at)s仍未反馈，将报分管领导"),
    Step.LETTER: gettext_lazy("到%(at)s仍未反馈，将由创建办发督办函"),
}


def position_text(row):
    """Longitude first, as in the forms and the workbook."""
    return _("经度%(longitude)s，纬度%(latitude)s") % {
        "longitude": f"{row.longitude:.6f}",
        "latitude": f"{row.latitude:.6f}",
    }


def facts_of(found, *, by):
    """What stands at the head of the page (of one read `with_signs`); where a photo was taken is for the office."""
    facts = [
        (_("点位"), found.where, found.site.get_absolute_url() if found.site else ""),
        (_("类别"), str(found.category)),
        (_("等级"), label_of(found, "severity")),
        (_("发现时间"), f"{timezone.localtime(found.found_at):%Y-%m-%d %H:%M}"),
        (_("上报人"), str(found.reported_by or "")),
        (_("督查批次"), str(found.round or "")),
        # Until it is dispatched somebody only thinks so.
        (_("责任单位") if found.dispatched_at else _("建议责任单位"), str(found.lead_unit or "")),
        (_("协办单位"), "、".join(str(unit) for unit in found.assisting_units.all()) if found.has_assisting else ""),
    ]
    # Filed where there was no signal: when it came in says why nothing was done until then.
    if found.client_key and found.created_at - found.found_at > LATE:
        facts.insert(4, (_("收到时间"), f"{timezone.localtime(found.created_at):%Y-%m-%d %H:%M}"))
    if found.has_notice_lines:
        facts += _notices_of(found, by=by)
    if found.indicator:
        facts.append((_("测评指标"), str(found.indicator)))
    if found.duplicate_of:
        facts.append((_("重复于"), *_original_of(found, by=by)))
    if found.state == State.LONG_TERM:
        facts += [
            (_("挂账方案"), found.long_term_plan),
            (_("挂账至"), str(found.long_term_until or "")),
            (_("责任领导"), found.long_term_leader),
        ]
    if by.has_perm("inspections.see_photo_position", found) and found.latitude is not None:
        facts.append((_("定位"), position_text(found)))
        if (metres := metres_off(place_of(found), found.site)) is not None:
            facts.append((_("距点位"), distance_text(metres)))
    return facts


def _notices_of(found, *, by):
    """The notices with the finding, one after another under one label."""
    seen = RectificationNotice.objects.visible_to(by, of=found.campaign).filter(lines__finding=found)
    links = [(notice.get_absolute_url(), notice.number) for notice in seen.order_by("pk")]
    if len(links) > 1:
        return [(_("整改通知书"), format_html_join(mark_safe("<br>"), '<a href="{}">{}</a>', links))]
    return [(_("整改通知书"), number, url) for url, number in links]


def _original_of(found, *, by):
    """Number and outcome of the finding that counts for this one; the way there for who sees it."""
    original = found.duplicate_of
    outcome = label_of(original, "state")
    if original.state in Finding.DONE_STATES:
        outcome = _("%(state)s，%(day)s") % {"state": outcome, "day": timezone.localdate(original.closed_at)}
    told = _("%(number)s（%(outcome)s）") % {"number": original, "outcome": outcome}
    is_seen = Finding.objects.visible_to(by).filter(pk=original.pk).exists()
    return (told, original.get_absolute_url()) if is_seen else (told,)


def far_off(found, photos, *, by):
    """For the office alone, a sentence for what was taken too far from the site: the finding itself, photos of it.

    What was taken at one wrong place is one sentence: the photos with which it was filed lie where it was filed.
    """
    if not by.has_perm("inspections.see_photo_position", found):
        return []
    places = [(None, place_of(found))]
    places += [(photo, (photo.file.latitude, photo.file.longitude)) for photo in photos]
    told = []
    for photo, place in places:
        metres = metres_off(place, found.site)
        if metres is None or metres <= FAR_METRES:
            continue
        batch = _batch_of(photo)
        same = next((one for one in told if one["batch"] == batch and metres_between(one["place"], place) < NEAR), None)
        if same:
            same["n"] += 1
        else:
            told.append({"batch": batch, "photo": photo, "place": place, "metres": metres, "n": 1})
    return [_far(one) for one in told]


def _batch_of(photo):
    """What was sent at once: the finding with its first photos, or an answer with its own."""
    if photo is None or photo.phase == FindingPhoto.Phase.BEFORE:
        return FindingPhoto.Phase.BEFORE
    return photo.phase, photo.rectification_id


def _far(one):
    told = {"distance": distance_text(one["metres"]), "limit": FAR_METRES, "n": one["n"]}
    if one["photo"] is None:
        return _("上报时的定位距点位%(distance)s，超过%(limit)s米，请核对。") % told
    told["photo"] = _("%(phase)s照片（%(when)s）") % {
        "phase": label_of(one["photo"], "phase"),
        "when": when_text(one["photo"]),
    }
    if one["n"] > 1:
        return _("%(photo)s等%(n)s张的拍摄位置距点位%(distance)s，超过%(limit)s米，请核对。") % told
    return _("%(photo)s的拍摄位置距点位%(distance)s，超过%(limit)s米，请核对。") % told


def clock_of(found, *, now):
    """The deadline as a reader wants it: what it is, what it was first, and whether time is running out.

    `brief` says of it what stands beside the state; it is empty where nobody is to act by it.
    """
    if not found.dispatched_at:
        return None
    moved = found.first_due_at and found.first_due_at != found.due_at
    # With the office once more, the deadline of the unit it was with is past and binds nobody.
    is_back = found.state in Finding.BACK_STATES
    if found.is_overdue(at=now):
        tone, text = "red", _("已逾期%(time)s") % {"time": _span(now - found.due_at)}
    elif found.is_warned(at=now):
        tone, text = "yellow", _("还剩%(time)s") % {"time": _span(found.due_at - now)}
    elif found.clock_runs:
        tone, text = "green", _("还剩%(time)s") % {"time": _span(found.due_at - now)}
    elif found.state == State.LONG_TERM:
        tone, text = _waiting(found, on=timezone.localdate(now))
    elif is_back:
        tone, text = "orange", _("等待创建办重新交办")
    else:
        tone, text = "", ""
    facts = [
        (_("上次期限") if is_back else _("期限"), _moment(found.due_at) if found.due_at else _("长期")),
        *([(_("最初期限"), _moment(found.first_due_at))] if moved else []),
        (_("交办时间"), _moment(found.dispatched_at)),
        *([(_("签收时间"), _moment(found.acknowledged_at))] if found.acknowledged_at else []),
        *([(_("反馈时间"), _moment(found.answered_at))] if found.answered_at else []),
        *([(_("销号时间"), _moment(found.closed_at))] if found.closed_at else []),
    ]
    return {"facts": facts, "tone": tone, "text": text, "brief": _brief(found, text, is_back=is_back, now=now)}


def _brief(found, text, *, is_back, now):
    if not found.clock_runs:
        return text if is_back else ""
    due = day_and_hour(timezone.localtime(found.due_at), timezone.localtime(now).year)
    return _("期限 %(due)s · %(left)s") % {"due": due, "left": text}


def _waiting(found, *, on):
    """How what may wait stands to its day."""
    left = found.long_term_until - on if found.long_term_until else None
    if left is None or left > LONG_TERM_NEAR:
        return "purple", _("挂账中，停止计时")
    if left <= timedelta(0):
        return "red", _("挂账已到期，请恢复整改或重新挂账")
    return "yellow", _("挂账还有%(n)s天到期") % {"n": left.days}


def steps_of(finding, *, now):
    """For the finding's page: what the deadline that stands has led to, and what comes next."""
    rows = list(finding.steps.current().select_related("letter").order_by("step"))
    coming = escalation.next_step(finding, at=now, calendar=rules.office_calendar())
    if not rows and not coming:
        return None
    told = ""
    if coming:
        step, at = coming
        told = COMING[step] % {"at": day_and_hour(timezone.localtime(at), timezone.localtime(now).year)}
    return {"rows": rows, "next": told}


def given_back(found, events, *, by):
    """For who decides about a finding that its unit gave back: by whom, when and why (of its `history`); else empty."""
    if found.state != State.RETURNED or FINDING.refusal(found, "dispatch", by):
        return ""
    last = next((event for event in events if event["is_own"] and event["move"] == "return_to_office"), None)
    # Taken over from a ledger, a finding has no line of it.
    if last is None:
        return ""
    return _("%(unit)s（%(who)s）于%(at)s退回，理由：%(reason)s") % {
        "unit": found.lead_unit,
        "who": last["who"],
        "at": f"{timezone.localtime(last['at']):%Y-%m-%d %H:%M}",
        "reason": last["note"],
    }


def _moment(at):
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}"


def _span(time):
    days, hours = time.days, time.seconds // 3600
    if days:
        return _("%(days)s天%(hours)s小时") % {"days": days, "hours": hours}
    if hours:
        return _("%(hours)s小时") % {"hours": hours}
    return _("%(minutes)s分钟") % {"minutes": max(time.seconds // 60, 1)}


def when_text(photo):
    """When it was taken, by the camera's own word; else when it was sent in. Which of the two is said."""
    if taken := taken_at(photo):
        return _("拍摄 %(at)s") % {"at": f"{timezone.localtime(taken):%m-%d %H:%M}"}
    return _("上传 %(at)s") % {"at": f"{timezone.localtime(photo.added_at):%m-%d %H:%M}"}


def shown(photo, *, doubted=(), with_original=False):
    """A photo as the grid wants it; the `doubted` (by key) are marked, the original is linked for who may see it."""
    return {
        "marked_url": address("inspections:photo", photo.pk, "marked"),
        "original_url": address("inspections:photo", photo.pk, "original") if with_original else "",
        "mark": _("疑似旧照") if photo.pk in doubted else "",
        "thumb_url": address("inspections:photo", photo.pk, "thumb"),
        "full_url": address("inspections:photo", photo.pk, "shown"),
        "caption": when_text(photo),
        "tag": label_of(photo, "phase")
        if not photo.rectification or photo.rectification.attempt == 1
        else _("第%(n)s次整改") % {"n": photo.rectification.attempt},
    }
