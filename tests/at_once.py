"""Several people at the same moment, each over a connection of its own."""

from threading import Barrier, Thread

from django.db import connection

from cityinit.workflow import Refused


def at_once(*things):
    """Do these at the same moment; give the reason for which each was refused, or None. Any other fault is raised."""
    start = Barrier(len(things))
    refused, faults = [None] * len(things), []

    def do(place, thing):
        try:
            start.wait()
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
