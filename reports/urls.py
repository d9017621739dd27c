from django.urls import path

from . import views

app_name = "reports"

urlpatterns = [
    path("", views.reports, name="reports"),
    path("new/", views.report_new, name="report_new"),
    path("style/<int:pk>/", views.style, name="style"),
    path("sections/<int:pk>/", views.section_edit, name="section_edit"),
    path("<int:pk>/", views.report, name="report"),
    path("<int:pk>/refresh/", views.report_refresh, name="report_refresh"),
    path("<int:pk>/records/<int:version>/", views.records, name="records"),
    path("<int:pk>/files/<int:file_pk>/", views.download, name="download"),
    path("<int:pk>/<slug:move>/", views.report_move, name="report_move"),
]
