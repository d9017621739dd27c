"""Addresses of the registers, included under the campaigns' namespace."""

from django.urls import path

from .views import registers

urlpatterns = [
    path("", registers.registers, name="registers"),
    path("<slug:slug>/", registers.register, name="register"),
    path("<slug:slug>/new/", registers.register_new, name="register_new"),
    path("<slug:slug>/sums/", registers.register_sums, name="register_sums"),
    path("<slug:slug>/export/", registers.register_export, name="register_export"),
    path("<slug:slug>/<int:pk>/", registers.register_row, name="register_row"),
    path("<slug:slug>/<int:pk>/edit/", registers.register_edit, name="register_edit"),
    path("<slug:slug>/<int:pk>/delete/", registers.register_delete, name="register_delete"),
    path("<slug:slug>/<int:pk>/files/<int:file_pk>/<slug:variant>/", registers.register_file, name="register_file"),
]
