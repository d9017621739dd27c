"""What a logged-in person must have before anything else: an own password, and a post."""

from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from .notices import administrators
from .roles import scope_of


class PasswordChangeMiddleware:
    """Sends a person with a password given by somebody else to the page that changes it."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        if is_public(view) or not request.user.is_authenticated or not request.user.must_change_password:
            return None
        return None if request.path in account_pages() else redirect("units:password_change")


class PostRequiredMiddleware:
    """Shows who holds no post today a page that says so; posts are read again for every request."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        if is_public(view) or not request.user.is_authenticated or scope_of(request.user).posts:
            return None
        if request.path in account_pages():
            return None
        context = {
            "next_post": request.user.posts.filter(starts_on__gt=timezone.localdate()).first(),
            "last_post": request.user.posts.exclude(ends_on=None).order_by("ends_on").last(),
            "administrators": "、".join(str(person) for person in administrators()[:5]),
        }
        return render(request, "units/no_post.html", context, status=403)


def is_public(view):
    return not getattr(view, "login_required", True)


def account_pages():
    return {reverse("units:password_change"), reverse("units:logout")}
