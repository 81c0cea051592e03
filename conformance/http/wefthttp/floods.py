"""HTTP/2 clients that send without end what costs them little: each must be stopped, or cost the proxy nothing to keep."""

import threading

from . import h2raw, report
from .guard import Guard
from .programs import Programs
from .shapes2 import request

FRAMES = 200_000  # the most that a flood sends
# The same for one whose answers nobody reads: so many answers fit no socket's buffers.
UNREAD_FRAMES = 1_500_000
BATCH = 100


def run(options):
    """One suite."""
    suite = report.Suite("floods")
    with Programs(options.weft) as programs:
        echo = programs.echo()
        node = programs.node(http1_backend=echo, http2_backend=echo)
        for name, flood in FLOODS.items():
            with Guard(node, node.sniffed) as guard:
                stopped, detail = flood(node.http2)
                guard.report(suite, name)
            suite.add(f"{name}: stopped", stopped, detail)
    return [report.compare(suite)]


def _flood(frames):
    """Sends what `frames` makes until the proxy closes or takes no more, or FRAMES were sent; the client reads all the
    time."""

    def run_against(port):
        connection = h2raw.Connection(port, 20)
        said = []
        reader = threading.Thread(target=_drain, args=(connection, said))
        reader.start()
        sent = 0
        try:
            while sent < FRAMES and not said:
                if not connection.send(frames(sent)):
                    break
                sent += BATCH
            reader.join(5)
        finally:
            connection.close()
            reader.join()
        return bool(said) or sent < FRAMES, f"{said[0] if said else 'never'} after {sent} frames or less"

    return run_against


def _drain(connection, said):
    try:
        while got := connection.read():
            if got[0] == h2raw.GOAWAY:
                said.append(f"GOAWAY {h2raw.error(got[3][4:])}")
                return
        said.append("closed")
    except (OSError, ValueError):
        pass  # nothing came for long, or we closed it


def _mute(frames):
    """Sends frames that ask for answers and never reads one: the proxy must stop reading, or close."""

    def run_against(port):
        connection = h2raw.Connection(port, 5, receive_buffer=4096)
        sent = 0
        try:
            while sent < UNREAD_FRAMES and connection.send(frames(sent)):
                sent += BATCH
        finally:
            connection.close()
        return sent < UNREAD_FRAMES, f"closed or not read any more after {sent} frames or less"

    return run_against


def _streams(sent, tail):
    numbers = range(2 * sent + 1, 2 * (sent + BATCH) + 1, 2)
    return b"".join(tail(stream) for stream in numbers)


FIELDS = h2raw.block(request())
GET = lambda stream: h2raw.frame(h2raw.HEADERS, h2raw.END_HEADERS | h2raw.END_STREAM, stream, FIELDS)
RESET = lambda stream: h2raw.frame(h2raw.RST_STREAM, 0, stream, b"\x00\x00\x00\x08")
OPEN_POST = h2raw.headers(1, request(method=b"POST"), False)


def _opened(first, more):
    return lambda sent: (first if sent == 0 else b"") + more * BATCH


FLOODS = {
    "rapid reset": _flood(lambda sent: _streams(sent, lambda stream: GET(stream) + RESET(stream))),
    "resets by broken frames": _flood(
        lambda sent: _streams(sent, lambda stream: GET(stream) + h2raw.frame(h2raw.WINDOW_UPDATE, 0, stream, b"\0\0\0\0"))
    ),
    "CONTINUATION": _flood(
        _opened(h2raw.frame(h2raw.HEADERS, 0, 1, FIELDS), h2raw.frame(h2raw.CONTINUATION, 0, 1, h2raw.block(((b"x", b"y"),))))
    ),
    "empty CONTINUATION": _flood(_opened(h2raw.frame(h2raw.HEADERS, 0, 1, FIELDS), h2raw.frame(h2raw.CONTINUATION, 0, 1))),
    "empty DATA": _flood(_opened(OPEN_POST, h2raw.frame(h2raw.DATA, 0, 1))),
    "PING, answers unread": _mute(lambda _: h2raw.frame(h2raw.PING, 0, 0, b"12345678") * BATCH),
    "SETTINGS, answers unread": _mute(lambda _: h2raw.frame(h2raw.SETTINGS, 0, 0, b"\0\3\0\0\0\x64") * BATCH),
    "requests, answers unread": _mute(lambda sent: _streams(sent, GET)),
}
