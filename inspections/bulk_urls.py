"""The addresses of what is done with many findings at once."""

from django.urls import path

from .views import finding_bulk as views

urlpatterns = [
    path("dispatch/", views.findings_dispatch, name="findings_dispatch"),
    path("close/", views.findings_close, name="findings_close"),
    path("extend/", views.findings_extend, name="findings_extend"),
    path("batches/<int:pk>/", views.finding_batch, name="finding_batch"),
]
