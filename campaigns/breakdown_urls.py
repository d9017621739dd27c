from django.urls import path

from .views import tables

urlpatterns = [
    path("tables/", tables.tables, name="tables"),
    path("tables/<int:pk>/", tables.table, name="table"),
    path("tables/<int:pk>/columns/", tables.table_columns, name="table_columns"),
    path("tables/<int:pk>/elsewhere/", tables.table_elsewhere, name="table_elsewhere"),
    path("tables/<int:pk>/name/", tables.table_name, name="table_name"),
    path("tables/<int:pk>/load/", tables.table_load, name="table_load"),
    path("tables/<int:pk>/faults/", tables.table_faults, name="table_faults"),
    path("tables/<int:pk>/export/", tables.table_export, name="table_export"),
    path("mappings/<int:pk>/forget/", tables.table_forget, name="table_forget"),
    path("aliases/<int:pk>/forget/", tables.alias_forget, name="alias_forget"),
]
