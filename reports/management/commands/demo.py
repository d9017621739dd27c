"""The demo city: built into an empty installation, or its log-ins told."""

import time

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from campaigns.models import Campaign
from reports.demo import city
from units.models import User


class Command(BaseCommand):
    help = (
        "Build an invented city in the middle of its campaign; only into an installation without people or campaigns."
    )

    def add_arguments(self, parser):
        parser.add_argument("--logins", action="store_true", help="only print one log-in per role of the demo city")

    def handle(self, *, logins: bool, **options):
        if logins:
            self._tell_logins()
        else:
            self._build()

    def _build(self) -> None:
        if User.objects.exists() or Campaign.objects.exists():
            raise CommandError(
                "There are people or campaigns already; the demo city is only built into an empty installation."
            )
        begun = time.monotonic()
        now = timezone.now()
        city.summarise(city.build(now=now), now=now)
        self.stdout.write(f"The demo city stands, after {time.monotonic() - begun:.0f} s.")

    def _tell_logins(self) -> None:
        for account, password, role, person in city.logins():
            self.stdout.write(f"账号 {account:<10} 口令 {password}   角色 {role}   {person}")
