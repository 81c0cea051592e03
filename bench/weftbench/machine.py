"""What the machine says about processes: CPU time, memory, and how busy everybody else is."""

import os
import re
import time


def tree(pid):
    """The process and all its descendants."""
    pids = [pid]
    try:
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/children") as children:
                for child in children.read().split():
                    pids += tree(int(child))
    except OSError:
        pass  # a thread or process that ended while we looked has nothing more to say
    return pids


def cpu_seconds(pid):
    """Run time of all threads of a process tree, loopback softirq work done in their name included."""
    nanoseconds = 0
    for each in tree(pid):
        try:
            for task in os.listdir(f"/proc/{each}/task"):
                with open(f"/proc/{each}/task/{task}/schedstat") as stat:
                    nanoseconds += int(stat.read().split()[0])
        except OSError:
            continue  # ended while we looked
    return nanoseconds / 1e9


def resident_mb(pid):
    """Resident set of a process tree in MB, and the share of it that is its own (PSS)."""
    rss = pss = 0
    for each in tree(pid):
        try:
            with open(f"/proc/{each}/smaps_rollup") as rollup:
                text = rollup.read()
        except OSError:
            continue  # ended while we looked
        rss += int(re.search(r"Rss:\s+(\d+)", text).group(1))
        pss += int(re.search(r"Pss:\s+(\d+)", text).group(1))
    return rss / 1024, pss / 1024


def busy_seconds():
    """CPU seconds the machine has spent on anything but idling, all cores together."""
    total = 0
    with open("/proc/stat") as stat:
        for line in stat:
            if re.match(r"cpu\d", line):
                fields = [int(field) for field in line.split()[1:9]]
                total += sum(fields[i] for i in (0, 1, 2, 5, 6, 7))
    return total / os.sysconf("SC_CLK_TCK")


class Quiet:
    """Waits before samples while others use the machine, for a bounded time in all."""

    def __init__(self, max_foreign, patience):
        self.max_foreign = max_foreign
        self.patience = patience

    def wait(self):
        while True:
            before = busy_seconds()
            time.sleep(0.5)
            foreign = (busy_seconds() - before) / 0.5
            if foreign <= self.max_foreign or self.patience <= 0:
                return
            time.sleep(0.5)
            self.patience -= 1
