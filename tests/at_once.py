"""Several people at the same moment, each over a connection of its own."""

from contextlib import nullcontext, suppress
from threading import Barrier, BrokenBarrierError, Thread

from django.db import connection

from cityinit.workflow import Refused

# Who holds in one order with the others never comes to where they meet; nobody waits for longer than this.
MEETING_SECONDS = 1


def at_once(*things, meeting=False):
    """Do these at the same moment; give the reason for which each was refused, or None. Any other fault is raised.

    With `meeting` each goes on from the first row that it holds only once the others hold one too: those who hold rows
    in different orders then wait for each other, every time.
    """
    start = Barrier(len(things))
    held = Barrier(len(things))
    refused, faults = [None] * len(things), []

    def do(place, thing):
        try:
            start.wait()
            with connection.execute_wrapper(_meeting(held)) if meeting else nullcontext():
                thing()
        except Refused as refusal:
            refused[place] = refusal.reason
        except Exception as fault:
            faults.append(fault)
        finally:
            connection.close()

    threads = [Thread(target=do, args=pair) for pair in enumerate(things)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for fault in faults:
        raise fault
    return refused


def _meeting(held):
    met = False

    def execute(execute, sql, *told):
        nonlocal met
        result = execute(sql, *told)
        if not met and (" FOR UPDATE" in sql or " FOR NO KEY UPDATE" in sql or sql.startswith("UPDATE ")):
            met = True
            with suppress(BrokenBarrierError):
                held.wait(MEETING_SECONDS)
        return result

    return execute
