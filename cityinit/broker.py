"""The folder broker of an embedded installation: Celery's own, but nothing of it is ever seen half-written.

Celery's writes its files in place. A worker that looks a moment too early, or after a writer was killed, finds an
empty one and ends; an empty table of queues even ends every later worker.
"""

import os
import time
import uuid
from pathlib import Path
from queue import Empty

from kombu.transport import filesystem
from kombu.utils.json import dumps


class Channel(filesystem.Channel):
    def _put(self, queue, payload, **kwargs):
        # Names sort by age; a worker reads those that end in its queue's name.
        name = f"{time.time_ns():020d}_{uuid.uuid4()}.{queue}.msg"
        _write_whole(Path(self.data_folder_out, name), dumps(payload))

    def _get(self, queue):
        try:
            return super()._get(queue)
        except ValueError:
            # Emptied by a power failure; the sweeper sends its job again.
            raise Empty from None

    def _queue_bind(self, exchange, routing_key, pattern, queue):
        table = self.get_table(exchange)
        wanted = filesystem.exchange_queue_t(routing_key or "", pattern or "", queue or "")
        if wanted not in table:
            self.control_folder.mkdir(exist_ok=True)
            _write_whole(self._exchange_file(exchange), dumps([wanted, *table]))


class Transport(filesystem.Transport):
    Channel = Channel


def _write_whole(path: Path, text: str) -> None:
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)
