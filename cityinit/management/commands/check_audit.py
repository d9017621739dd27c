"""Whether anybody has touched the audit trail behind the product's back."""

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from cityinit import audit
from cityinit.models import AuditEvent


class Command(BaseCommand):
    help = (
        "Check that no event of the audit trail was changed or taken out, and print its last hash. Keep that hash "
        "elsewhere: given back with --seen, it also shows whether the end of the trail was cut off since."
    )

    def add_arguments(self, parser):
        parser.add_argument("--seen", default="", metavar="HASH", help="a last hash that was printed earlier")

    def handle(self, *, seen: str, **options):
        if broken := audit.first_broken_link():
            at = timezone.localtime(broken.at)
            raise CommandError(
                f"The trail is broken at event {broken.pk} of {at:%Y-%m-%d %H:%M} ({broken.action}, "
                f"{broken.actor_name}): it was changed, or what stood before it was changed or taken out."
            )
        if seen and not AuditEvent.objects.filter(hash=seen).exists():
            raise CommandError("The trail no longer holds the event of that hash: its end was cut off.")
        last = AuditEvent.objects.order_by("-pk").values_list("hash", flat=True).first()
        self.stdout.write(f"The trail is whole: {AuditEvent.objects.count()} events, the last one {last or '-'}")
