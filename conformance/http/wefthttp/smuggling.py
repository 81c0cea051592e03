"""Sends shapes of bad requests over sockets, and compares the answer and what the backend saw with the standard."""

import re
import socket
import time

from . import h2raw, report
from .programs import Programs
from .recorder import Recorder
from .shapes1 import SHAPES, Passed, Refused
from .shapes2 import SHAPES as SHAPES2

# Sent once the first answer is there: what would be sent earlier could turn a refusal into a reset.
CANARY = b"GET /canary HTTP/1.1\r\nHost: web\r\n\r\n"
PATIENCE = 8  # seconds until "no answer"; only shapes that fail wait for it


def run(options):
    """Two suites: HTTP/1.1 to HTTP/1.1, and HTTP/2 translated to HTTP/1.1."""
    recorder = Recorder()
    with Programs(options.weft) as programs:
        node = programs.node(http1_backend=recorder.port)
        first, second = report.Suite("smuggling-http1"), report.Suite("smuggling-http2")
        for shape in SHAPES:
            first.cases.append(twice(shape, recorder, lambda: Answers(node.sniffed, shape)))
        for shape in SHAPES2:
            second.cases.append(twice(shape, recorder, lambda: h2raw.Answer(node.to_http1, shape)))
        alive = Answers(node.sniffed, None)
        recorder.take()
        first.add("the proxy still serves", alive.statuses == [200], alive.text())
    recorder.close()
    return [report.compare(first), report.compare(second)]


def twice(shape, recorder, send):
    """On a busy machine the beginning of a request may reach the backend after its client has gone, and count for the
    next shape: what fails is tried once more, with all the time in the world."""
    case = check(shape, recorder, send)
    if case.state == "passed":
        return case
    time.sleep(1)
    recorder.take()
    return check(shape, recorder, send, quiet=1)


def check(shape, recorder, send, quiet=0.05):
    """One shape: passes if what happened is one of the outcomes that the rule allows."""
    answers = send()
    seen = [request for request in recorder.take(quiet) if request.target != "/canary" or request.problem]
    wrong = [problem(outcome, answers, seen) for outcome in shape.outcomes]
    backend = ", ".join(describe(request) for request in seen) or "nothing"
    detail = f"{shape.rule}; client: {answers.text()}; backend: {backend}"
    if "" in wrong:
        return report.Case(shape.name, "passed", detail)
    return report.Case(shape.name, "failed", f"{'; '.join(dict.fromkeys(wrong))} [{detail}]")


def describe(request):
    if request.problem:
        return f"wrong: {request.problem}"
    target = request.target if len(request.target) < 40 else request.target[:20] + "…"
    return target if request.complete else f"{target or 'the beginning of a request'} cut off"


def problem(outcome, answers, seen):
    """What speaks against an outcome; empty if nothing does."""
    for request in seen:
        if request.problem:
            return f"the backend got something malformed: {request.problem}"
        if request.target == "/smuggled":
            return "the backend saw /smuggled"
    if isinstance(outcome, Refused):
        return _refused(outcome, answers, seen)
    return _passed(outcome, answers, seen)


def _refused(outcome, answers, seen):
    codes = " or ".join(map(str, outcome.codes))
    lost = answers.lost and answers.closed and not answers.statuses
    if (answers.statuses or [0])[0] not in outcome.codes and not lost:
        return f"should be refused with {codes}"
    if not outcome.open and (len(answers.statuses) > 1 or not answers.closed):
        return "the connection should end after the refusal"
    if any(request.complete for request in seen) or (seen and not outcome.body):
        return "the backend should see no request"
    return ""


def _passed(outcome: Passed, answers, seen):
    targets = [request.target for request in seen if request.complete]
    if targets != list(outcome.targets) or len(seen) != len(targets):
        return f"the backend should see {', '.join(outcome.targets)}"
    raw = b"\n".join(bytes(request.raw) for request in seen).lower()
    if outcome.body is not None and seen[0].body != outcome.body:
        return f"the backend should see the body {outcome.body!r}, not {seen[0].body[:40]!r}"
    if outcome.has and outcome.has not in raw:
        return f"the backend should see {outcome.has.decode()}"
    if outcome.never and outcome.never in raw:
        return f"the backend should not see {outcome.never!r}"
    return answers.against(len(targets), outcome.close)


class Answers:
    """Sends a shape and then, on the same connection, a canary; reads until the canary's answer or the end."""

    def __init__(self, port, shape):
        self.statuses, self.canary, self.closed, self.silent = [], False, False, False
        # A server that closes before it has read everything may lose its answer to a reset (RFC 9112 §9.6).
        self.lost = shape is not None and len(shape.raw) > 32_000
        with socket.create_connection(("127.0.0.1", port), 10) as connection:
            connection.settimeout(PATIENCE)
            reader = connection.makefile("rb")
            try:
                if shape is None:
                    connection.sendall(CANARY)
                else:
                    connection.sendall(shape.raw)
                    if shape.half_close:
                        connection.shutdown(socket.SHUT_WR)
            except OSError:
                pass  # closed while we wrote: what was answered is still to be read
            self._read(connection, reader)
        if shape is None and self.canary:
            self.statuses = [200]

    def _read(self, connection, reader):
        asked = False
        try:
            while not self.canary:
                status, body = self._answer(reader)
                if status is None:
                    self.closed = True
                    return
                if status == 200 and body == b"/canary":
                    self.canary = True
                elif status != 100:
                    self.statuses.append(status)
                    if not asked:
                        asked = True
                        connection.sendall(CANARY)
        except (ConnectionResetError, BrokenPipeError):
            self.closed = True
        except TimeoutError:
            self.silent = True
        except ValueError as error:
            self.statuses.append(str(error))

    @staticmethod
    def _answer(reader):
        line = reader.readline(10_000)
        if not line:
            return None, b""
        match = re.fullmatch(rb"HTTP/1\.1 ([0-9]{3}) [^\r\n]*\r\n", line)
        if not match:
            raise ValueError(f"no status line: {line[:60]!r}")
        length = 0
        while (field := reader.readline(10_000)) not in (b"\r\n", b""):
            name, _, value = field.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        return int(match[1]), reader.read(length)

    def against(self, count, close):
        """What speaks against these answers being `count` good ones, followed by the end if `close`."""
        good = [status for status in self.statuses if status in (101, 200)]
        if len(good) != count or (len(self.statuses) != count and not close):
            return f"the client should get {count} answers"
        if close and not self.closed:
            return "the connection should end after the answer"
        if not close and not self.canary and self.statuses[-1] != 101 and not self.closed:
            return "the connection should serve the next request"
        return ""

    def text(self):
        said = ", ".join(map(str, self.statuses)) or ("no answer" if not self.canary else "no answer but the canary's")
        return said + (", closed" if self.closed else ", silent" if self.silent else "")
