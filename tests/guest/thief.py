#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""thief.py PID MS - take the CPU from a guest, now and then, for MS.

Stops a QEMU process at moments drawn at random, twice a second or so, as a busy host
does to it, and lets it go on. Prints when each theft ended (epoch) and how
long it was, in ms: it is longer than MS when this process did not get the CPU either.
"""

import os
import random
import signal
import sys
import time

GAP_SECONDS = (0.1, 0.9)


def steal(pid, seconds):
    begin = time.monotonic()
    os.kill(pid, signal.SIGSTOP)
    try:
        time.sleep(seconds)
    finally:
        os.kill(pid, signal.SIGCONT)
    print(f"{time.time():.3f} {(time.monotonic() - begin) * 1000:.0f}", flush=True)


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    pid, seconds = int(sys.argv[1]), float(sys.argv[2]) / 1000
    # Through `finally`, however it ends.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        while True:
            time.sleep(random.uniform(*GAP_SECONDS))
            steal(pid, seconds)
    except ProcessLookupError:
        pass


if __name__ == "__main__":
    main()
