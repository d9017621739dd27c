"""Addresses of materials, included under the campaigns' namespace."""

from django.urls import path

from .views import evidence, material_matrix, material_packs, material_review, material_slots, materials

urlpatterns = [
    path("", materials.materials, name="materials"),
    path("desk/", materials.materials_desk, name="materials_desk"),
    path("export/", materials.materials_export, name="materials_export"),
    path("file/", materials.materials_file, name="materials_file"),
    path("matrix/", material_matrix.materials_matrix, name="materials_matrix"),
    path("matrix/export/", material_matrix.materials_matrix_export, name="materials_matrix_export"),
    path("make/", material_slots.materials_make, name="materials_make"),
    path("new/", material_slots.material_new, name="material_new"),
    path("rules/<int:pk>/", material_slots.material_rules, name="material_rules"),
    path("standards/<int:pk>/units/", material_slots.standard_units, name="standard_units"),
    path("packs/", material_packs.material_packs, name="material_packs"),
    path("packs/<int:pk>/", material_packs.material_pack, name="material_pack"),
    path("review/", material_review.material_review_next, name="material_review_next"),
    path("nudge/<int:pk>/", materials.materials_nudge, name="materials_nudge"),
    path("submissions/<int:pk>/<int:file_pk>/<slug:variant>/", materials.material_file, name="material_file"),
    path("meetings/<int:pk>/", evidence.meeting_as_material, name="meeting_as_material"),
    path("<int:pk>/", materials.material, name="material"),
    path("<int:pk>/submit/", materials.material_submit, name="material_submit"),
    path("<int:pk>/review/", material_review.material_review, name="material_review"),
    path("<int:pk>/edit/", material_slots.material_edit, name="material_edit"),
    path("<int:pk>/drop/", material_slots.material_drop, name="material_drop"),
    path("<int:pk>/<slug:move>/", materials.material_move, name="material_move"),
]
