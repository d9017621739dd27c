"""Addresses of the ground's own pages: jobs, the trail, health."""

from django.urls import path

from . import outbox, phone, views

app_name = "cityinit"

urlpatterns = [
    path("healthz", views.healthz, name="healthz"),
    path("jobs/", views.jobs, name="jobs"),
    path("jobs/<int:pk>/", views.job, name="job"),
    path("jobs/<int:pk>/progress/", views.job_fragment, name="job_fragment"),
    path("jobs/<int:pk>/retry/", views.job_retry, name="job_retry"),
    path("audit/", views.audit, name="audit"),
    path("held/<int:pk>/", views.held_file, name="held_file"),
    path("outbox/", outbox.who, name="outbox"),
    path("outbox/files/", outbox.take_file, name="outbox_file"),
    path("offline/", phone.offline, name="offline"),
    path("components/", views.components, name="components"),
]
