from django.contrib import admin

from .models import Finding, FindingLog, Person, Site, Unit


class LogInline(admin.TabularInline):
    model, extra, raw_id_fields = FindingLog, 1, ["user"]


class FindingAdmin(admin.ModelAdmin):
    list_display = ["id", "status", "severity", "title", "unit", "site", "assignee", "due_date", "found_at"]
    list_filter = ["status", "severity", "due_date", "found_at", "unit"]
    search_fields = ["code", "title", "description"]
    raw_id_fields = ["site", "assignee", "reporter"]
    # What the admin adds by itself leaves out keys that may be null.
    list_select_related = ["unit", "site", "assignee"]
    ordering, list_per_page, inlines = ["-found_at", "-id"], 50, [LogInline]


admin.site.register([Unit, Person, Site])
admin.site.register(Finding, FindingAdmin)
