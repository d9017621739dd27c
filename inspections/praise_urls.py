"""What was done well, in the namespace of the field work."""

from django.urls import path

from .views import praises

urlpatterns = [
    path("", praises.praises, name="praises"),
    path("new/", praises.praise_new, name="praise_new"),
    path("<int:pk>/", praises.praise, name="praise"),
    path("<int:pk>/withdraw/", praises.praise_withdraw, name="praise_withdraw"),
    path("photos/<int:pk>/<slug:variant>/", praises.praise_photo, name="praise_photo"),
]
