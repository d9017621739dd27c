"""Addresses of groups, meetings' decisions and papers, included under the campaigns' namespace."""

from django.urls import path

from .views import decisions, groups

urlpatterns = [
    path("groups/", groups.groups, name="groups"),
    path("groups/<int:pk>/", groups.group, name="group"),
    path("members/<int:pk>/succeed/", groups.member_succeed, name="member_succeed"),
    path("documents/", groups.documents, name="documents"),
    path("documents/<int:pk>/", groups.document, name="document"),
    path("documents/<int:pk>/read/", groups.document_read, name="document_read"),
    path("documents/<int:pk>/files/<int:file_pk>/<slug:variant>/", groups.document_file, name="document_file"),
    path("decisions/", decisions.decisions, name="decisions"),
    path("decisions/export/", decisions.decisions_export, name="decisions_export"),
    path("meetings/<int:pk>/decisions/new/", decisions.decision_new, name="decision_new"),
    path("decisions/<int:pk>/edit/", decisions.decision_edit, name="decision_edit"),
    path("decisions/<int:pk>/settle/", decisions.decision_settle, name="decision_settle"),
    path("decisions/<int:pk>/delete/", decisions.decision_delete, name="decision_delete"),
]
