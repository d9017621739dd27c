"""The addresses of finding ledgers that an office brings in, and has given back."""

from django.urls import path

from .views import ledgers as views

urlpatterns = [
    path("", views.ledgers, name="ledgers"),
    path("<int:pk>/", views.ledger, name="ledger"),
    path("<int:pk>/columns/", views.ledger_columns, name="ledger_columns"),
    path("<int:pk>/elsewhere/", views.ledger_elsewhere, name="ledger_elsewhere"),
    path("<int:pk>/name/", views.ledger_name, name="ledger_name"),
    path("<int:pk>/load/", views.ledger_load, name="ledger_load"),
    path("<int:pk>/hints/", views.ledger_hints, name="ledger_hints"),
    path("<int:pk>/faults/", views.ledger_faults, name="ledger_faults"),
    path("<int:pk>/export/", views.ledger_export, name="ledger_export"),
    path("mappings/<int:pk>/forget/", views.ledger_forget, name="ledger_forget"),
]
