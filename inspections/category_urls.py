"""The addresses of the categories of findings, of the rules by which they are dispatched, and of the settings."""

from django.urls import path

from .views import categories as views

urlpatterns = [
    path("", views.categories, name="categories"),
    path("new/", views.category_new, name="category_new"),
    path("load/", views.categories_load, name="categories_load"),
    path("load/confirm/", views.categories_confirm, name="categories_confirm"),
    path("rules/", views.dispatch_rules, name="dispatch_rules"),
    path("rules/new/", views.dispatch_rule_new, name="dispatch_rule_new"),
    path("rules/<int:pk>/", views.dispatch_rule_edit, name="dispatch_rule_edit"),
    path("rules/<int:pk>/delete/", views.dispatch_rule_delete, name="dispatch_rule_delete"),
    path("settings/", views.finding_settings, name="finding_settings"),
    path("<int:pk>/", views.category_edit, name="category_edit"),
    path("<int:pk>/retire/", views.category_retire, name="category_retire"),
]
