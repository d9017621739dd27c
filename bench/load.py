"""Ask several running web applications for the same work, in interleaved rounds, and compare them.

Used by `bench/findings.py`. Only loopback addresses are asked. In every round each operation is run on each system
straight after one another, so that a noisy neighbour hurts all of them alike: what counts are the medians over the
rounds, and the medians of the rounds' ratios.
"""

from __future__ import annotations

import gzip
import html.parser
import os
import random
import re
import socket
import statistics
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

TICK = os.sysconf("SC_CLK_TCK")
# So many requests before the first round: connections, plans and templates are warm in a server that runs for weeks.
WARM_UP = 80


class Session:
    """One virtual user: a kept connection and its cookies."""

    def __init__(self, base: str, cookies: dict[str, str] | None = None):
        address = urlsplit(base)
        if address.hostname != "127.0.0.1":
            raise SystemExit(f"{base}: only this machine is loaded")
        self.base, self.port = base, address.port or 80
        self.cookies = dict(cookies or {})
        self.socket: socket.socket | None = None
        self.left = b""

    def clone(self) -> Session:
        return Session(self.base, self.cookies)

    def close(self) -> None:
        if self.socket:
            self.socket.close()
        self.socket, self.left = None, b""

    def request(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, str], bytes, float]:
        """Status, headers, body as sent, seconds."""
        sent = {"Host": f"127.0.0.1:{self.port}", "User-Agent": "bench", "Accept": "*/*", **(headers or {})}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if body is not None:
            sent["Content-Length"] = str(len(body))
        head = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in sent.items())]
        data = ("\r\n".join(head) + "\r\n\r\n").encode() + (body or b"")
        began = time.perf_counter()
        try:
            status, answered, payload, keeps = self._ask(data, method)
        except (ConnectionError, EOFError):
            # A kept connection may have been closed meanwhile.
            self.close()
            status, answered, payload, keeps = self._ask(data, method)
        took = time.perf_counter() - began
        if not keeps:
            self.close()
        return status, answered, payload, took

    def _ask(self, data: bytes, method: str) -> tuple[int, dict[str, str], bytes, bool]:
        if self.socket is None:
            self.socket = socket.create_connection(("127.0.0.1", self.port), timeout=600)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.sendall(data)
        while b"\r\n\r\n" not in self.left:
            self._more()
        head, _, self.left = self.left.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        answered: dict[str, str] = {}
        for line in lines:
            name, _, value = line.partition(":")
            answered[name.lower()] = value.strip()
            if name.lower() == "set-cookie":
                cookie, _, kept = value.strip().split(";")[0].partition("=")
                self.cookies[cookie] = kept
        status = int(first.split()[1])
        keeps = answered.get("connection", "").lower() != "close"
        if status in (204, 304):
            return status, answered, b"", keeps
        if answered.get("transfer-encoding", "").lower() == "chunked":
            return status, answered, b"".join(self._chunks()), keeps
        return status, answered, self._take(int(answered["content-length"])), keeps

    def _more(self) -> None:
        assert self.socket
        part = self.socket.recv(262144)
        if not part:
            raise EOFError
        self.left += part

    def _take(self, size: int) -> bytes:
        while len(self.left) < size:
            self._more()
        taken, self.left = self.left[:size], self.left[size:]
        return taken

    def _chunks(self) -> Iterator[bytes]:
        while True:
            while b"\r\n" not in self.left:
                self._more()
            size, _, self.left = self.left.partition(b"\r\n")
            yield self._take(int(size, 16))
            self._take(2)
            if int(size, 16) == 0:
                return


def plain(headers: dict[str, str], payload: bytes) -> bytes:
    return gzip.decompress(payload) if headers.get("content-encoding") == "gzip" else payload


class Page(html.parser.HTMLParser):
    """The forms of a page, filled in as a browser would send them, and the files it loads."""

    def __init__(self, text: str):
        super().__init__()
        self.forms: list[dict[str, Any]] = []
        self.files: list[str] = []
        self._form: dict[str, Any] | None = None
        self._area: list[str] | None = None
        self._select: dict[str, Any] | None = None
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in ("script", "img") and given.get("src", "data:")[:5] != "data:":
            self.files.append(given["src"])
        elif tag == "link" and {"stylesheet", "icon"} & set(given.get("rel", "").split()):
            self.files.append(given["href"])
        elif tag == "form":
            self._form = {"attrs": given, "fields": []}
            self.forms.append(self._form)
        elif self._form is not None:
            self._control(tag, given)

    def _control(self, tag: str, given: dict[str, str]) -> None:
        assert self._form is not None
        if tag == "input" and given.get("name"):
            kind = given.get("type", "text").lower()
            ticked = kind not in ("checkbox", "radio") or "checked" in given
            if ticked and kind not in ("submit", "button", "image", "reset", "file"):
                self._form["fields"].append((given["name"], given.get("value", "")))
        elif tag == "textarea":
            self._area = [given.get("name", ""), ""]
        elif tag == "select":
            self._select = {"name": given.get("name", ""), "chosen": [], "first": None, "many": "multiple" in given}
        elif tag == "option" and self._select is not None:
            value = given.get("value", "")
            self._select["first"] = value if self._select["first"] is None else self._select["first"]
            if "selected" in given:
                self._select["chosen"].append(value)

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self._area[1] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "textarea" and self._area is not None and self._form is not None:
            self._form["fields"].append((self._area[0], self._area[1].removeprefix("\n")))
            self._area = None
        elif tag == "select" and self._select is not None and self._form is not None:
            select, self._select = self._select, None
            first = [select["first"]] if select["first"] is not None and not select["many"] else []
            self._form["fields"] += [(select["name"], value) for value in select["chosen"] or first]

    def find(self, match: str) -> dict[str, Any]:
        """The form with this text in one of its attributes."""
        for form in self.forms:
            if any(match in value for value in form["attrs"].values()):
                return form
        raise SystemExit(f"no form with {match!r} on the page, only {[form['attrs'] for form in self.forms]}")


