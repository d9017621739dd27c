"""The addresses of overdue findings and of the letters about them."""

from django.urls import path

from .views import escalation as views

urlpatterns = [
    path("", views.escalations, name="escalations"),
    path("letter/", views.overdue_letter_new, name="overdue_letter_new"),
    path("letter/draft/", views.overdue_letter_draft, name="overdue_letter_draft"),
    path("letter/none/", views.overdue_letter_drop, name="overdue_letter_drop"),
    path("letters/<int:pk>/", views.overdue_letter, name="overdue_letter"),
    path("letters/<int:pk>/file/", views.overdue_letter_file, name="overdue_letter_file"),
]
