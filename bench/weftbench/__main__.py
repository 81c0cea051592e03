"""bench/run: every peer and Weft in one run, interleaved, medians and ratios round by round."""

import argparse
import json
import os
import resource
import sys
import time

from . import l4, load, machine, peers, report

STAGES = {
    "http1": (load.http1, ["nginx", "haproxy", "envoy", "weft", "weft-1000"]),
    "grpc": (load.grpc, ["nginx", "haproxy", "envoy", "weft"]),
    "mtls": (load.mtls, ["nginx", "haproxy", "envoy", "weft"]),
}


def arguments():
    parser = argparse.ArgumentParser(prog="bench/run", description=__doc__)
    parser.add_argument("--stages", default="http1,grpc,mtls,l4", help="some of http1, grpc, mtls, l4")
    parser.add_argument("--rounds", type=int, default=5, help="rounds per stage; medians need at least 5 (default 5)")
    parser.add_argument("--seconds", type=int, default=6, help="length of one sample (default 6)")
    parser.add_argument("--warm-up", type=int, default=180, help="most seconds of load before the first sample of Weft, whose code is compiled while it runs: it ends when the cost of a request no longer falls (default 180)")
    parser.add_argument("--max-foreign", type=float, default=0.15, help="wait while others use more than this many cores")
    parser.add_argument("--patience", type=float, default=120, help="most seconds to wait in all for a quiet machine")
    parser.add_argument("--output", choices=["table", "json"], default="table")
    return parser.parse_args()


def own_cpu():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def sample(stage, round_, name, programs, quiet, measure):
    """One measurement of one program, with what it cost and who disturbed it."""
    quiet.wait()
    pids = {n: p.pid for n, p in programs.running.items()}
    before = {n: machine.cpu_seconds(pid) for n, pid in pids.items()}
    busy, children, begin = machine.busy_seconds(), own_cpu(), time.monotonic()
    found = measure()
    seconds = time.monotonic() - begin
    cost = {n: machine.cpu_seconds(pid) - before[n] for n, pid in pids.items()}
    foreign = machine.busy_seconds() - busy - sum(cost.values()) - (own_cpu() - children)
    rss, pss = machine.resident_mb(pids[name])
    requests = found["requests"]
    return {
        **found,
        "stage": stage,
        "round": round_,
        "name": name,
        "cpu_ms_per_1000": cost[name] * 1e6 / requests if requests else None,
        "core_share": cost[name] / seconds,
        "rss_mb": rss,
        "pss_mb": pss,
        "foreign_cores": max(0.0, foreign / seconds),
    }


SLICE = 5  # seconds


STILL = 6  # slices: the compiler may stand still for some seconds before the last of the hot code is its turn


def warm_up(pid, measure, most):
    """Load until none of the latest slices was cheaper by 3 % than all before; seconds it took, and the cheapest slice's cost."""
    costs = []
    while True:
        before = machine.cpu_seconds(pid)
        requests = measure()["requests"]
        costs.append((machine.cpu_seconds(pid) - before) * 1e6 / max(1, requests))
        seconds, earlier = len(costs) * SLICE, costs[:-STILL]
        if seconds >= most or (earlier and min(costs[-STILL:]) > 0.97 * min(earlier)):
            return seconds, min(costs)


def run_stage(stage, options, quiet, samples, say):
    measure, names = STAGES[stage]
    programs = peers.Programs()
    try:
        programs.start_backends()
        present = [n for n in names if peers.command(n)]
        for name in present:
            programs.start_proxy(name)
        for name in present:
            if name.startswith("weft"):
                seconds, cost = warm_up(programs.running[name].pid, lambda: measure(peers.PORTS[name][stage], SLICE), options.warm_up)
                say(f"{stage} {name}: warm after {seconds} s, {cost:.2f} CPU ms per 1,000")
            else:
                measure(peers.PORTS[name][stage], 1)
        for round_ in range(options.rounds):
            shift = round_ % len(present)
            for name in present[shift:] + present[:shift]:
                port = peers.PORTS[name][stage]
                one = sample(stage, round_, name, programs, quiet, lambda: measure(port, options.seconds))
                samples.append(one)
                say(f"{stage} round {round_ + 1}/{options.rounds} {name}: {one['rate']:.0f}/s, {one['cpu_ms_per_1000'] or 0:.2f} CPU ms per 1,000, {one['bad']} bad")
    finally:
        programs.stop_all()


def main():
    options = arguments()
    say = lambda text: print(text, file=sys.stderr, flush=True)
    peers.prepare()
    quiet = machine.Quiet(options.max_foreign, options.patience)
    samples = []
    for stage in options.stages.split(","):
        if stage == "l4":
            l4.run(options, quiet, samples, say)
        elif stage in STAGES:
            run_stage(stage, options, quiet, samples, say)
        else:
            raise SystemExit(f"no stage '{stage}': use http1, grpc, mtls, l4")
    values = report.figures(samples)
    with open(os.path.join(peers.CACHE, "last.json"), "w") as out:
        json.dump({"options": vars(options), "samples": samples, "figures": values}, out, indent=1)
    if options.output == "json":
        print(json.dumps({**values, "samples": samples}))
    else:
        print(report.table(samples) + "\n\n" + report.bars(values))
        print(f"\nsamples: {os.path.join(peers.CACHE, 'last.json')}")
    wrong = sum(s["bad"] for s in samples if s["name"].startswith("weft"))
    if wrong:
        raise SystemExit(f"{wrong} requests through Weft failed")


if __name__ == "__main__":
    main()
