"""From samples to figures: medians, and ratios taken round by round."""

import statistics


def median(values):
    values = [v for v in values if v is not None]
    return statistics.median(values) if values else None


def ratio(samples, stage, key, name, base):
    """Median over rounds of name's figure divided by base's figure in the same round."""
    mine = {s["round"]: s[key] for s in samples if s["stage"] == stage and s["name"] == name}
    theirs = {s["round"]: s[key] for s in samples if s["stage"] == stage and s["name"] == base}
    return median([mine[r] / theirs[r] for r in mine if theirs.get(r) and mine[r]])


# The figures that have a bar: JSON key, what it says, bar, whether more is better.
BARS = [
    ("http1_rps_vs_nginx", "HTTP/1.1 requests/s ÷ nginx", 0.85, True),
    ("http1_cpu_vs_envoy", "HTTP/1.1 CPU per 1,000 requests ÷ Envoy", 0.6, False),
    ("routes_1000_vs_1", "CPU per 1,000 requests, 1,000 routes ÷ 1 route", 1.1, False),
    ("grpc_rps_vs_envoy", "gRPC unary requests/s ÷ Envoy", 2.0, True),
    ("mtls_conn_vs_envoy", "new mTLS connections/s ÷ Envoy", 0.9, True),
    ("rss_mb", "resident memory of the node process under load, MB", 220, False),
    ("l4_cpu_vs_kernel", "pod to pod through eBPF, CPU per round trip ÷ kernel forwarding", 1.0, False),
]


def figures(samples):
    """All figures with a bar that this run has samples for."""
    values = {
        "http1_rps_vs_nginx": ratio(samples, "http1", "rate", "weft", "nginx"),
        "http1_cpu_vs_envoy": ratio(samples, "http1", "cpu_ms_per_1000", "weft", "envoy"),
        "routes_1000_vs_1": ratio(samples, "http1", "cpu_ms_per_1000", "weft-1000", "weft"),
        "grpc_rps_vs_envoy": ratio(samples, "grpc", "rate", "weft", "envoy"),
        "mtls_conn_vs_envoy": ratio(samples, "mtls", "rate", "weft", "envoy"),
        "rss_mb": max((s["rss_mb"] for s in samples if s["name"] == "weft"), default=None),
        "l4_cpu_vs_kernel": ratio(samples, "l4", "cpu_ms_per_1000", "weft-l4", "kernel"),
    }
    return {key: round(value, 3) for key, value in values.items() if value is not None}


def table(samples):
    """One row for each stage and program."""
    rows = [("stage", "program", "rate/s", "p50 ms", "p99 ms", "CPU ms/1000", "RSS MB", "others", "bad", "n")]
    seen = dict.fromkeys((s["stage"], s["name"]) for s in samples)
    for stage, name in seen:
        mine = [s for s in samples if (s["stage"], s["name"]) == (stage, name)]
        of = lambda key, digits: _text(median([s.get(key) for s in mine]), digits)
        rows.append(
            (stage, name, of("rate", 0), of("p50_ms", 3), of("p99_ms", 3), of("cpu_ms_per_1000", 2), of("rss_mb", 0),
             of("foreign_cores", 2), str(sum(s["bad"] for s in mine)), str(len(mine)))
        )
    return "\n".join(_align(rows))


def bars(values):
    """One line for each figure: value, bar, met or not."""
    rows = [("figure", "value", "bar", "")]
    for key, what, bar, more in BARS:
        value = values.get(key)
        met = value is not None and (value >= bar if more else value <= bar)
        rows.append((what, _text(value, 2), ("≥ " if more else "≤ ") + str(bar), "not measured" if value is None else "met" if met else "MISSED"))
    return "\n".join(_align(rows))


def _text(value, digits):
    return "-" if value is None else f"{value:.{digits}f}"


def _align(rows):
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        yield "  ".join(cell.ljust(w) if i < 2 else cell.rjust(w) for i, (cell, w) in enumerate(zip(row, widths))).rstrip()
