from django.urls import path

from .views import checks, comparisons, indicators, standards, system_tables, systems

urlpatterns = [
    path("", systems.systems, name="systems"),
    path("new/", systems.system_new, name="system_new"),
    path("import/", system_tables.system_tables, name="system_tables"),
    path("import/<int:pk>/", system_tables.system_table, name="system_table"),
    path("import/<int:pk>/confirm/", system_tables.system_table_confirm, name="system_table_confirm"),
    path("standards/", standards.standards, name="standards"),
    path("standards/<int:pk>/edit/", indicators.standard_edit, name="standard_edit"),
    path("standards/<int:pk>/delete/", indicators.standard_delete, name="standard_delete"),
    path("standards/<int:pk>/shift/<slug:way>/", indicators.standard_shift, name="standard_shift"),
    path("checks/", checks.checks, name="checks"),
    path("compare/", comparisons.compare_systems, name="compare"),
    path("compare/export/", comparisons.compare_export, name="compare_export"),
    path("compare/<slug:level>/<int:pk>/choose/", comparisons.pair_choose, name="pair_choose"),
    path("compare/<slug:level>/<slug:way>/", comparisons.pairing, name="pairing"),
    path("indicators/<int:pk>/", indicators.indicator, name="indicator"),
    path("indicators/<int:pk>/check/", indicators.indicator_check, name="indicator_check"),
    path("indicators/<int:pk>/edit/", indicators.indicator_edit, name="indicator_edit"),
    path("indicators/<int:pk>/delete/", indicators.indicator_delete, name="indicator_delete"),
    path("indicators/<int:pk>/branch/", systems.system_branch, name="system_branch"),
    path("indicators/<int:pk>/standards/new/", indicators.standard_new, name="standard_new"),
    path("indicators/<int:pk>/shift/<slug:way>/", indicators.indicator_shift, name="indicator_shift"),
    path("<int:pk>/", systems.system, name="system"),
    path("<int:pk>/export/", systems.system_export, name="system_export"),
    path("<int:pk>/edit/", systems.system_edit, name="system_edit"),
    path("<int:pk>/revise/", systems.system_revise, name="system_revise"),
    path("<int:pk>/discard/", systems.system_discard, name="system_discard"),
    path("<int:pk>/indicators/new/", indicators.indicator_new, name="indicator_new"),
    path("<int:pk>/<slug:move>/", systems.system_move, name="system_move"),
]
