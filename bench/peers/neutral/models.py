from django.db import models

STATUSES = [
    ("pending", "待派发"),
    ("assigned", "待整改"),
    ("working", "整改中"),
    ("review", "待复查"),
    ("suspended", "挂账"),
    ("closed", "已办结"),
]
SEVERITIES = [("general", "一般"), ("serious", "较重"), ("urgent", "紧急")]


class Neutral(models.Model):
    class Meta:
        abstract = True
        managed = False

    def __str__(self):
        return str(self.pk)


class Unit(Neutral):
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=100)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True)

    class Meta(Neutral.Meta):
        db_table = "units"

    def __str__(self):
        return self.name


class Person(Neutral):
    login = models.CharField(max_length=30)
    name = models.CharField(max_length=30)
    role = models.CharField(max_length=20)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True)

    class Meta(Neutral.Meta):
        db_table = "users"

    def __str__(self):
        return self.name


class Site(Neutral):
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=100)
    type = models.CharField(max_length=20)
    district = models.CharField(max_length=20)
    unit = models.ForeignKey(Unit, models.PROTECT)

    class Meta(Neutral.Meta):
        db_table = "sites"

    def __str__(self):
        return self.name


class Finding(Neutral):
    code = models.CharField(max_length=20)
    title = models.CharField(max_length=200)
    description = models.TextField()
    category = models.CharField(max_length=20)
    severity = models.CharField(max_length=20, choices=SEVERITIES, default="general")
    status = models.CharField(max_length=20, choices=STATUSES, default="pending")
    site = models.ForeignKey(Site, models.PROTECT)
    unit = models.ForeignKey(Unit, models.PROTECT)
    reporter = models.ForeignKey(Person, models.PROTECT, related_name="+")
    assignee = models.ForeignKey(Person, models.PROTECT, related_name="+", null=True, blank=True)
    found_at = models.DateTimeField()
    due_date = models.DateField()
    closed_at = models.DateTimeField(null=True, blank=True)
    updated_at = models.DateTimeField(auto_now=True)
    photos = models.IntegerField(default=0)

    class Meta(Neutral.Meta):
        db_table = "findings"

    def __str__(self):
        return self.title


class FindingLog(Neutral):
    finding = models.ForeignKey(Finding, models.CASCADE, related_name="logs")
    user = models.ForeignKey(Person, models.PROTECT)
    at = models.DateTimeField(auto_now_add=True)
    note = models.TextField()
    from_status = models.CharField(max_length=20, choices=STATUSES)
    to_status = models.CharField(max_length=20, choices=STATUSES)

    class Meta(Neutral.Meta):
        db_table = "finding_logs"
