"""A server that answers what it should not; clients in HTTP/1.1 and HTTP/2 must see the standard's answer, and the next
request must get its own answer."""

import http.client
import re
import socket
import threading
import time

from . import h2raw, report
from .guard import Guard
from .programs import Programs
from .shapes2 import request
from .shapes3 import SHAPES

PATIENCE = 15


def run(options):
    """Two suites: one for each version that the client speaks."""
    server = Hostile()
    suites = [report.Suite("answers-http1"), report.Suite("answers-http2")]
    with Programs(options.weft) as programs:
        node = programs.node(http1_backend=server.port)
        with Guard(node, node.to_http1) as guard:
            for number, shape in enumerate(SHAPES):
                for suite, ask in zip(suites, (_http1, _http2)):
                    got, following = ask(node.to_http1, shape.method, f"/shape/{number}", shape.late)
                    suite.cases.append(_judge(shape, got, following))
            guard.report(suites[0], "hostile answers")
    server.close()
    return [report.compare(suite) for suite in suites]


def _judge(shape, got, following):
    detail = f"{shape.rule}; client: {got}; next request: {following}"
    if following != "next":
        return report.Case(shape.name, "failed", f"the next request should get its own answer [{detail}]")
    allowed = got in shape.outcomes or ("bad" in shape.outcomes and got in ("502", "503"))
    return report.Case(shape.name, "passed" if allowed else "failed", detail)


def _http1(port, method, path, late):
    """What a client sees, and what it sees of the next request."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    got = _one(connection, method, path)
    if late:
        time.sleep(0.3)  # until the server has said what nobody asked for
    following = _one(connection, "GET", "/next")
    connection.close()
    return got, following


def _one(connection, method, path):
    try:
        connection.request(method, path, headers={"Host": "web"})
        answer = connection.getresponse()
        for name, value in answer.getheaders():
            if re.search(r"[\x00\r\n]", name + value):
                return f"control characters in {name}"
        if answer.headers.get("transfer-encoding") and answer.headers.get("content-length"):
            return "both lengths"
        body = answer.read().decode("latin-1")
        return str(answer.status) if answer.status >= 500 else body
    except (http.client.IncompleteRead, ConnectionResetError):
        connection.close()
        return "cut"
    except TimeoutError:
        connection.close()
        return "silent"
    except http.client.HTTPException as error:
        connection.close()
        return repr(error)


def _http2(port, method, path, late):
    connection = h2raw.Connection(port, PATIENCE)
    try:
        got = _stream(connection, 1, method, path)
        if late:
            time.sleep(0.3)
        return got, _stream(connection, 3, "GET", "/next")
    finally:
        connection.close()


def _stream(connection, stream, method, path):
    connection.send(h2raw.headers(stream, request(method=method.encode(), path=path.encode()), True))
    status, body = 0, b""
    try:
        while got := connection.read():
            kind, flags, of, payload = got
            if kind == h2raw.GOAWAY:
                return f"GOAWAY {h2raw.error(payload[4:])}"
            if of != stream:
                continue
            if kind == h2raw.RST_STREAM:
                return "cut"
            if kind == h2raw.HEADERS and status < 200:
                status = h2raw.status_of(payload)
            if kind == h2raw.DATA:
                body += payload
            if flags & h2raw.END_STREAM and kind in (h2raw.DATA, h2raw.HEADERS):
                return str(status) if status >= 500 else body.decode("latin-1")
        return "closed"
    except TimeoutError:
        return "silent"


class Hostile:
    """Answers /shape/N with the N-th shape, and anything else well."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self.listener.close()

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return  # closed
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    @staticmethod
    def _serve(connection):
        with connection:
            reader = connection.makefile("rb")
            try:
                while line := reader.readline():
                    while reader.readline() not in (b"\r\n", b""):
                        pass
                    match = re.search(rb" /shape/([0-9]+) ", line)
                    if not match:
                        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnext")
                        continue
                    shape = SHAPES[int(match[1])]
                    connection.sendall(shape.raw)
                    if shape.late:
                        time.sleep(0.1)
                        connection.sendall(shape.late)
                    if shape.close:
                        return
            except OSError:
                return  # the proxy has had enough
