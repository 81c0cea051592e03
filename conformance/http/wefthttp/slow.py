"""Slow clients: slowhttptest's three kinds, and connections that say half of something and then nothing."""

import csv
import os
import socket
import subprocess
import threading
import time
import urllib.request

from . import h2raw, install, report
from .guard import Guard
from .programs import RUN, Programs

CONNECTIONS = 300
# Seconds in which a connection that owes us a head must be closed. The proxy's own limit is 10 s, and again 10 s once
# it has found out what is spoken; the rest is for a busy machine.
PATIENCE = 45


def run(options):
    """One suite."""
    suite = report.Suite("slow")
    with Programs(options.weft) as programs:
        backend = programs.nginx(body_timeout=5)
        node = programs.node(http1_backend=backend, http2_backend=programs.echo())
        _headers(suite, node)
        _body(suite, node)
        _read(suite, node)
        _held(suite, node)
    return [report.compare(suite)]


def _slowhttptest(name, arguments):
    """Runs slowhttptest; answers its last count of connections: pending, connected, closed."""
    stem = os.path.join(RUN, "slowhttptest-" + name)
    line = [install.tool("slowhttptest"), *arguments, "-c", str(CONNECTIONS), "-r", "100", "-g", "-o", stem]
    done = subprocess.run(line, capture_output=True, text=True, timeout=300)
    try:
        with open(stem + ".csv") as rows:
            last = list(csv.DictReader(rows))[-1]
    except (OSError, IndexError):
        raise SystemExit(f"slowhttptest wrote no result:\n{done.stdout[-2000:]}{done.stderr[-2000:]}") from None
    counts = {key.strip().lower(): int(value) for key, value in last.items() if key}
    if "No open connections left" in done.stdout:  # which it notices between two rows
        counts = {"pending": 0, "connected": 0, "closed": CONNECTIONS}
    return counts


def _counted(counts):
    return ", ".join(f"{counts[key]} {key}" for key in ("pending", "connected", "closed"))


def _headers(suite, node):
    with Guard(node, node.sniffed) as guard:
        counts = _slowhttptest("headers", ["-H", "-i", "3", "-l", str(PATIENCE), "-x", "16", "-p", "10",
                                           "-u", f"http://127.0.0.1:{node.sniffed}/"])
        guard.report(suite, "slow headers")
    suite.add("slow headers: connections are closed", counts["closed"] == CONNECTIONS, _counted(counts))


def _body(suite, node):
    # The proxy passes bodies as they come; how long to wait for them is for the server behind it, here nginx with 5 s.
    # A connection that was answered before its body ended counts as idle.
    with Guard(node, node.sniffed) as guard:
        counts = _slowhttptest("body", ["-B", "-i", "4", "-l", "20", "-s", "8192", "-x", "16", "-p", "10",
                                        "-u", f"http://127.0.0.1:{node.sniffed}/discard"])
        guard.report(suite, "slow body")
    suite.add("slow body: connections are slow, not refused", counts["connected"] + counts["closed"] >= CONNECTIONS, _counted(counts))
    answer = b""
    with socket.create_connection(("127.0.0.1", node.sniffed), 10) as connection:
        connection.settimeout(PATIENCE)
        connection.sendall(b"POST /discard HTTP/1.1\r\nHost: web\r\nContent-Length: 100\r\n\r\nabc")
        try:
            answer = connection.recv(65536)
        except TimeoutError:
            pass  # the check says so
    line = answer.partition(b"\r\n")[0].decode("latin-1")
    suite.add("slow body: the server's end of patience is answered", line[9:12] in ("408", "502", "503", "504"), line or "no answer")


def _read(suite, node):
    # 4 MB for each of them: 1.2 GB that must not be in memory. Closing slow readers is the server's affair.
    with urllib.request.urlopen(f"http://127.0.0.1:{node.sniffed}/files/large", timeout=60) as answer:
        size = len(answer.read())
    suite.add("slow read: there is something to read", size == 4 << 20, f"{size} bytes")
    with Guard(node, node.sniffed) as guard:
        counts = _slowhttptest("read", ["-X", "-w", "512", "-y", "1024", "-n", "2", "-z", "64", "-k", "1", "-l", "15", "-p", "10",
                                        "-u", f"http://127.0.0.1:{node.sniffed}/files/large"])
        guard.report(suite, "slow read")
    suite.add("slow read: connections are slow, not refused", counts["connected"] + counts["closed"] >= CONNECTIONS, _counted(counts))


def _held(suite, node):
    unfinished = h2raw.frame(h2raw.HEADERS, h2raw.END_STREAM, 1, h2raw.block(((b":method", b"GET"),)))
    preface = h2raw.PREFACE + h2raw.frame(h2raw.SETTINGS, 0, 0)
    held = {
        "nothing": (node.sniffed, b""),
        "half a method": (node.sniffed, b"GE"),
        "half a request line": (node.sniffed, b"GET /a HT"),
        "half a head": (node.sniffed, b"GET /a HTTP/1.1\r\nHost: web\r\n"),
        "half of HTTP/2's preface": (node.sniffed, h2raw.PREFACE[:10]),
        "the beginning of a TLS handshake": (node.sniffed, b"\x16\x03\x01\x02\x00\x01"),
        "nothing where HTTP/2 is spoken": (node.http2, b""),
        "half of the preface where HTTP/2 is spoken": (node.http2, h2raw.PREFACE[:10]),
        "the preface without SETTINGS": (node.http2, h2raw.PREFACE),
        "half a frame": (node.http2, preface + unfinished[:12]),
        "HEADERS without END_HEADERS": (node.http2, preface + unfinished),
    }
    found = {}
    threads = [threading.Thread(target=lambda n=n, p=p, b=b: found.update({n: _ends(p, b)})) for n, (p, b) in held.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for name in held:
        suite.add(f"silence after {name}: the connection is closed", found[name], "" if found[name] else f"open after {PATIENCE} s")


def _ends(port, begin):
    """Whether a connection ends that said only this."""
    with socket.create_connection(("127.0.0.1", port), 10) as connection:
        connection.sendall(begin)
        end = time.monotonic() + PATIENCE
        try:
            while (left := end - time.monotonic()) > 0:
                connection.settimeout(left)
                if not connection.recv(65536):
                    return True
        except TimeoutError:
            pass  # the check says so
        except OSError:
            return True
    return False
