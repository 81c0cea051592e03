"""Load generators on core 1; each returns what it counted."""

import json
import os
import re
import subprocess

from . import peers


def _run(line, seconds):
    done = subprocess.run(
        ["taskset", "-c", "1", *line], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=seconds + 40
    )
    return done.stdout


def http1(port, seconds, connections=32):
    """Tiny GETs over keep-alive connections, as many as go through."""
    out = _run(["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", f"http://127.0.0.1:{port}/"], seconds)
    total = re.search(r"(\d+) requests in", out)
    if not total:
        raise RuntimeError(f"wrk said: {out[-300:]}")
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)", out)
    errors = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", out)
    return {
        "requests": int(total.group(1)),
        "rate": float(re.search(r"Requests/sec:\s+([\d.]+)", out).group(1)),
        "bad": (int(bad.group(1)) if bad else 0) + (sum(map(int, errors.groups())) if errors else 0),
        "p50_ms": _percentile(out, "50"),
        "p99_ms": _percentile(out, "99"),
    }


def _percentile(out, which):
    # Anchored: the Stdev column of another line can hold the same digits.
    found = re.search(rf"(?m)^\s+{which}(?:\.000)?%\s+([\d.]+)(us|ms|s)", out)
    return float(found.group(1)) * {"us": 1e-3, "ms": 1.0, "s": 1e3}[found.group(2)] if found else None


def grpc(port, seconds):
    """gRPC-shaped unary calls: 8 connections with 16 streams each."""
    out = _run(
        ["h2load", "-t1", "-c8", "-m16", "-D", str(seconds), "--warm-up-time=0", "-d", os.path.join(peers.RUN, "request.grpc"),
         "-H", "content-type: application/grpc", "-H", "te: trailers", f"http://127.0.0.1:{port}/bench.Echo/Unary.g"],
        seconds,
    )
    found = re.search(r"(\d+) total, \d+ started, (\d+) done, (\d+) succeeded, (\d+) failed, (\d+) errored", out)
    if not found:
        raise RuntimeError(f"h2load said: {out[-300:]}")
    succeeded = int(found.group(3))
    return {"requests": succeeded, "rate": succeeded / seconds, "bad": int(found.group(4))}


def mtls(port, seconds):
    """New mutual TLS 1.3 connections, one GET each."""
    out = _run(
        [os.path.join(peers.CACHE, "hsbench"), "-d", f"{seconds}s", "-c", "16", "-addr", f"127.0.0.1:{port}",
         "-cert", os.path.join(peers.CERTS, "client.pem"), "-key", os.path.join(peers.CERTS, "client.key")],
        seconds,
    )
    said = json.loads(out.strip().splitlines()[-1])
    return {"requests": said["ok"], "rate": said["rate"], "bad": said["fail"], "p50_ms": said["p50_ms"], "p99_ms": said["p99_ms"], "error": said["err"]}
