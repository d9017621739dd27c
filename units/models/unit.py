import uuid

from django.db import models
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from units.roles import Reach, scope_of


class UnitQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Every tree the person has a post in, for colleagues' units are no secret; all where administrator of all."""
        scope = scope_of(user)
        if scope.holds_everywhere("units.manage_people"):
            return self
        return self.filter(host_id__in=scope.host_ids)

    def governed_by(self, user):
        """Units at or below the person's scope units."""
        return self.under(scope_of(user).paths)

    def changeable_by(self, user):
        """Open units of the tree whose facts and place the person may change."""
        paths = scope_of(user).paths_with("units.change_unit")
        return self.active().filter(relation=Unit.Relation.BELOW).under(paths)

    def staffed_by(self, user):
        """Units where the person may give posts; with a whole tree go the units beside it."""
        within = Unit.objects.under(scope_of(user).paths_with("units.manage_people"))
        hosts = within.filter(host=models.F("pk"))
        return self.filter(models.Q(pk__in=within.values("pk")) | models.Q(host__in=hosts.values("pk")))

    def under(self, paths):
        """Units whose path starts with one of `paths`."""
        wanted = models.Q(pk__in=[])
        for path in paths:
            wanted |= models.Q(path__startswith=path)
        return self.filter(wanted)

    def below(self, unit, *, on):
        """The unit and what stood below it on that day, wherever it has been moved or merged since."""
        former = UnitPlace.objects.filter(unit=models.OuterRef("pk"), until__gte=on).order_by("until")
        then = Coalesce(models.Subquery(former.values("path")[:1]), "path")
        return self.alias(path_then=then).filter(path_then__startswith=unit.path_on(on))

    def named(self, text):
        """Units whose name, short name or former name contains the text."""
        former = UnitName.objects.filter(name__icontains=text).values("unit")
        return self.filter(
            models.Q(name__icontains=text) | models.Q(short_name__icontains=text) | models.Q(pk__in=former)
        )

    def with_people(self, *, on):
        """With `people`: how many hold a post at the unit on that day."""
        held = models.Q(posts__ends_on=None) | models.Q(posts__ends_on__gte=on)
        counted = models.Count("posts__user", filter=held & models.Q(posts__starts_on__lte=on), distinct=True)
        return self.annotate(people=counted)

    def mark_register(self, host_id):
        """Say that what the lists of this host's units show has changed (`units.choices`)."""
        self.filter(pk=host_id).update(register_mark=uuid.uuid4())

    def register_marks(self):
        """The marks of the hosts among them: while they stay, so do the names, places and openness of all below."""
        return [
            str(mark)
            for mark in self.filter(pk=models.F("host")).order_by("pk").values_list("register_mark", flat=True)
        ]

    def active(self):
        return self.filter(closed_on=None)

    def standing(self, *, on):
        """Those that were not closed when that day ended; the last day of a closed unit is still its own."""
        return self.filter(models.Q(closed_on=None) | models.Q(closed_on__gte=on))

    def given_work(self):
        """Open units of the tree that tasks and findings go to; the host itself only while it stands alone."""
        below = Unit.objects.filter(parent=models.OuterRef("pk"), relation=Unit.Relation.BELOW)
        is_above_all = models.Q(host=models.F("pk")) & models.Exists(below)
        return self.active().filter(relation=Unit.Relation.BELOW).exclude(is_above_all)

    def of_host(self, host):
        """The whole tree of a host unit (or its key), with the superior and partner units beside it."""
        return self.filter(host=host)


