"""A line between phone and server on which the bytes of what is asked for may be held back."""

import socket
import threading
from contextlib import suppress


class ThinLine:
    """Passes on every connection; of those that ask for `path` it holds the answer's body back, or takes what is sent
    only by so many bytes as it is given."""

    def __init__(self, server: int):
        self.server = server
        self.hold = self.slow = b""
        self.mended = threading.Event()
        self.room = threading.Semaphore(0)
        self.struck = threading.Event()
        self.door = socket.socket()
        # What the phone's own machine has taken already counts as moved: it shall not take much.
        self.door.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, PIECE)
        self.door.bind(("127.0.0.1", 0))
        self.door.listen(64)
        self.port = self.door.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def hold_body_of(self, path: str) -> None:
        """Of the next answers of this address only the head comes through, and half of what comes with it."""
        self.mended.clear()
        self.struck.clear()
        self.hold = path.encode()

    def take_slowly(self, path: str) -> None:
        """Of what is sent to this address nothing more is taken than `take` allows."""
        self.mended.clear()
        self.struck.clear()
        self.slow = path.encode()

    def take(self, pieces: int) -> None:
        for _piece in range(pieces):
            self.room.release()

    def mend(self) -> None:
        self.hold = self.slow = b""
        self.mended.set()
        self.take(10_000)

    def close(self) -> None:
        self.mend()
        self.door.close()

    def _accept(self) -> None:
        while True:
            try:
                phone, _address = self.door.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self.server))
            held = threading.Event()
            for pump in (self._up, self._down):
                threading.Thread(target=pump, args=(phone, server, held), daemon=True).start()

    def _up(self, phone, server, held) -> None:
        slow = False
        try:
            while chunk := phone.recv(PIECE):
                if self.hold and b" " + self.hold + b" " in chunk:
                    held.set()
                if self.slow and b" " + self.slow + b" " in chunk:
                    slow = True
                    self.struck.set()
                if slow and not self.mended.is_set():
                    self.room.acquire()
                server.sendall(chunk)
        except OSError:
            pass
        self._close(phone, server)

    def _down(self, phone, server, held) -> None:
        try:
            while chunk := server.recv(65536):
                if held.is_set() and not self.mended.is_set():
                    while (head := chunk.find(b"\r\n\r\n") + 4) < 4 or head == len(chunk):
                        chunk += server.recv(65536)
                    half = (head + len(chunk)) // 2
                    phone.sendall(chunk[:half])
                    self.struck.set()
                    self.mended.wait()
                    held.clear()
                    chunk = chunk[half:]
                phone.sendall(chunk)
        except OSError:
            pass
        self._close(phone, server)

    def _close(self, *ends) -> None:
        for end in ends:
            # Closing alone tells the other side nothing while a thread still waits on this end.
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


PIECE = 65536
