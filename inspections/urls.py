from django.urls import path

from .views import workbook

app_name = "inspections"

urlpatterns = [
    path("workbook/", workbook.workbook, name="workbook"),
    path("workbook/template/", workbook.workbook_template, name="workbook_template"),
    path("workbook/<int:pk>/", workbook.workbook_load, name="workbook_load"),
    path("workbook/<int:pk>/load/", workbook.workbook_confirm, name="workbook_confirm"),
]
