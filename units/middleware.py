"""Who was given a password must choose an own one before anything else."""

from django.shortcuts import redirect
from django.urls import reverse


class PasswordChangeMiddleware:
    """Sends a person with a password given by somebody else to the page that changes it."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.user.is_authenticated and request.user.must_change_password:
            open_pages = {reverse("units:password_change"), reverse("units:logout")}
            if request.path not in open_pages and not request.path.startswith("/static/"):
                return redirect("units:password_change")
        return self.get_response(request)
