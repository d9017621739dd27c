from django.urls import include, path

from .views import campaigns, desk, dissuasion, instructions, log, publicity, task_lists, tasks, tree

app_name = "campaigns"

urlpatterns = [
    path("", desk.desk, name="desk"),
    path("choose/", campaigns.choose, name="choose"),
    path("all/", campaigns.campaigns, name="campaigns"),
    path("all/new/", campaigns.campaign_new, name="campaign_new"),
    path("all/<int:pk>/", campaigns.campaign, name="campaign"),
    path("all/<int:pk>/edit/", campaigns.campaign_edit, name="campaign_edit"),
    path("calendar/", campaigns.calendar, name="calendar"),
    path("calendar/<int:pk>/delete/", campaigns.calendar_delete, name="calendar_delete"),
    path("tasks/", task_lists.tasks, name="tasks"),
    path("tasks/tree/", tree.tasks_tree, name="tasks_tree"),
    path("tasks/new/", tasks.task_new, name="task_new"),
    path("tasks/export/", task_lists.tasks_export, name="tasks_export"),
    path("tasks/issue/", task_lists.tasks_issue, name="tasks_issue"),
    path("tasks/<int:pk>/", tasks.task, name="task"),
    path("tasks/<int:pk>/edit/", tasks.task_edit, name="task_edit"),
    path("tasks/<int:pk>/log/", log.log_new, name="log_new"),
    path("tasks/<int:pk>/instruct/", instructions.task_instruct, name="task_instruct"),
    path("tasks/<int:pk>/<slug:move>/", tasks.task_move, name="task_move"),
    path("assignments/<int:pk>/nudge/", tasks.nudge, name="nudge"),
    path("assignments/<int:pk>/<slug:move>/", tasks.assignment_move, name="assignment_move"),
    path("log/", log.log, name="log"),
    path("log/<int:pk>/", log.log_entry, name="log_entry"),
    path("log/<int:pk>/edit/", log.log_edit, name="log_edit"),
    path("log/<int:pk>/delete/", log.log_delete, name="log_delete"),
    path("log/<int:pk>/files/<int:file_pk>/<slug:variant>/", log.log_file, name="log_file"),
    path("instructions/new/", instructions.instruct, name="instruct"),
    path("instructions/<int:pk>/edit/", instructions.instruction_edit, name="instruction_edit"),
    path("publicity/<int:pk>/check/", publicity.publicity_check, name="publicity_check"),
    path("tally/", dissuasion.tally, name="tally"),
    path("registers/", include("campaigns.register_urls")),
]
