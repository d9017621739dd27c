from django.urls import include, path

from .views import capture, desk, draws, evidence, field, findings, moves, photo_doubts, sponsorship, workbook

app_name = "inspections"

urlpatterns = [
    path("capture/", capture.capture, name="capture"),
    path("capture/<int:pk>/", capture.captured, name="captured"),
    path("field/", field.field_data, name="field_data"),
    path("phrases/", field.phrase_books, name="phrases"),
    path("phrases/everywhere/", field.phrases_edit, name="phrases_everywhere"),
    path("phrases/<int:pk>/", field.phrases_edit, name="phrases_of_kind"),
    path("findings/", findings.findings, name="findings"),
    path("findings/export/", findings.findings_export, name="findings_export"),
    path("findings/many/", include("inspections.bulk_urls")),
    path("findings/overdue/", include("inspections.escalation_urls")),
    path("findings/<int:pk>/", findings.finding, name="finding"),
    path("findings/<int:pk>/material/", evidence.finding_as_material, name="finding_as_material"),
    path("findings/<int:pk>/due/", moves.due_hint, name="due_hint"),
    path("findings/<int:pk>/<slug:move>/", moves.finding_move, name="finding_move"),
    path("ledgers/", include("inspections.ledger_urls")),
    path("notices/", include("inspections.notice_urls")),
    path("photos/<int:pk>/<slug:variant>/", findings.photo, name="photo"),
    path("doubts/", photo_doubts.photo_doubts, name="photo_doubts"),
    path("doubts/<int:pk>/", photo_doubts.photo_doubt, name="photo_doubt"),
    path("tasks/<int:pk>/", findings.for_task, name="for_task"),
    path("categories/", include("inspections.category_urls")),
    path("desk/", desk.desk, name="desk"),
    path("sponsors/", sponsorship.sponsors, name="sponsors"),
    path("unanswered/", sponsorship.unanswered, name="unanswered"),
    path("unanswered/export/", sponsorship.unanswered_export, name="unanswered_export"),
    path("sites/", include("inspections.site_urls")),
    path("draws/", draws.draws_list, name="draws"),
    path("draws/new/", draws.draw_new, name="draw_new"),
    path("draws/<int:pk>/", draws.draw, name="draw"),
    path("draws/<int:pk>/pool/", draws.draw_pool, name="draw_pool"),
    path("", include("inspections.round_urls")),
    path("workbook/", workbook.workbook, name="workbook"),
    path("workbook/template/", workbook.workbook_template, name="workbook_template"),
    path("workbook/<int:pk>/", workbook.workbook_load, name="workbook_load"),
    path("workbook/<int:pk>/load/", workbook.workbook_confirm, name="workbook_confirm"),
]
