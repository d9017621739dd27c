from django.urls import path

from .views import breakdown, bulk, tables, task_templates

urlpatterns = [
    path("", breakdown.breakdown, name="breakdown"),
    path("templates/", task_templates.templates, name="templates"),
    path("templates/save/", task_templates.template_save, name="template_save"),
    path("templates/<int:pk>/name/", task_templates.template_rename, name="template_rename"),
    path("templates/<int:pk>/delete/", task_templates.template_delete, name="template_delete"),
    path("tasks/<int:pk>/template/", task_templates.task_template, name="task_template"),
    path("tasks/change/", bulk.tasks_change, name="tasks_change"),
    path("tasks/merge/", bulk.tasks_merge, name="tasks_merge"),
    path("tasks/<int:pk>/split/", breakdown.task_split, name="task_split"),
    path("tables/", tables.tables, name="tables"),
    path("tables/<int:pk>/", tables.table, name="table"),
    path("tables/<int:pk>/columns/", tables.table_columns, name="table_columns"),
    path("tables/<int:pk>/elsewhere/", tables.table_elsewhere, name="table_elsewhere"),
    path("tables/<int:pk>/name/", tables.table_name, name="table_name"),
    path("tables/<int:pk>/load/", tables.table_load, name="table_load"),
    path("tables/<int:pk>/faults/", tables.table_faults, name="table_faults"),
    path("tables/<int:pk>/hints/", tables.table_hints, name="table_hints"),
    path("tables/<int:pk>/export/", tables.table_export, name="table_export"),
    path("mappings/<int:pk>/forget/", tables.table_forget, name="table_forget"),
    path("aliases/<int:pk>/forget/", tables.alias_forget, name="alias_forget"),
]
