"""The addresses of the register of sites: lists, types, labels, and the pages of one site."""

from django.urls import path

from .views import dossier, labels, site_map, site_types, sites

urlpatterns = [
    path("", sites.sites, name="sites"),
    path("map/", site_map.site_map, name="site_map"),
    path("map/data/", site_map.site_map_data, name="site_map_data"),
    path("export/", sites.sites_export, name="sites_export"),
    path("labels/", labels.labels, name="site_labels"),
    path("types/", site_types.site_types_list, name="site_types"),
    path("types/load/", site_types.site_types_load, name="site_types_load"),
    path("types/add/", site_types.site_types_add, name="site_types_add"),
    path("types/<int:pk>/", site_types.site_type, name="site_type"),
    path("types/<int:pk>/merge/", site_types.site_type_merge, name="site_type_merge"),
    path("types/<int:pk>/delete/", site_types.site_type_delete, name="site_type_delete"),
    path("types/<int:pk>/order/", site_types.site_type_order, name="site_type_order"),
    path("new/", sites.site_new, name="site_new"),
    path("<int:pk>/", sites.site, name="site"),
    path("<int:pk>/dossier/", dossier.site_dossier, name="site_dossier"),
    path("<int:pk>/near/", site_map.site_near, name="site_near"),
    path("<int:pk>/edit/", sites.site_edit, name="site_edit"),
]
