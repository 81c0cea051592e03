"""gRPC's own interoperability tests through the proxy: grpc-go's client against grpc-go's server."""

import subprocess

from . import install, report
from .programs import Programs, free_port

# All cases of the client but those that need TLS or Google's credentials, and pick_first_unary, orca_per_rpc and
# orca_oob, which grpc-go's own client and server do not pass without a proxy between them.
CASES = [
    "empty_unary",
    "large_unary",
    "client_streaming",
    "server_streaming",
    "ping_pong",
    "empty_stream",
    "timeout_on_sleeping_server",
    "cancel_after_begin",
    "cancel_after_first_response",
    "status_code_and_message",
    "special_status_message",
    "custom_metadata",
    "unimplemented_method",
    "unimplemented_service",
    "rpc_soak",
    "channel_soak",
]
SOAK = ["-soak_iterations=200", "-soak_num_threads=4", "-soak_overall_timeout_seconds=120",
        "-soak_per_iteration_max_acceptable_latency_ms=30000"]


def run(options):
    """One suite."""
    client, server = install.tool("grpc-interop-client"), install.tool("grpc-interop-server")
    suite = report.Suite("grpc-interop")
    with Programs(options.weft) as programs:
        backend = free_port()
        programs.start("grpc-interop-server", [server, f"-port={backend}"], backend)
        port = programs.node(http2_backend=backend).http2
        for case in CASES:
            line = [client, "-server_host=127.0.0.1", f"-server_port={port}", f"-test_case={case}"]
            line += SOAK if case.endswith("_soak") else []
            try:
                done = subprocess.run(line, capture_output=True, text=True, timeout=180)
                said = (done.stdout + done.stderr).strip().splitlines()
                suite.add(case, done.returncode == 0, "" if done.returncode == 0 else " ".join(said[-2:])[-300:])
            except subprocess.TimeoutExpired:
                suite.add(case, False, "no end within 180 s")
    return [report.compare(suite)]
