#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""udp-flood.py ADDRESS SECONDS RATE [SIZE] - one-way UDP, RATE packets a second.

RATE 0 is as fast as this process can. iperf3 will not do: its TCP connection
starves in the overload it makes, and then it fails.
"""

import socket
import sys
import time

PORT = 9
BATCH_SECONDS = 0.002


def flood(address, seconds, rate, size):
    """Send until the time is over; how many were sent."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.connect((address, PORT))
    frame = bytes(size)
    start = now = time.monotonic()
    sent = 0
    while now - start < seconds:
        due = int((now - start) * rate) if rate else sent + 64
        while sent < due:
            try:
                sock.send(frame)
            except OSError:
                # The tap's queue is full, or the guest is gone: both are what
                # a flood is for.
                pass
            sent += 1
        if rate:
            time.sleep(BATCH_SECONDS)
        now = time.monotonic()
    return sent


def main():
    if len(sys.argv) not in (4, 5):
        sys.exit(__doc__)
    address, seconds, rate = sys.argv[1], float(sys.argv[2]), int(sys.argv[3])
    size = int(sys.argv[4]) if len(sys.argv) == 5 else 64
    print(flood(address, seconds, rate, size))


if __name__ == "__main__":
    main()
