"""Pages for what went wrong: each says what happened and what to do next."""

import logging

from django.http import Http404
from django.shortcuts import render
from django.utils.translation import gettext as _

log = logging.getLogger(__name__)


class Missing(Http404):
    """A 404 whose sentence is for the person: what is missing and whom to ask."""


def bad_request(request, exception=None):
    return _page(request, 400, _("请求看不懂"), _("提交的内容不完整或太大。请返回上一页检查后再试。"))


def forbidden(request, exception=None):
    reason = str(exception) if exception and str(exception) else _("您的岗位没有这个页面的权限。")
    return _page(request, 403, _("没有权限"), reason)


def not_found(request, exception=None):
    text = _("这条记录不存在、已被删除，或不在您的管辖范围内。请回到首页，从那里重新进入。")
    if isinstance(exception, Missing):
        text = str(exception)
    return _page(request, 404, _("找不到这个页面"), text)


def too_large(request, text):
    return _page(request, 413, _("上传的内容太大"), text)


def server_error(request):
    # No context processors here: what failed may be the database they would ask.
    return render(None, "500.html", status=500)


def csrf_failure(request, reason=""):
    log.warning("csrf: %s", reason)
    text = _("页面停留太久或登录已过期，刚才的提交没有保存。请返回上一页，刷新后再提交。")
    return _page(request, 403, _("页面已过期"), text)


def _page(request, status, title, text):
    return render(request, f"{status}.html", {"title": title, "text": text}, status=status)
