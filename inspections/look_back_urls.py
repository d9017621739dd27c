"""The addresses of what is looked at again."""

from django.urls import path

from .views import look_backs as views

urlpatterns = [
    path("", views.look_backs, name="look_backs"),
    path("new/", views.look_backs_new, name="look_backs_new"),
]
