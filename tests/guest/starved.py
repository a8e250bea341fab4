#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""starved.py PID MS - tell when a guest did not get the CPU.

Watches the threads of a QEMU process until it ends, and prints a line, the time
first (epoch), whenever one waited at least MS for a CPU, or the hypervisor under us took as much, within
about a tenth of a second. A guest that does not run looks from outside exactly
like one that missed a call; this is the evidence that tells them apart.
"""

import glob
import os
import sys
import time

SAMPLE_SECONDS = 0.02
WINDOW_SAMPLES = 5
TICK_MS = 1000 / os.sysconf("SC_CLK_TCK")


def thread_name(path):
    """`CPU 0/TCG (4711)`, of /proc/PID/task/4711/schedstat."""
    task = os.path.dirname(path)
    with open(f"{task}/comm", encoding="utf-8") as comm:
        return f"{comm.read().strip()} ({os.path.basename(task)})"


def waited_ms(pid):
    """{thread: ms it was ready to run and did not, so far}."""
    waits = {}
    for path in glob.glob(f"/proc/{pid}/task/*/schedstat"):
        try:
            with open(path, encoding="ascii") as stat:
                waits[thread_name(path)] = int(stat.read().split()[1]) / 1e6
        except (OSError, IndexError):
            # The thread has just ended.
            pass
    return waits


def stolen_ms():
    with open("/proc/stat", encoding="ascii") as stat:
        return int(stat.readline().split()[8]) * TICK_MS


def watch(pid, limit_ms):
    history = []
    while waits := waited_ms(pid):
        waits["the hypervisor"] = stolen_ms()
        history = history[-WINDOW_SAMPLES:] + [(time.monotonic(), waits)]
        begin, before = history[0]
        late = {name: ms - before.get(name, ms) for name, ms in waits.items()}
        worst = max(late, key=late.get)
        if late[worst] >= limit_ms:
            window_ms = (history[-1][0] - begin) * 1000
            print(f"{time.time():.3f} {late[worst]:.0f} of {window_ms:.0f} ms lost to {worst}", flush=True)
            # Told once: the next window begins here.
            history = history[-1:]
        time.sleep(SAMPLE_SECONDS)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    watch(int(sys.argv[1]), float(sys.argv[2]))
