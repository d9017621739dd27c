"""Pages for what went wrong: each says what happened and what to do next."""

import logging

from django.conf import settings
from django.core.exceptions import DisallowedHost, RequestDataTooBig
from django.http import Http404
from django.shortcuts import render
from django.utils.translation import gettext as _

from .addresses import nearest_page

log = logging.getLogger(__name__)


class Missing(Http404):
    """A 404 whose sentence is for the person: what is missing and whom to ask."""


def bad_request(request, exception=None):
    if isinstance(exception, DisallowedHost):
        return _wrong_host(request)
    if isinstance(exception, RequestDataTooBig):
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 1024**2
        text = _("一次提交的文字超过了%(limit)s MB，没有保存。请返回上一页，分几次提交，或作为文件上传。")
        return too_large(request, text % {"limit": limit})
    return _page(request, 400, _("请求看不懂"), _("提交的内容不完整或太大。请返回上一页检查后再试。"))


def forbidden(request, exception=None):
    reason = str(exception) if exception and str(exception) else _("您的岗位没有这个页面的权限。")
    return _page(request, 403, _("没有权限"), reason)


def not_found(request, exception=None):
    text = _("这条记录不存在、已被删除，或不在您的管辖范围内。请回到首页，从那里重新进入。")
    if isinstance(exception, Missing):
        text = str(exception)
    return _page(request, 404, _("找不到这个页面"), text)


def wrong_method(request):
    """An address that only takes what is sent was opened, or something was sent to a page that takes nothing."""
    if request.method in ("GET", "HEAD"):
        title = _("这个网址不能直接打开")
        text = _("它只用来提交办理，没有办理任何事项。请回到所在的页面，在那里点按钮办理。")
    else:
        title, text = _("这个页面不接收提交"), _("提交的内容没有保存。请从菜单进入要办理的页面，再提交一次。")
    return _page(request, 405, title, text, back_url=nearest_page(request.path))


def _wrong_host(request):
    # What is in the header is anybody's text: it is only told back, cut, where the page escapes it.
    host = request.META.get("HTTP_HOST", "")[:100]
    log.warning("asked for as host %r, which ALLOWED_HOSTS does not name", host)
    text = _(
        "服务器没有登记“%(host)s”这个网址。请用单位发布的网址打开；系统管理员可把它加进设置ALLOWED_HOSTS后重新启动。"
    )
    return _page(request, 400, _("网址没有登记"), text % {"host": host})


def busy(request):
    text = _("有人正在办理同一批记录，这一次没有保存。请返回上一页，再提交一次。")
    return _page(request, 409, _("有人正在办理"), text)


def too_large(request, text):
    return _page(request, 413, _("上传的内容太大"), text)


def no_room(request, text):
    return _page(request, 507, _("服务器存储空间已满"), text)


def server_error(request):
    # No context processors here: what failed may be the database they would ask.
    return render(None, "500.html", status=500)


def csrf_failure(request, reason=""):
    log.warning("csrf: %s", reason)
    text = _("页面停留太久或登录已过期，刚才的提交没有保存。请返回上一页，刷新后再提交。")
    return _page(request, 403, _("页面已过期"), text)


def _page(request, status, title, text, **more):
    return render(request, f"{status}.html", {"title": title, "text": text, **more}, status=status)
