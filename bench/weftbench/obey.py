"""bench/obey: milliseconds from the write of an HTTPRoute to the first request that obeys it."""

import argparse
import http.client
import json
import ssl
import statistics
import sys
import time

PATH = "/apis/gateway.networking.k8s.io/v1/namespaces/bench-obey/httproutes/bench"


def arguments():
    parser = argparse.ArgumentParser(prog="bench/obey", description=__doc__)
    parser.add_argument("--edits", type=int, default=200, help="edits that are measured (default 200)")
    parser.add_argument("--output", choices=["table", "json"], default="table")
    parser.add_argument("--keys", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--api-server", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--gateway", required=True, help=argparse.SUPPRESS)
    return parser.parse_args()


def route(revision):
    """A route that puts its revision into every answer."""
    return {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "HTTPRoute",
        "metadata": {"name": "bench", "namespace": "bench-obey"},
        "spec": {
            "parentRefs": [{"name": "bench"}],
            "rules": [{
                "filters": [{"type": "ResponseHeaderModifier", "responseHeaderModifier": {"set": [{"name": "x-revision", "value": str(revision)}]}}],
                "backendRefs": [{"name": "echo", "port": 8080}],
            }],
        },
    }


class ApiServer:
    """Writes by server-side apply over one connection."""

    def __init__(self, address, keys):
        context = ssl.create_default_context(cafile=f"{keys}/certificate-authority")
        context.load_cert_chain(f"{keys}/client-certificate", f"{keys}/client-key")
        self.connection = http.client.HTTPSConnection(address, context=context, timeout=30)

    def apply(self, revision):
        self.connection.request(
            "PATCH", PATH + "?fieldManager=bench&force=true", json.dumps(route(revision)), {"Content-Type": "application/apply-patch+yaml"})
        answer = self.connection.getresponse()
        body = answer.read()
        if answer.status not in (200, 201):
            raise SystemExit(f"the API server answered {answer.status}: {body[:300]!r}")


class Gateway:
    """Asks over one connection; until the first route is obeyed a 404 is no failure."""

    def __init__(self, address):
        self.connection = http.client.HTTPConnection(address, 80, timeout=10)
        self.failed = 0
        self.obeyed = False

    def revision(self):
        self.connection.request("GET", "/")
        answer = self.connection.getresponse()
        answer.read()
        if answer.status == 200:
            self.obeyed = True
        elif self.obeyed:
            self.failed += 1
        return int(answer.headers.get("x-revision", 0))

    def await_revision(self, wanted):
        end = time.monotonic() + 30
        while self.revision() != wanted:
            if time.monotonic() > end:
                raise SystemExit(f"revision {wanted} was not obeyed within 30 s")


def main():
    options = arguments()
    api, gateway = ApiServer(options.api_server, options.keys), Gateway(options.gateway)
    from_write, from_answer = [], []
    for revision in range(1, options.edits + 21):  # the first 20 warm up
        written = time.monotonic()
        api.apply(revision)
        answered = time.monotonic()
        gateway.await_revision(revision)
        obeyed = time.monotonic()
        if revision > 20:
            from_write.append((obeyed - written) * 1000)
            from_answer.append((obeyed - answered) * 1000)
    result = {
        "edits": options.edits,
        "failed_requests": gateway.failed,
        "write_to_obeyed_ms": {"p50": statistics.median(from_write), "p99": percentile(from_write, 0.99), "max": max(from_write)},
        "answer_to_obeyed_ms": {"p50": statistics.median(from_answer), "p99": percentile(from_answer, 0.99), "max": max(from_answer)},
    }
    if options.output == "json":
        json.dump(result, sys.stdout, indent=2)
        print()
        return
    print(f"{options.edits} edits, {gateway.failed} failed requests")
    for key, label in (("write_to_obeyed_ms", "from the write"), ("answer_to_obeyed_ms", "from the API server's answer")):
        print(f"{label:30} p50 {result[key]['p50']:7.1f} ms   p99 {result[key]['p99']:7.1f} ms   max {result[key]['max']:7.1f} ms")


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


if __name__ == "__main__":
    main()
