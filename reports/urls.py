from django.urls import path

from .views import comparing, remarks, report, reports, templates

app_name = "reports"

urlpatterns = [
    path("", reports.reports, name="reports"),
    path("new/", reports.report_new, name="report_new"),
    path("templates/", templates.templates, name="templates"),
    path("templates/new/<slug:kind>/", templates.template_new, name="template_new"),
    path("templates/<int:pk>/", templates.template, name="template"),
    path("templates/<int:pk>/delete/", templates.template_delete, name="template_delete"),
    path("templates/<int:pk>/paper/", templates.template_paper, name="template_paper"),
    path("templates/<int:pk>/file/", templates.template_file, name="template_file"),
    path("schedule/", templates.schedule, name="schedule"),
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
