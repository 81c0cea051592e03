"""bench/scale: initial load, cost of an edit at 50 and at 5,000 routes, and a fleet of 1,000 simulated nodes."""

import argparse
import json
import os
import queue
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

from . import machine

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
WEFT = os.path.join(ROOT, "weft")
PROGRAMMED = re.compile(r'type: "?weft.dev/Programmed"?\n\s+status: "?True"?')


def arguments():
    parser = argparse.ArgumentParser(prog="bench/scale", description=__doc__)
    parser.add_argument("--routes", type=int, default=5000, help="HTTPRoutes of the large mesh (default 5,000)")
    parser.add_argument("--services", type=int, default=2000, help="Services of the large mesh (default 2,000)")
    parser.add_argument("--small", type=int, default=50, help="HTTPRoutes of the small mesh (default 50)")
    parser.add_argument("--edits", type=int, default=300, help="edits, one after the other, that are measured (default 300)")
    parser.add_argument("--nodes", type=int, default=1000, help="simulated nodes of the fleet (default 1,000)")
    parser.add_argument("--rate", type=int, default=100, help="edits a second under the fleet (default 100)")
    parser.add_argument("--seconds", type=int, default=20, help="how long the fleet is edited under (default 20)")
    parser.add_argument("--only", choices=["edits", "fleet"], help="one half of it")
    parser.add_argument("--output", choices=["table", "json"], default="table")
    return parser.parse_args()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Folder:
    """The objects of a mesh, one file each, as the control plane reads them."""

    def __init__(self, path, nodes, routes, services):
        self.path = path
        self.revision = 0
        os.makedirs(path)
        self.services = services
        self._write("base", BASE)
        for i in range(nodes):
            self._write(f"node-{i}", NODE.format(i=i, a=10 + i // 250, b=i % 250 + 1, c=100 + i // 256, d=i % 256))
        for i in range(services):
            self._write(f"service-{i}", SERVICE.format(i=i, a=i // 250, b=i % 250 + 1))
        for i in range(routes):
            self.route(i)

    def route(self, i):
        """Writes route i with content it never had before; returns the name of its resource."""
        self.revision += 1
        self._write(f"route-{i}", ROUTE.format(i=i, service=i % self.services, revision=self.revision))
        return f"httproute/bench/route-{i}"

    def _write(self, name, text):
        target = os.path.join(self.path, name + ".yaml")
        with open(target + ".new", "w") as out:
            out.write(text)
        os.rename(target + ".new", target)


class Fleet:
    """weft bench-fleet, and what it says."""

    def __init__(self, run, port, nodes):
        trust = os.path.join(run, "control-plane", "ca.pem")
        tokens = os.path.join(run, "control-plane", "tokens")
        self.process = subprocess.Popen(
            [WEFT, "bench-fleet", "--control-plane", f"127.0.0.1:{port}", "--trust", trust, "--tokens", tokens, "--nodes", str(nodes)],
            env={**os.environ, "WEFT_NO_BUILD": "1", "WEFT_JAVA_OPTS": "-Xmx2g"},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.events = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            event = json.loads(line)
            if event["event"] == "lost":
                print(f"  lost {event['node']}: {event['status']}", file=sys.stderr)
            self.events.put(event)

    def wait(self, wanted, seconds=300):
        """The next event that is wanted; others are dropped."""
        end = time.monotonic() + seconds
        while True:
            try:
                event = self.events.get(timeout=max(0.01, end - time.monotonic()))
            except queue.Empty:
                raise SystemExit(f"the fleet did not say what was waited for within {seconds} s") from None
            if wanted(event):
                return event

    def sums(self):
        self.process.stdin.write("?\n")
        self.process.stdin.flush()
        return self.wait(lambda event: event["event"] == "sums")

    def stop(self):
        self.process.stdin.close()
        self.process.wait(timeout=60)


class Mesh:
    """A control plane over a folder, with a fleet that holds everything."""

    def __init__(self, say, nodes, routes, services):
        self.run = tempfile.mkdtemp(prefix="weft-scale-")
        self.routes = routes
        self.seen = set()
        port = free_port()
        self.folder = Folder(os.path.join(self.run, "objects"), nodes, routes, services)
        begin = time.monotonic()
        self.log = open(os.path.join(self.run, "control-plane.log"), "w")
        self.control_plane = subprocess.Popen(
            [WEFT, "control-plane", "--folder", self.folder.path, "--run", self.run, "--listen", f"127.0.0.1:{port}"],
            env={**os.environ, "WEFT_NO_BUILD": "1"}, stdout=self.log, stderr=self.log)
        self.fleet = None
        try:
            self._until(lambda: self._listening(), "the control plane does not listen")
            self.translated_seconds = time.monotonic() - begin
            self.fleet = Fleet(self.run, port, nodes)
            self.fleet.wait(lambda event: event["event"] == "complete", 600)
            self.loaded_seconds = time.monotonic() - begin
            self._until(self._programmed, "not every route became Programmed")
            self.programmed_seconds = time.monotonic() - begin
            say(f"{routes} routes, {services} services, {nodes} nodes: loaded in {self.loaded_seconds:.1f} s, statuses after {self.programmed_seconds:.1f} s")
        except BaseException:
            self.stop()
            raise

    def _until(self, condition, problem):
        for _ in range(6000):
            if condition():
                return
            if self.control_plane.poll() is not None:
                raise SystemExit(f"{problem}: it ended with {self.control_plane.returncode}\n{self._last_words()}")
            time.sleep(0.05)
        raise SystemExit(f"{problem} within 300 s\n{self._last_words()}")

    def _last_words(self):
        """The end of the control plane's log, which goes with the mesh."""
        with open(self.log.name) as log:
            return "".join(log.readlines()[-10:]).rstrip()

    def _listening(self):
        with open(self.log.name) as log:
            return "serves nodes" in log.read()

    def _programmed(self):
        """Every route has a status that says the nodes hold it."""
        status = os.path.join(self.run, "status")
        for i in range(self.routes):
            if i not in self.seen:
                try:
                    with open(os.path.join(status, f"httproute.bench.route-{i}.yaml")) as file:
                        text = file.read()
                except FileNotFoundError:
                    return False
                if not PROGRAMMED.search(text):
                    return False
                self.seen.add(i)
        return True

    def cpu(self):
        return machine.cpu_seconds(self.control_plane.pid)

    def rss(self):
        return machine.resident_mb(self.control_plane.pid)[0]

    def stop(self):
        if self.fleet:
            self.fleet.stop()
        self.control_plane.terminate()
        self.control_plane.wait(timeout=60)
        self.log.close()
        shutil.rmtree(self.run)


def edits(mesh, routes, count):
    """Edits one after the other, each awaited at every node: CPU a piece and latencies."""

    def one(i):
        written = time.monotonic_ns()
        name = mesh.folder.route(i % routes)
        event = mesh.fleet.wait(lambda e: e["event"] == "arrived" and e["resource"] == name, 30)
        return (event["last_ns"] - written) / 1e6

    for i in range(count):  # the same number again warms the JIT up
        one(i)
    before = mesh.cpu()
    latencies = sorted(one(i) for i in range(count))
    return {
        "cpu_ms_per_edit": (mesh.cpu() - before) * 1000 / count,
        "p50_ms": statistics.median(latencies),
        "p99_ms": latencies[int(len(latencies) * 0.99) - 1],
    }


def fleet(mesh, routes, rate, seconds):
    """Edits at a rate, whether or not the nodes keep up."""
    before, cpu = mesh.fleet.sums(), mesh.cpu()
    begin = time.monotonic()
    largest = 0.0
    for i in range(rate * seconds):
        mesh.folder.route(i % routes)
        if i % rate == 0:
            largest = max(largest, mesh.rss())
        time.sleep(max(0.0, begin + (i + 1) / rate - time.monotonic()))
    last = mesh.folder.route(routes)
    written = time.monotonic()
    mesh.fleet.wait(lambda e: e["event"] == "arrived" and e["resource"] == last, 300)
    late = time.monotonic() - written
    took = time.monotonic() - begin
    after = mesh.fleet.sums()
    sent = {key: after[key] - before[key] for key in ("updates", "resources", "bytes")}
    return {
        "last_edit_seconds": late,
        "edits_per_second": rate * seconds / took,
        "updates_per_second": sent["updates"] / took,
        "bytes_per_resource": sent["bytes"] / max(1, sent["resources"]),
        "resources_per_update": sent["resources"] / max(1, sent["updates"]),
        "cores": (mesh.cpu() - cpu) / took,
        "rss_mb": max(largest, mesh.rss()),
        "lost": after["lost"],
    }


def main():
    options = arguments()
    say = lambda text: print(text, file=sys.stderr, flush=True)
    subprocess.run([WEFT, "--version"], check=True, stdout=subprocess.DEVNULL)
    found = {}
    if options.only != "fleet":
        for key, routes in (("small", options.small), ("large", options.routes)):
            mesh = Mesh(say, 2, routes, options.services)
            try:
                found[key] = {"programmed_seconds": mesh.programmed_seconds, **edits(mesh, routes, options.edits), "rss_mb": mesh.rss()}
            finally:
                mesh.stop()
            say(f"{key}: {found[key]}")
    if options.only != "edits":
        mesh = Mesh(say, options.nodes, options.small, options.small)
        try:
            found["fleet"] = fleet(mesh, options.small, options.rate, options.seconds)
        finally:
            mesh.stop()
    figures = {}
    if "large" in found:
        figures = {
            "edit_cost_ratio": found["large"]["cpu_ms_per_edit"] / found["small"]["cpu_ms_per_edit"],
            "programmed_seconds": found["large"]["programmed_seconds"],
            "rss_mb": found["large"]["rss_mb"],
            "watch_to_node_p99_ms": found["large"]["p99_ms"],
        }
    if "fleet" in found:
        figures["fleet_last_edit_seconds"] = found["fleet"]["last_edit_seconds"]
    if options.output == "json":
        print(json.dumps({**figures, "measured": found}))
        return
    for key, values in found.items():
        print(key + ": " + ", ".join(f"{name} {value:.2f}" for name, value in values.items()))
    print()
    for key, text in BARS.items():
        if key in figures:
            print(text.format(value=figures[key], options=options))


BARS = {
    "edit_cost_ratio": "an edit among {options.routes} routes ÷ among {options.small}, {options.services} Services: {value:.2f} (bar ≤ 2)",
    "programmed_seconds": "initial load to all Programmed: {value:.1f} s (bar ≤ 60)",
    "rss_mb": "control plane resident: {value:.0f} MB (bar ≤ 500)",
    "watch_to_node_p99_ms": "from the write to the last node, p99: {value:.1f} ms (bar ≤ 100)",
    "fleet_last_edit_seconds": "{options.nodes} nodes, {options.rate} edits/s: the last edit was everywhere after {value:.2f} s",
}

BASE = """apiVersion: v1
kind: Namespace
metadata: {name: bench}
---
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: {name: weft}
spec: {controllerName: weft.dev/gateway-controller}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: front, namespace: bench}
spec:
  gatewayClassName: weft
  listeners: [{name: http, port: 80, protocol: HTTP}]
"""

NODE = """apiVersion: v1
kind: Node
metadata: {{name: node-{i}}}
spec: {{podCIDR: 10.{c}.{d}.0/24}}
status: {{addresses: [{{type: InternalIP, address: 192.168.{a}.{b}}}]}}
"""

SERVICE = """apiVersion: v1
kind: Service
metadata: {{name: service-{i}, namespace: bench}}
spec:
  clusterIP: 10.96.{a}.{b}
  ports: [{{name: http, port: 80, targetPort: 8080, appProtocol: http}}]
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {{name: service-{i}-1, namespace: bench, labels: {{kubernetes.io/service-name: service-{i}}}}}
addressType: IPv4
ports: [{{name: http, port: 8080, protocol: TCP}}]
endpoints: [{{addresses: [10.97.{a}.{b}], conditions: {{ready: true}}}}]
"""

ROUTE = """apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {{name: route-{i}, namespace: bench}}
spec:
  parentRefs: [{{name: front}}]
  hostnames: [host-{i}.example.com]
  rules:
    - matches: [{{headers: [{{name: x-revision, value: "{revision}"}}]}}]
      backendRefs: [{{name: service-{service}, port: 80}}]
    - backendRefs: [{{name: service-{service}, port: 80}}]
"""

if __name__ == "__main__":
    main()