def encoded(form: dict[str, Any], changes: dict[str, str]) -> tuple[bytes, str]:
    """What the browser would send, and its type; a name that begins with ~ is a pattern, for the last field it fits."""
    fields = [(name, value) for name, value in form["fields"] if name not in changes]
    for name, value in changes.items():
        if name.startswith("~"):
            place = max(place for place, (given, _value) in enumerate(fields) if re.search(name[1:], given))
            fields[place] = (fields[place][0], value)
        else:
            fields.append((name, value))
    if "multipart" in form["attrs"].get("enctype", ""):
        between = "----bench-boundary"
        parts = "".join(
            f'--{between}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields
        )
        return f"{parts}--{between}--\r\n".encode(), f"multipart/form-data; boundary={between}"
    return urlencode(fields).encode(), "application/x-www-form-urlencoded"


@dataclass
class System:
    """One running application and how it is asked.

    `operations` by name: `get` an address, or `form` a page whose form (`match`) is filled with `set` and sent, the
    sending alone timed; `expect` must be in the answer. `{name}` in them is drawn from `values`, a pair of
    numbers, or from `once`, which gives each value one time; `{n}` is never the same.
    """

    name: str
    base: str
    operations: dict[str, dict[str, Any]]
    login: dict[str, Any] | None = None
    values: dict[str, tuple[int, int]] = field(default_factory=dict)
    once: dict[str, list[str]] = field(default_factory=dict)
    database_port: int | None = None

    def __post_init__(self) -> None:
        self.port = urlsplit(self.base).port
        self.random, self.serial = random.Random(1), int(time.time())
        self.user = Session(self.base)
        if self.login:
            status, *_ = self.user.request(*self._form(self.user, self.login))
            if status not in (302, 303):
                raise SystemExit(f"{self.name}: log-in answered {status}")

    def run(self, operation: str, *, users: int, seconds: float, most: int) -> dict[str, Any]:
        """Figures of the operation: milliseconds (p50, p95, p99), requests a second, CPU, bytes, errors."""
        asked = self.operations[operation]
        sessions = [self.user.clone() for _ in range(users)]
        ready: list[Any] = []
        if "form" in asked:
            # The forms are fetched before the clock starts.
            most = min(most, asked.get("most", 50))
            ready = [self._request(sessions[place % users], asked) for place in range(most)]
        lock, took, faults, sent, size = threading.Lock(), [], [], 0, 0

        def work(session: Session) -> None:
            nonlocal sent, size
            while True:
                with lock:
                    if sent >= most or (sent and time.perf_counter() > deadline):
                        return
                    sent += 1
                    request = ready[sent - 1] if ready else self._request(session, asked)
                status, headers, body, seconds = session.request(*request)
                wanted = (200,) if "get" in asked else (200, 201, 204, 302, 303)
                good = status in wanted and asked.get("expect", "").encode() in plain(headers, body)
                with lock:
                    took.append(seconds)
                    size += len(body)
                    if not good:
                        faults.append(f"{request[0]} {request[1]} -> {status} {plain(headers, body)[:300]!r}")

        before, began = (_cpu(self.port), _cpu(self.database_port)), time.perf_counter()
        deadline = began + seconds
        threads = [threading.Thread(target=work, args=(session,)) for session in sessions]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        wall, n = time.perf_counter() - began, len(took)
        after = (_cpu(self.port), _cpu(self.database_port))
        for session in sessions:
            session.close()
        took.sort()
        figures = {name: 1000 * took[min(n - 1, int(part * n))] for name, part in PARTS.items()}
        return {
            **figures,
            "n": n,
            "rps": n / wall,
            "cpu": 1000 * (after[0] - before[0]) / n,
            "database": 1000 * (after[1] - before[1]) / n,
            "bytes": size // n,
            "faults": faults,
        }

    def weight(self, path: str) -> dict[str, int]:
        """What one cold visit transfers: the page, compressed as a proxy would, and the files it names."""
        session = self.user.clone()
        _status, headers, body, _ = session.request("GET", path)
        text = plain(headers, body)
        files, sent = 0, 0
        for name in dict.fromkeys(Page(text.decode()).files):
            address = urlsplit(urljoin(self.base + path, name))
            _, _, file, _ = session.request("GET", address.path, headers={"Accept-Encoding": "gzip"})
            files, sent = files + 1, sent + len(file)
        squeezed = len(gzip.compress(text, 6))
        session.close()
        return {"html": len(text), "gzip": squeezed, "requests": files + 1, "cold": squeezed + sent}

    def _request(self, session: Session, asked: dict[str, Any]) -> tuple[Any, ...]:
        names = {name: str(self.random.randint(*bounds)) for name, bounds in self.values.items()}
        spent = f"{asked}"
        names |= {name: left.pop() for name, left in self.once.items() if f"{{{name}}}" in spent}
        self.serial += 1
        names["n"] = str(self.serial)
        filled = _filled(asked, names)
        return self._form(session, filled) if "form" in filled else ("GET", filled["get"])

    def _form(self, session: Session, asked: dict[str, Any]) -> tuple[str, str, bytes, dict[str, str]]:
        status, headers, body, _ = session.request("GET", asked["form"])
        if status != 200:
            raise SystemExit(f"{self.name}: {asked['form']} answered {status}")
        form = Page(plain(headers, body).decode()).find(asked["match"])
        data, kind = encoded(form, asked["set"])
        address = urlsplit(urljoin(self.base + asked["form"], form["attrs"].get("action") or asked["form"]))
        target = address.path + (f"?{address.query}" if address.query else "")
        return "POST", target, data, {"Content-Type": kind, "Referer": self.base + asked["form"]}


