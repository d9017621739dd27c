from django.urls import path

from .views import calls, comparing, contributions, dashboard, remarks, report, reports, templates

app_name = "reports"

urlpatterns = [
    path("", reports.reports, name="reports"),
    path("dashboard/", dashboard.dashboard, name="dashboard"),
    path("dashboard/rates/", dashboard.dashboard_rates, name="dashboard_rates"),
    path("dashboard/sites/", dashboard.dashboard_sites, name="dashboard_sites"),
    path("new/", reports.report_new, name="report_new"),
    path("templates/", templates.templates, name="templates"),
    path("templates/new/<slug:kind>/", templates.template_new, name="template_new"),
    path("templates/<int:pk>/", templates.template, name="template"),
    path("templates/<int:pk>/delete/", templates.template_delete, name="template_delete"),
    path("templates/<int:pk>/paper/", templates.template_paper, name="template_paper"),
    path("templates/<int:pk>/file/", templates.template_file, name="template_file"),
    path("schedule/", templates.schedule, name="schedule"),
    path("calls/", calls.calls, name="calls"),
    path("calls/new/", calls.call_new, name="call_new"),
    path("calls/desk/", calls.calls_desk, name="calls_desk"),
    path("calls/<int:pk>/", calls.call, name="call"),
    path("calls/<int:pk>/edit/", calls.call_edit, name="call_edit"),
    path("calls/<int:pk>/units/", calls.call_units, name="call_units"),
    path("calls/<int:pk>/nudge/", calls.call_nudge, name="call_nudge"),
    path("calls/<int:pk>/accept/", calls.call_accept, name="call_accept"),
    path("calls/<int:pk>/export/", calls.call_export, name="call_export"),
    path("calls/<int:pk>/<slug:move>/", calls.call_move, name="call_move"),
    path("contributions/<int:pk>/", contributions.contribution, name="contribution"),
    path("contributions/<int:pk>/write/", contributions.contribution_write, name="contribution_write"),
    path("contributions/<int:pk>/records/", contributions.contribution_records, name="contribution_records"),
    path("contributions/<int:pk>/<slug:move>/", contributions.contribution_move, name="contribution_move"),
    path("sections/<int:pk>/", report.section_edit, name="section_edit"),
    path("<int:pk>/", report.report, name="report"),
    path("<int:pk>/refresh/", report.report_refresh, name="report_refresh"),
    path("<int:pk>/check/", comparing.check, name="check"),
    path("<int:pk>/compare/", comparing.compare, name="compare"),
    path("<int:pk>/remarks/", remarks.remark_new, name="remark_new"),
    path("remarks/<int:pk>/", remarks.remark_settle, name="remark_settle"),
    path("<int:pk>/records/<int:version>/", report.records, name="records"),
    path("<int:pk>/files/<int:file_pk>/", report.download, name="download"),
    path("<int:pk>/<slug:move>/", report.report_move, name="report_move"),
]
