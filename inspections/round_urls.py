"""Checklists, rounds, visits and scores, in the namespace of the field work."""

from django.urls import path

from .views import checklist_tables, checklists, rounds, scores, visits

urlpatterns = [
    path("sites/<int:pk>/scores/", scores.site_scores, name="site_scores"),
    path("rounds/", rounds.rounds, name="rounds"),
    path("rounds/mine/", rounds.my_round, name="my_round"),
    path("rounds/<int:pk>/", rounds.round_, name="round"),
    path("rounds/<int:pk>/edit/", rounds.round_edit, name="round_edit"),
    path("rounds/<int:pk>/sites/", rounds.round_sites, name="round_sites"),
    path("rounds/<int:pk>/routes/", rounds.round_routes, name="round_routes"),
    path("rounds/<int:pk>/scores/", scores.round_scores, name="round_scores"),
    path("rounds/<int:pk>/scores/export/", scores.round_scores_export, name="round_scores_export"),
    path("rounds/<int:pk>/teams/new/", rounds.team_new, name="team_new"),
    path("rounds/<int:pk>/<slug:move>/", rounds.round_move, name="round_move"),
    path("teams/<int:pk>/edit/", rounds.team_edit, name="team_edit"),
    path("teams/<int:pk>/remove/", rounds.team_remove, name="team_remove"),
    path("teams/<int:pk>/<slug:move>/", rounds.team_move, name="team_move"),
    path("rounds/<int:pk>/sites/<int:site_pk>/visit/", visits.round_visit, name="round_visit"),
    path("sites/<int:pk>/visit/", visits.visit_new, name="visit_new"),
    path("visits/<int:pk>/", visits.visit, name="visit"),
    path("visits/<int:pk>/edit/", visits.visit_edit, name="visit_edit"),
    path("visits/answers/<int:pk>/finding/", visits.answer_finding, name="answer_finding"),
    path("visits/photos/<int:pk>/<slug:variant>/", visits.visit_photo, name="visit_photo"),
    path("checklists/", checklists.checklists, name="checklists"),
    path("checklists/new/", checklists.checklist_new, name="checklist_new"),
    path("checklists/presets/", checklists.checklist_presets_take, name="checklist_presets"),
    path("checklists/load/", checklist_tables.checklist_tables, name="checklist_tables"),
    path("checklists/load/<int:pk>/", checklist_tables.checklist_table, name="checklist_table"),
    path("checklists/load/<int:pk>/confirm/", checklist_tables.checklist_table_confirm, name="checklist_table_confirm"),
    path("checklists/<int:pk>/", checklists.checklist, name="checklist"),
    path("checklists/<int:pk>/print/", checklists.checklist_print, name="checklist_print"),
    path("checklists/<int:pk>/edit/", checklists.checklist_edit, name="checklist_edit"),
    path("checklists/<int:pk>/next/", checklists.checklist_next, name="checklist_next"),
    path("checklists/<int:pk>/discard/", checklists.checklist_discard, name="checklist_discard"),
    path("checklists/<int:pk>/items/new/", checklists.item_new, name="checklist_item_new"),
    path("checklists/<int:pk>/<slug:move>/", checklists.checklist_move, name="checklist_move"),
    path("checklists/items/<int:pk>/", checklists.item_edit, name="checklist_item_edit"),
    path("checklists/items/<int:pk>/remove/", checklists.item_remove, name="checklist_item_remove"),
    path("checklists/items/<int:pk>/shift/", checklists.item_shift, name="checklist_item_shift"),
]
