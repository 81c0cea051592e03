"""The programs under test, the backends behind them, and how they are started and stopped."""

import glob
import os
import shutil
import socket
import struct
import subprocess
import time

BENCH = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ROOT = os.path.dirname(BENCH)
CACHE = os.environ.get("WEFT_BENCH_CACHE") or os.path.join(
    os.environ.get("XDG_CACHE_HOME", os.path.expanduser("~/.cache")), "weft", "bench"
)
RUN = os.path.join(CACHE, "run")
CERTS = os.path.join(CACHE, "certs")
FILES = os.path.join(CACHE, "files")

# Where each program listens: plain HTTP/1.1, HTTP/2 with prior knowledge, mutual TLS.
PORTS = {
    "nginx": {"http1": 8101, "grpc": 8102, "mtls": 8103},
    "haproxy": {"http1": 8201, "grpc": 8202, "mtls": 8203},
    "envoy": {"http1": 8301, "grpc": 8302, "mtls": 8303},
    "weft": {"http1": 8601, "grpc": 8602, "mtls": 8603},
    "weft-1000": {"http1": 8611},
}
BACKEND_HTTP1 = 9080
RECEIVER = 9317  # of Weft's telemetry: 1 % of requests are sampled
BACKEND_GRPC = 9090


def prepare():
    """Writes configurations, certificates and the files the backends serve."""
    for folder in (RUN, CERTS, FILES, os.path.join(FILES, "bench.Echo")):
        os.makedirs(folder, exist_ok=True)
    for name in os.listdir(os.path.join(BENCH, "peers")):
        with open(os.path.join(BENCH, "peers", name)) as template:
            text = template.read()
        for word, value in (("@RUN@", RUN), ("@CERTS@", CERTS), ("@FILES@", FILES)):
            text = text.replace(word, value)
        with open(os.path.join(RUN, name), "w") as out:
            out.write(text)
    message = b"\0" + struct.pack(">I", 64) + b"x" * 64  # gRPC: not compressed, 64 bytes
    for path in (os.path.join(FILES, "bench.Echo", "Unary.g"), os.path.join(RUN, "request.grpc")):
        with open(path, "wb") as out:
            out.write(message)
    with open(os.path.join(RUN, "mime.grpc"), "w") as out:
        out.write("application/grpc g\n")
    _certificates()


def _certificates():
    if os.path.exists(os.path.join(CERTS, "client.pem")):
        return
    _openssl("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem -days 3650 -subj /CN=bench"
             " -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign")
    for name, san in (
        ("server", "DNS:localhost,IP:127.0.0.1,URI:spiffe://cluster.local/ns/bench/sa/server"),
        ("client", "URI:spiffe://cluster.local/ns/bench/sa/client"),
    ):
        with open(os.path.join(CERTS, name + ".ext"), "w") as out:
            out.write(f"subjectAltName={san}\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth,clientAuth\nbasicConstraints=critical,CA:FALSE\n")
        _openssl(f"req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout {name}.key -out {name}.csr -subj /CN={name}")
        _openssl(f"x509 -req -in {name}.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 3650 -out {name}.pem -extfile {name}.ext")
        with open(os.path.join(CERTS, name + "-all.pem"), "w") as out:
            for part in (name + ".pem", name + ".key"):
                with open(os.path.join(CERTS, part)) as pem:
                    out.write(pem.read())


def _openssl(arguments):
    subprocess.run(["openssl", *arguments.split()], cwd=CERTS, check=True, capture_output=True)


def command(name):
    """Command line of a program under test, or None where it is not installed."""
    conf = lambda file: os.path.join(RUN, file)
    if name == "nginx":
        return _found(["nginx", "-c", conf("nginx.conf")])
    if name == "haproxy":
        return _found(["haproxy", "-f", conf("haproxy.cfg")])
    if name == "envoy":
        binaries = glob.glob(os.path.join(CACHE, "venv/lib/python3*/site-packages/envoy/_bin/envoy"))
        return binaries and [binaries[0], "-c", conf("envoy.yaml"), "--concurrency", "1", "--disable-hot-restart", "-l", "error"]
    routes = "1000" if name == "weft-1000" else "1"
    ports = PORTS[name]
    listen = [f"--{kind}={port}" for kind, port in ports.items()]
    return [os.path.join(ROOT, "weft"), "bench-node", "--routes", routes, "--certificates", CERTS,
            "--otlp", f"127.0.0.1:{RECEIVER}", *listen]


def _found(line):
    return line if shutil.which(line[0]) else None


class Programs:
    """Everything this run has started; stopped together."""

    def __init__(self):
        self.running = {}

    def start(self, name, line, core):
        log = open(os.path.join(RUN, name + ".log"), "w")
        self.running[name] = subprocess.Popen(
            ["taskset", "-c", str(core), *line], stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=RUN
        )

    def start_backends(self):
        self.start("backend-http1", ["nginx", "-c", os.path.join(RUN, "backend.conf")], 1)
        self.start(
            "backend-grpc",
            ["nghttpd", "--no-tls", "-n", "1", "-m", "1000", "-d", FILES, "--mime-types-file", os.path.join(RUN, "mime.grpc"),
             "--trailer", "grpc-status: 0", "-a", "127.0.0.1", str(BACKEND_GRPC)],
            1,
        )
        self.start("receiver", [os.path.join(ROOT, "weft"), "bench-receiver", "--port", str(RECEIVER)], 1)
        self.await_port("receiver", RECEIVER)
        self.await_port("backend-http1", BACKEND_HTTP1)
        self.await_port("backend-grpc", BACKEND_GRPC)

    def start_proxy(self, name):
        self.start(name, command(name), 0)
        for port in PORTS[name].values():
            self.await_port(name, port)

    def await_port(self, name, port, seconds=30):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.running[name].poll() is not None:
                break
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return
            except OSError:
                time.sleep(0.05)
        with open(os.path.join(RUN, name + ".log")) as log:
            raise SystemExit(f"{name} did not open port {port}; its log ends:\n{log.read()[-2000:]}")

    def stop(self, name):
        process = self.running.pop(name)
        process.terminate()
        try:
            process.wait(8)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def stop_all(self):
        for name in list(self.running):
            self.stop(name)
