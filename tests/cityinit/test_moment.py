"""`at_one_moment`: what is read inside does not move while others write, and keeps nobody waiting."""

from threading import Thread

import pytest
from django.db import connection, transaction

from cityinit.models import Job
from cityinit.moment import at_one_moment

pytestmark = pytest.mark.django_db(transaction=True)


def filed_meanwhile():
    """Somebody else files a job and is done before this goes on."""

    def file():
        with transaction.atomic():
            Job.objects.create(name="other")
        connection.close()

    thread = Thread(target=file)
    thread.start()
    thread.join(timeout=4)
    return not thread.is_alive()


def test_what_others_write_meanwhile_is_not_seen_and_they_need_not_wait():
    with at_one_moment():
        before = Job.objects.count()
        is_done = filed_meanwhile()
        after = Job.objects.count()

    assert (is_done, before, after, Job.objects.count()) == (True, 0, 0, 1)


def test_the_next_transaction_writes_again():
    with at_one_moment():
        Job.objects.count()

    with transaction.atomic():
        Job.objects.create(name="mine")

    assert Job.objects.count() == 1


def test_inside_a_transaction_that_has_begun_it_changes_nothing():
    with transaction.atomic(), at_one_moment():
        Job.objects.create(name="mine")

    assert Job.objects.count() == 1
