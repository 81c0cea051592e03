"""Gets the borrowed suites, outside of the source tree. Idempotent."""

import os
import shutil
import subprocess
import sys

CACHE = os.environ.get("WEFT_CONFORMANCE_CACHE") or os.path.join(
    os.environ.get("XDG_CACHE_HOME", os.path.expanduser("~/.cache")), "weft", "conformance"
)
BIN = os.path.join(CACHE, "bin")

# name -> (binary that `go install` makes, module). The versions are the ones whose results are written down.
GO_TOOLS = {
    "h2spec": ("h2spec", "github.com/summerwind/h2spec/cmd/h2spec@v2.2.1+incompatible"),
    "grpc-interop-client": ("client", "google.golang.org/grpc/interop/client@v1.85.0"),
    "grpc-interop-server": ("server", "google.golang.org/grpc/interop/server@v1.85.0"),
}
DEBIAN = {"slowhttptest": "slowhttptest", "nginx": "nginx-light"}


def tool(name):
    """Path of a tool; installs it on first use."""
    return _go_tool(name) if name in GO_TOOLS else _debian_tool(name)


def _say(text):
    print(text, file=sys.stderr, flush=True)


def _go_tool(name):
    path = os.path.join(BIN, name)
    binary, module = GO_TOOLS[name]
    stamp = path + ".version"
    if os.path.exists(path) and os.path.exists(stamp) and open(stamp).read() == module:
        return path
    _say(f"building {module} (once)")
    build = os.path.join(CACHE, "build-" + name)
    os.makedirs(build, exist_ok=True)
    os.makedirs(BIN, exist_ok=True)
    environment = dict(os.environ, GOBIN=build, GOFLAGS="-buildvcs=false -p=1 -trimpath")
    line = ["nice", "-n", "10", _found("go") or _no_go(), "install", "-ldflags=-s -w", module]
    done = subprocess.run(line, cwd=build, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"could not build {module}:\n{done.stderr[-2000:]}")
    os.replace(os.path.join(build, binary), path)
    with open(stamp, "w") as out:
        out.write(module)
    shutil.rmtree(build)
    return path


def _no_go():
    raise SystemExit("conformance/http needs Go 1.25 or newer on the PATH, to build the borrowed suites")


def _found(name):
    search = os.pathsep.join([os.environ.get("PATH", ""), "/usr/local/go/bin", "/usr/sbin", "/sbin"])
    return shutil.which(name, path=search)


def _debian_tool(name):
    path = _found(name)
    if path:
        return path
    package = DEBIAN[name]
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise SystemExit(f"conformance/http needs {name}: apt-get install {package}")
    _say(f"installing {package}")
    os.makedirs(CACHE, exist_ok=True)
    install = ["apt-get", "install", "-y", "--no-install-recommends", package]
    with open(os.path.join(CACHE, "apt.log"), "w") as log:
        for line in (install, ["apt-get", "update"], install):
            if subprocess.run(line, stdout=log, stderr=log).returncode == 0 and line is install:
                break
    path = _found(name)
    if not path:
        raise SystemExit(f"could not install {package}; see {CACHE}/apt.log")
    return path
