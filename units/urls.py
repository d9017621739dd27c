from django.urls import path

from .views import account, directory, notices, people

app_name = "units"

urlpatterns = [
    path("login/", account.login, name="login"),
    path("logout/", account.logout, name="logout"),
    path("password/", account.password_change, name="password_change"),
    path("link/<str:uid>/<str:token>/", account.password_reset, name="password_reset"),
    path("notices/", notices.notices, name="notices"),
    path("notices/read/", notices.notices_read, name="notices_read"),
    path("notices/<int:pk>/", notices.notice, name="notice"),
    path("notices/<int:pk>/read/", notices.notice_read, name="notice_read"),
    path("", directory.units, name="units"),
    path("new/", directory.unit_new, name="unit_new"),
    path("<int:pk>/", directory.unit, name="unit"),
    path("<int:pk>/edit/", directory.unit_edit, name="unit_edit"),
    path("<int:pk>/rename/", directory.unit_rename, name="unit_rename"),
    path("<int:pk>/move/", directory.unit_move, name="unit_move"),
    path("<int:pk>/merge/", directory.unit_merge, name="unit_merge"),
    path("people/", people.people, name="people"),
    path("people/new/", people.person_new, name="person_new"),
    path("people/<int:pk>/", people.person, name="person"),
    path("people/<int:pk>/edit/", people.person_edit, name="person_edit"),
    path("people/<int:pk>/link/", people.person_link, name="person_link"),
    path("people/<int:pk>/posts/new/", people.post_new, name="post_new"),
    path("posts/<int:pk>/end/", people.post_end, name="post_end"),
    path("posts/<int:pk>/hand-over/", people.post_hand_over, name="post_hand_over"),
    path("hand-overs/<int:pk>/", people.hand_over, name="hand_over"),
    path("posts/<int:pk>/withdraw/", people.post_withdraw, name="post_withdraw"),
]