PARTS = {"p50": 0.5, "p95": 0.95, "p99": 0.99}


def compare(
    groups: list[list[System]],
    operations: list[str],
    *,
    users: int,
    rounds: int,
    seconds: float,
    most: int,
) -> dict[tuple[str, str], dict[str, Any]]:
    """The figures of each system in each operation: medians over the rounds; `ratio` to the first of its group."""
    raw: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for number in range(rounds):
        for operation in operations:
            for group in groups:
                able = [system for system in group if operation in system.operations]
                # Turned about, so that nobody always comes after the same one.
                for system in able if number % 2 == 0 else able[::-1]:
                    if number == 0 and "get" in system.operations[operation]:
                        system.run(operation, users=users, seconds=seconds, most=WARM_UP)
                    figures = system.run(operation, users=users, seconds=seconds, most=most)
                    raw.setdefault((system.name, operation), []).append(figures)
        print(f"round {number + 1} of {rounds} with {users} users", file=sys.stderr, flush=True)
    told = {}
    for group in groups:
        for system in group:
            for operation in operations:
                rows = raw.get((system.name, operation))
                if rows is None:
                    continue
                firsts = raw[group[0].name, operation]
                ratios = [row["p50"] / first["p50"] for row, first in zip(rows, firsts, strict=True)]
                names = ("p50", "p95", "p99", "rps", "cpu", "database", "bytes")
                told[system.name, operation] = {
                    **{name: statistics.median(row[name] for row in rows) for name in names},
                    "ratio": statistics.median(ratios),
                    "between": (min(ratios), max(ratios)),
                    "share": statistics.median(
                        row["rps"] / first["rps"] for row, first in zip(rows, firsts, strict=True)
                    ),
                    "faults": [fault for row in rows for fault in row["faults"]],
                }
    return told


def memory(port: int | None) -> float:
    """MiB of the processes of a port, what they share counted once (PSS)."""
    total = 0
    for pid in _family(port):
        with suppress(OSError):
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1])
    return total / 1024


def _filled(value: Any, names: dict[str, str]) -> Any:
    if isinstance(value, str):
        return re.sub(r"\{(\w+)\}", lambda found: names.get(found[1], found[0]), value)
    if isinstance(value, dict):
        return {name: _filled(part, names) for name, part in value.items()}
    return value


def _family(port: int | None) -> set[int]:
    """The processes that listen on the port, and their children (a database's close the listening socket)."""
    pids, parents = _listeners(port), {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            parents[int(folder.name)] = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])
    while new := {pid for pid, parent in parents.items() if parent in pids} - pids:
        pids |= new
    return pids


def _listeners(port: int | None) -> set[int]:
    rows = [row.split() for row in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    sockets = {f"socket:[{row[9]}]" for row in rows if row[3] == "0A" and int(row[1].rsplit(":", 1)[1], 16) == port}
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if any(os.readlink(file) in sockets for file in (folder / "fd").iterdir()):
                found.add(int(folder.name))
    return found


def _cpu(port: int | None) -> float:
    """Seconds of computing by the processes of the port so far."""
    total = 0
    for pid in _family(port) if port else ():
        with suppress(OSError):
            total += sum(map(int, Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[11:15]))
    return total / TICK
