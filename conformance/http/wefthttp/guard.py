"""What must stay true while somebody misbehaves: good clients are served, and memory stays bounded."""

import http.client
import threading
import time

from .programs import rss_mb

# What the proxy's resident memory may grow by under attack. Its heap may grow by 112 MB (-Xms16m -Xmx128m); what
# hundreds of connections hold in buffers must be far less than what they could send.
GROWTH_MB = 100


class Guard:
    """Good clients from two addresses and a sampler of memory, from `with` to its end."""

    def __init__(self, node, port):
        self.node, self.port = node, port
        self.served, self.failures = 0, []
        self.stop = threading.Event()
        self.lock = threading.Lock()

    def __enter__(self):
        for _ in range(300):
            self._get("127.0.0.1")  # what a first request costs is not the attacker's doing
        if self.failures:
            raise SystemExit(f"the proxy serves nobody: {self.failures[0]}")
        self.before = self.peak = rss_mb(self.node.process.pid)
        self.threads = [threading.Thread(target=self._clients, args=(source,)) for source in ("127.0.0.1", "127.0.0.2")]
        self.threads.append(threading.Thread(target=self._memory))
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        for thread in self.threads:
            thread.join()

    def _clients(self, source):
        while not self.stop.wait(0.1):
            self._get(source)

    def _get(self, source):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20, source_address=(source, 0))
            connection.request("GET", "/", headers={"Host": "web"})
            status = connection.getresponse().status
            connection.close()
            wrong = "" if status == 200 else f"status {status}"
        except OSError as error:
            wrong = repr(error)
        with self.lock:
            if wrong:
                self.failures.append(f"{source}: {wrong}")
            else:
                self.served += 1

    def _memory(self):
        while not self.stop.wait(0.2):
            self.peak = max(self.peak, rss_mb(self.node.process.pid))

    def report(self, suite, name):
        """Adds what good clients and memory say, once the attack is over."""
        time.sleep(0.5)
        served = f"{self.served} good requests served, {len(self.failures)} not"
        suite.add(f"{name}: good clients", not self.failures, served + (f": {self.failures[0]}" if self.failures else ""))
        after = rss_mb(self.node.process.pid)
        memory = f"{self.before:.0f} MB before, {self.peak:.0f} at most, {after:.0f} after"
        suite.add(f"{name}: memory", self.peak - self.before <= GROWTH_MB, memory)
