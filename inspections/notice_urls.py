"""The addresses of rectification notices."""

from django.urls import path

from .views import rectification_notices as views

urlpatterns = [
    path("", views.rectification_notices, name="rectification_notices"),
    path("new/", views.rectification_notice_new, name="rectification_notice_new"),
    path("<int:pk>/", views.rectification_notice, name="rectification_notice"),
    path("<int:pk>/file/", views.rectification_notice_file, name="rectification_notice_file"),
    path("batches/<int:pk>/", views.notice_batch, name="notice_batch"),
    path("batches/<int:pk>/file/", views.notice_batch_file, name="notice_batch_file"),
    path("batches/<int:pk>/pack/", views.notice_batch_pack, name="notice_batch_pack"),
]
