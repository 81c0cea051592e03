"""Pod to pod on one node: Weft's programs against plain kernel forwarding, one-byte round trips."""

import json
import os
import subprocess
import time

from . import machine, peers

PREFIX = "weft-bench-"
PORT = 9000
SIDES = {
    # name: (router, client, server, server's address)
    "kernel": (PREFIX + "router", PREFIX + "kc", PREFIX + "ks", "10.250.2.2"),
    "weft-l4": (PREFIX + "node", PREFIX + "wc", PREFIX + "ws", "10.250.9.3"),
}


def ip(*arguments):
    subprocess.run(["ip", *arguments], check=True, capture_output=True, text=True)


def inside(namespace, line):
    return ["ip", "netns", "exec", namespace, *line]


def remove():
    """Deletes what this or an earlier, killed run made; their devices go with the namespaces."""
    listed = subprocess.run(["ip", "netns", "list"], check=True, capture_output=True, text=True).stdout
    for line in listed.splitlines():
        if line.startswith(PREFIX):
            ip("netns", "delete", line.split()[0])


def forwarding():
    """client - router - server, routed by the kernel."""
    router, client, server, _ = SIDES["kernel"]
    for namespace in (router, client, server):
        ip("netns", "add", namespace)
        ip("-n", namespace, "link", "set", "lo", "up")
    for host, number in ((client, 1), (server, 2)):
        device = f"to{number}"
        ip("-n", router, "link", "add", device, "type", "veth", "peer", "name", "eth0", "netns", host)
        ip("-n", router, "address", "add", f"10.250.{number}.1/24", "dev", device)
        ip("-n", router, "link", "set", device, "up")
        ip("-n", host, "address", "add", f"10.250.{number}.2/24", "dev", "eth0")
        ip("-n", host, "link", "set", "eth0", "up")
        ip("-n", host, "route", "add", "default", "via", f"10.250.{number}.1")
    subprocess.run(inside(router, ["sysctl", "-qw", "net.ipv4.ip_forward=1"]), check=True)


def datapath():
    """The same with Weft's programs in the middle; returns the process that holds them."""
    node, client, server, _ = SIDES["weft-l4"]
    for namespace in (node, client, server):
        ip("netns", "add", namespace)
        ip("-n", namespace, "link", "set", "lo", "up")
    ip("-n", node, "link", "add", "uplink", "type", "veth", "peer", "name", "nowhere")
    ip("-n", node, "address", "add", "10.250.8.1/24", "dev", "uplink")
    ip("-n", node, "link", "set", "uplink", "up")
    line = [os.path.join(peers.ROOT, "weft"), "bench-datapath", "--run", peers.RUN,
            "--pod", f"/run/netns/{client}=10.250.9.2", "--pod", f"/run/netns/{server}=10.250.9.3"]
    log = open(os.path.join(peers.RUN, "datapath.log"), "w")
    holder = subprocess.Popen(inside(node, line), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True)
    if holder.stdout.readline().strip() != "ready":
        raise SystemExit(f"the datapath did not start; see {log.name}")
    return holder


def run(options, quiet, samples, say):
    remove()
    processes = []
    holder = None
    pingpong = os.path.join(peers.CACHE, "pingpong")
    try:
        forwarding()
        holder = datapath()
        servers = {}
        for name, (_, _, server, _) in SIDES.items():
            servers[name] = subprocess.Popen(["taskset", "-c", "0", *inside(server, [pingpong, "server", str(PORT)])])
            processes.append(servers[name])
        time.sleep(0.3)
        for name in SIDES:
            once(name, servers[name], 1)
        for round_ in range(options.rounds):
            names = list(SIDES) if round_ % 2 == 0 else list(SIDES)[::-1]
            for name in names:
                quiet.wait()
                one = {**once(name, servers[name], options.seconds), "stage": "l4", "round": round_, "name": name}
                samples.append(one)
                say(f"l4 round {round_ + 1}/{options.rounds} {name}: {one['rate']:.0f}/s, {one['cpu_ms_per_1000']:.2f} CPU ms per 1,000")
    finally:
        for process in processes:
            process.terminate()
            process.wait()
        if holder:
            holder.stdin.close()
            holder.wait(10)
        remove()


def once(name, server, seconds):
    """One run; its cost is what both ends used, softirq work done in their name included."""
    _, client, _, address = SIDES[name]
    pingpong = os.path.join(peers.CACHE, "pingpong")
    busy = machine.busy_seconds()
    before = machine.cpu_seconds(server.pid)
    children = os.times()
    done = subprocess.run(
        ["taskset", "-c", "1", *inside(client, [pingpong, "client", address, str(PORT), str(seconds)])],
        check=True, capture_output=True, text=True, timeout=seconds + 20,
    )
    after = os.times()
    cost = machine.cpu_seconds(server.pid) - before
    cost += after.children_user - children.children_user + after.children_system - children.children_system
    said = json.loads(done.stdout)
    foreign = machine.busy_seconds() - busy - cost
    return {
        "requests": said["requests"],
        "rate": said["requests"] / said["seconds"],
        "cpu_ms_per_1000": cost * 1e6 / said["requests"],
        "foreign_cores": max(0.0, foreign / said["seconds"]),
        "rss_mb": None,
        "bad": 0,
    }
