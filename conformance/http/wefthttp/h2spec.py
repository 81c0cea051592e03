"""h2spec against a port for HTTP/2 only, and against one that finds out what is spoken and translates to HTTP/1.1."""

import os
import subprocess
import xml.etree.ElementTree

from . import install, report
from .programs import RUN, Programs


def run(options):
    """Two suites: HTTP/2 to HTTP/2, and HTTP/2 translated to HTTP/1.1."""
    binary = install.tool("h2spec")
    with Programs(options.weft) as programs:
        echo = programs.echo()
        node = programs.node(http1_backend=echo, http2_backend=echo)
        return [_against(binary, "h2spec-http2", node.http2), _against(binary, "h2spec-to-http1", node.to_http1)]


def _against(binary, name, port):
    suite = report.Suite(name)
    path = os.path.join(RUN, name + ".xml")
    line = [binary, "--strict", "--timeout", "4", "--port", str(port), "--junit-report", path]
    done = subprocess.run(line, capture_output=True, text=True, timeout=600)
    if not os.path.exists(path):
        raise SystemExit(f"h2spec wrote no report:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    for group in xml.etree.ElementTree.parse(path).getroot().iter("testsuite"):
        for number, case in enumerate(group.iter("testcase"), 1):
            suite.cases.append(_case(f"{case.get('package')}/{number}", case))
    os.remove(path)
    return report.compare(suite)


def _case(name, case):
    title = case.get("classname")
    for kind, state in (("failure", "failed"), ("error", "failed"), ("skipped", "skipped")):
        found = case.find(kind)
        if found is not None:
            text = " ".join((found.text or "").split())
            return report.Case(name, state, f"{title}: {text}" if text else title)
    return report.Case(name, "passed", title)
