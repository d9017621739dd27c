"""The way into an empty installation: its first administrator, and the link by which they set their password."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import models, transaction
from django.utils import timezone

from units import actions
from units.models import Post, Unit, User
from units.notices import administrators
from units.roles import Role


class Command(BaseCommand):
    help = (
        "Make the first administrator and print a link, good for one use, by which they set their password. "
        "Run it again with the same account for a new link; refused once an administrator can log in."
    )

    def add_arguments(self, parser):
        parser.add_argument("unit", help="name of the host unit, such as 清河市; made if it is not there")
        parser.add_argument("account", help="account of the administrator")
        parser.add_argument("name", help="name of the administrator")
        parser.add_argument("--site", default=_site(), help="address of the installation (default: %(default)s)")

    @transaction.atomic
    def handle(self, *, unit: str, account: str, name: str, site: str, **options):
        for someone in administrators():
            if someone.has_usable_password():
                raise CommandError(
                    f"There is an administrator already ({someone.username}); they appoint others and make links."
                )
        person = User.objects.filter(username=account).first() or self._add(account, name)
        host = Unit.objects.filter(name=unit, host=models.F("pk")).first() or Unit.objects.create(name=unit)
        posts = Post.objects.filter(user=person, role=Role.ADMINISTRATOR, unit=host)
        if not posts.held(on=timezone.localdate()).exists():
            actions.appoint(person, role=Role.ADMINISTRATOR, unit=host, by=None, starts_on=timezone.localdate())
        self.stdout.write(f"{site.rstrip('/')}{actions.make_link(person, by=None)}")

    def _add(self, account: str, name: str) -> User:
        try:
            User._meta.get_field("username").clean(account, None)
            User._meta.get_field("name").clean(name, None)
        except ValidationError as problem:
            raise CommandError(" ".join(problem.messages)) from None
        return actions.add_person(username=account, name=name, by=None)


def _site() -> str:
    """The address as far as the settings tell it."""
    host = next((name for name in settings.ALLOWED_HOSTS if name.strip(".*")), "127.0.0.1")
    return f"https://{host}" if settings.HTTPS else f"http://{host}:{settings.PORT}"
