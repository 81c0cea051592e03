"""A backend that writes down every byte, reads requests as strictly as RFC 9112 lets it, and says what is wrong."""

import re
import socket
import threading
import time
from dataclasses import dataclass, field

TOKEN = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
LINE = re.compile(rb"(" + TOKEN + rb") ([\x21-\x7e]+) HTTP/1\.1")
FIELD = re.compile(rb"(" + TOKEN + rb"):[ \t]*([\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)?[ \t]*")


class Wrong(Exception):
    """Something that no client may send."""


class Cut(Exception):
    """The connection ended in the middle of a request."""


@dataclass
class Seen:
    """A request as it came. `problem` is what a strict server would refuse it for."""

    raw: bytearray = field(default_factory=bytearray)
    target: str = ""
    body: bytes = b""
    complete: bool = False
    ended: bool = False
    problem: str = ""


class Recorder:
    """Answers every whole request with its target; answers nothing to what it does not understand."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port = self.listener.getsockname()[1]
        self.lock = threading.Lock()
        self.seen = []
        threading.Thread(target=self._accept, daemon=True).start()

    def take(self, quiet=0.05):
        """Everything since the last call, once nothing is under way any more (at most a few seconds).

        quiet: seconds after a client's last byte in which the proxy's bytes arrive here."""
        end = time.monotonic() + 5
        time.sleep(quiet)
        while time.monotonic() < end:
            with self.lock:
                if all(request.complete or request.ended for request in self.seen):
                    break
            time.sleep(quiet)
        with self.lock:
            seen, self.seen = self.seen, []
        return seen

    def close(self):
        self.listener.close()

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return  # closed
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with connection:
            reader = _Reader(connection)
            while True:
                reader.request = request = Seen()
                if not reader.more():
                    return
                with self.lock:
                    self.seen.append(request)
                try:
                    keep = _read(reader, request)
                    with self.lock:
                        request.complete = True
                    _answer(connection, request)
                    if not keep:
                        return
                except Wrong as wrong:
                    request.problem = str(wrong)
                    request.ended = True
                    return
                except (Cut, OSError):
                    request.ended = True
                    return


def _answer(connection, request):
    body = request.target.encode()
    if request.target.startswith("/upgrade"):
        connection.sendall(b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n")
        return
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))


class _Reader:
    """Bytes of a connection, noted in the request that they belong to."""

    def __init__(self, connection):
        self.connection = connection
        self.buffer = b""
        self.request = Seen()

    def more(self):
        """Reads on if the buffer is empty; whether there is something."""
        if not self.buffer:
            try:
                self.buffer = self.connection.recv(65536)
            except OSError:
                return False
        return bool(self.buffer)

    def take(self, count):
        while len(self.buffer) < count:
            self._fill()
        return self._cut(count)

    def line(self):
        while b"\n" not in self.buffer:
            self._fill()
        line = self._cut(self.buffer.index(b"\n") + 1)
        if not line.endswith(b"\r\n"):
            raise Wrong(f"a bare LF ends {line[-60:]!r}")
        return line[:-2]

    def _fill(self):
        piece = self.connection.recv(65536)
        if not piece:
            self.request.raw += self.buffer
            raise Cut()
        self.buffer += piece

    def _cut(self, count):
        piece, self.buffer = self.buffer[:count], self.buffer[count:]
        self.request.raw += piece
        return piece


def _fields(reader):
    fields = []
    while line := reader.line():
        match = FIELD.fullmatch(line)
        if not match:
            raise Wrong(f"no field: {line[:80]!r}")
        fields.append((match[1].lower(), match[2] or b""))
    return fields


def _read(reader, request):
    line = reader.line()
    match = LINE.fullmatch(line)
    if not match:
        raise Wrong(f"no request line: {line[:80]!r}")
    request.target = match[2].decode()
    fields = _fields(reader)
    values = lambda name: [value for key, value in fields if key == name]
    lengths, codings = values(b"content-length"), [value.lower() for value in values(b"transfer-encoding")]
    if len(values(b"host")) != 1:
        raise Wrong(f"{len(values(b'host'))} Host fields")
    if len(lengths) > 1 or (lengths and codings):
        raise Wrong(f"lengths {lengths} and codings {codings}")
    if lengths and not re.fullmatch(rb"[0-9]{1,18}", lengths[0]):
        raise Wrong(f"length {lengths[0]!r}")
    if codings and codings != [b"chunked"]:
        raise Wrong(f"codings {codings}")
    if codings:
        request.body = _chunks(reader)
    elif lengths:
        request.body = reader.take(int(lengths[0]))
    return b"close" not in values(b"connection")


def _chunks(reader):
    body = b""
    while True:
        line = reader.line()
        if not re.fullmatch(rb"[0-9A-Fa-f]{1,15}", line):
            raise Wrong(f"chunk size line {line[:60]!r}")
        size = int(line, 16)
        if size == 0:
            for name, _ in _fields(reader):
                if name in (b"content-length", b"transfer-encoding", b"host", b"connection"):
                    raise Wrong(f"{name.decode()} in the trailers")
            return body
        body += reader.take(size)
        if reader.take(2) != b"\r\n":
            raise Wrong("no CRLF after a chunk")
