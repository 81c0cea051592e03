"""The proxy under test and the programs behind it; everything is stopped at the end of a suite."""

import os
import re
import socket
import subprocess
import time
from dataclasses import dataclass

from . import install
from .h2raw import PREFACE, SETTINGS, frame

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
RUN = os.path.join(install.CACHE, "run")

NGINX = """{user}daemon off; worker_processes 1; pid {run}/nginx.pid; error_log {run}/nginx.err error;
events {{ worker_connections 4096; }}
http {{
  access_log off; default_type text/plain; types {{}} client_body_temp_path {run}/body;
  proxy_temp_path {run}/t1; fastcgi_temp_path {run}/t2; uwsgi_temp_path {run}/t3; scgi_temp_path {run}/t4;
  keepalive_timeout 3600s; keepalive_requests 1000000; client_body_timeout {body_timeout}s; client_max_body_size 0;
  server {{ listen 127.0.0.1:{port};
    location = / {{ return 200 "hello\\n"; }}
    location = /discard {{ proxy_pass http://127.0.0.1:{port}/; }}
    location /files/ {{ alias {run}/files/; }} }}
}}
"""


def free_port():
    """A port of loopback that nobody listens on at present."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _await_http2(port):
    """Waits until a proxy that listens also knows its services; before that it resets connections."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            with socket.create_connection(("127.0.0.1", port), 5) as connection:
                connection.sendall(PREFACE + frame(SETTINGS, 0, 0))
                if connection.recv(1):
                    return
        except OSError:
            time.sleep(0.05)
    raise SystemExit("the proxy listens, and answers no connection preface within 60 s")


def rss_mb(pid):
    """Resident memory of a process in MB."""
    with open(f"/proc/{pid}/status") as status:
        return int(re.search(r"VmRSS:\s+(\d+)", status.read()).group(1)) / 1024


@dataclass(frozen=True)
class Node:
    """A node's proxy and its ports: `sniffed` passes HTTP/1.1 and HTTP/2 as they come, `to_http1` translates HTTP/2,
    `http2` takes nothing else. 0: not asked for."""

    process: subprocess.Popen
    sniffed: int
    to_http1: int
    http2: int


class Programs:
    """What one suite has started. `with Programs(weft) as programs:` stops all of it."""

    def __init__(self, weft):
        self.weft = weft
        self.running = []

    def __enter__(self):
        os.makedirs(RUN, exist_ok=True)
        return self

    def __exit__(self, *_):
        for process in reversed(self.running):
            process.terminate()
        for process in reversed(self.running):
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def start(self, name, line, port):
        """Starts a program and waits until it listens."""
        path = os.path.join(RUN, name + ".log")
        with open(path, "w") as log:
            process = subprocess.Popen(line, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=RUN)
        self.running.append(process)
        end = time.monotonic() + 60
        while time.monotonic() < end and process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return process
            except OSError:
                time.sleep(0.05)
        with open(path) as log:
            raise SystemExit(f"{name} did not open port {port}; its log ends:\n{log.read()[-2000:]}")

    def node(self, *, http1_backend=0, http2_backend=0):
        """Starts a node's proxy that allows every method."""
        line, ports = [self.weft, "bench-node", "--open"], {}
        fronts = {"http1": http1_backend, "websocket": http1_backend, "grpc": http2_backend}
        for front in (name for name, backend in fronts.items() if backend):
            ports[front] = free_port()
            line.append(f"--{front}={ports[front]}")
        line += [f"--http1-backend={http1_backend}"] if http1_backend else []
        line += [f"--grpc-backend={http2_backend}"] if http2_backend else []
        last = list(ports.values())[-1]
        process = self.start("node", line, last)
        _await_http2(last)
        return Node(process, ports.get("http1", 0), ports.get("websocket", 0), ports.get("grpc", 0))

    def echo(self):
        """Starts `weft echo`, which speaks HTTP/1.1 and HTTP/2 on one port."""
        port = free_port()
        self.start("echo", [self.weft, "echo", f"--http={port}"], port)
        return port

    def nginx(self, *, body_timeout):
        """Starts nginx with `/`, with `/discard`, which reads bodies, and with `/files/large` of 4 MB."""
        port = free_port()
        os.makedirs(os.path.join(RUN, "files"), exist_ok=True)
        with open(os.path.join(RUN, "files", "large"), "wb") as out:
            out.write(b"0123456789abcdef" * (4 << 16))
        conf = os.path.join(RUN, "nginx.conf")
        with open(conf, "w") as out:
            user = "user root; " if os.geteuid() == 0 else ""  # the files are ours, and may lie where nobody else looks
            out.write(NGINX.format(user=user, run=RUN, port=port, body_timeout=body_timeout))
        self.start("nginx", [install.tool("nginx"), "-c", conf], port)
        return port

    def log(self, name):
        """What a program wrote."""
        with open(os.path.join(RUN, name + ".log"), errors="replace") as log:
            return log.read()