class Unit(models.Model):
    """An organisation: a node of the host's tree, or a superior or partner unit beside it.

    `path` is a materialised path ("/1/7/"): a scope is a prefix. `host` is the 主体单位 whose register
    the name belongs to; two hosts may each have a 门诊部.
    """

    class Relation(models.TextChoices):
        BELOW = "below", _("下属")
        SUPERIOR = "superior", _("上级")
        PARTNER = "partner", _("共建")

    name = models.CharField(_("名称"), max_length=100)
    short_name = models.CharField(_("简称"), max_length=40, blank=True)
    self_name = models.CharField(
        _("自称"), max_length=20, blank=True, help_text=_("总结中对自己的称呼，如“我院”“我区”")
    )
    kind = models.CharField(_("类型"), max_length=20, blank=True)
    appraisal_group = models.CharField(_("考核组"), max_length=40, blank=True)
    relation = models.CharField(_("关系"), max_length=10, choices=Relation, default=Relation.BELOW)
    parent = models.ForeignKey(
        "self", verbose_name=_("上级单位"), null=True, blank=True, on_delete=models.PROTECT, related_name="children"
    )
    host = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="register")
    path = models.CharField(max_length=200, db_index=True, editable=False)
    position = models.PositiveIntegerField(_("排序"), default=0)
    # Of a host: another one whenever a name or a place in the lists of its register has changed.
    register_mark = models.UUIDField(default=uuid.uuid4, editable=False)
    closed_on = models.DateField(_("撤销日期"), null=True, blank=True)
    merged_into = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="merged")

    objects = UnitQuerySet.as_manager()

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["host", "name"], name="unit_name_once_per_host"),
        ]
        indexes = [
            # text_pattern_ops comes with db_index on PostgreSQL; this one serves the pickers.
            models.Index(fields=["host", "position"], name="unit_host_position"),
        ]

    def __str__(self):
        return self.short_name or self.name

    def save(self, *args, **kwargs):
        """A new unit gets its path and its host; moving one is `units.actions.move_unit`."""
        new = self.pk is None
        super().save(*args, **kwargs)
        if new:
            self.path = f"{self.parent.path if self.parent else '/'}{self.pk}/"
            self.host_id = self.host_id or (self.parent.host_id if self.parent else self.pk)
            super().save(update_fields=["path", "host"])
        Unit.objects.mark_register(self.host_id)

    def get_absolute_url(self):
        return reverse("units:unit", args=[self.pk])

    def reach(self):
        """Where its permissions are asked: in the tree, or at the host for who stands beside it."""
        in_tree = self.path.startswith(self.host.path)
        return Reach(self.path if in_tree else self.host.path, (self.path,))

    @cached_property
    def places(self):
        """Where it stood before, the earliest first."""
        return list(self.former_places.all())

    def path_on(self, day):
        """Its path as it was at the end of that day."""
        return next((place.path for place in self.places if place.until >= day), self.path)

    @property
    def depth(self):
        return self.path.count("/") - 2

    @property
    def is_host(self):
        return self.host_id == self.pk

    @property
    def is_beside(self):
        """A superior or partner: on the host's register, not in its tree."""
        return self.relation != self.Relation.BELOW

    @property
    def heir(self):
        """Who answers today for what was the unit's: itself, or the open one that it was merged into at last."""
        return self.merged_into.heir if self.closed_on and self.merged_into else self

    @property
    def can_move(self):
        return not (self.is_host or self.is_beside)

    @property
    def own_name(self):
        """How the unit speaks of itself in a summary."""
        return self.self_name or self.short_name or self.name


class UnitName(models.Model):
    """A name a unit bore until a day, so that old papers can be read."""

    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="former_names")
    name = models.CharField(_("曾用名"), max_length=100)
    short_name = models.CharField(_("曾用简称"), max_length=40, blank=True)
    until = models.DateField(_("用至"))

    class Meta:
        ordering = ["until"]

    def __str__(self):
        return self.name


class UnitPlace(models.Model):
    """Where a unit stood in the tree until a day, so that a figure of an earlier day counts it there."""

    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="former_places")
    parent = models.ForeignKey(Unit, verbose_name=_("原上级"), null=True, on_delete=models.PROTECT, related_name="+")
    path = models.CharField(max_length=200)
    until = models.DateField(_("至"))

    class Meta:
        ordering = ["until"]
        constraints = [models.UniqueConstraint(fields=["unit", "until"], name="unit_place_once_a_day")]

    def __str__(self):
        return f"{self.path} {self.until}"


def names_on(day):
    """{key: (name, short name)} of the units that were called otherwise at the end of that day."""
    former = UnitName.objects.filter(until__gte=day).order_by("-until", "-pk")
    return {row.unit_id: (row.name, row.short_name) for row in former}
