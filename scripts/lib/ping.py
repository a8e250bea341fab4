#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""ping.py ADDRESS COUNT INTERVAL [BURST] - pings, as four numbers on one line.

Sent, received, median and longest round trip in milliseconds (`-` if nothing
came back). BURST pings go out at once every INTERVAL seconds. Exits with 1 if
any was lost.

ping(8) will not do: it waits for the last reply no longer than twice the longest
round trip so far, so at short intervals a late reply is told as a lost one.
"""

import os
import select
import socket
import statistics
import struct
import sys
import time

LINGER_SECONDS = 1.0
ECHO_REQUEST, ECHO_REPLY = 8, 0
HEADER = struct.Struct("!BBHHH")
PAYLOAD = bytes(56)


def checksum(data):
    """The internet checksum of an even number of bytes."""
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total & 0xFFFF) + (total >> 16)
    total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def echo_request(ident, seq):
    unsummed = HEADER.pack(ECHO_REQUEST, 0, 0, ident, seq & 0xFFFF) + PAYLOAD
    return HEADER.pack(ECHO_REQUEST, 0, checksum(unsummed), ident, seq & 0xFFFF) + PAYLOAD


class Pinger:
    def __init__(self, address):
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
        self.sock.connect((address, 0))
        self.ident = os.getpid() & 0xFFFF
        self.sent_at = {}
        self.sent_cnt = 0
        self.round_trips_ms = []

    def send(self):
        self.sent_at[self.sent_cnt & 0xFFFF] = time.monotonic()
        try:
            self.sock.send(echo_request(self.ident, self.sent_cnt))
        except OSError:
            # Unreachable, by ARP: a ping that gets no reply.
            pass
        self.sent_cnt += 1

    def receive_until(self, deadline, enough=None):
        """Take replies until then, or until there are enough."""
        while len(self.round_trips_ms) != enough:
            remaining = deadline - time.monotonic()
            if remaining <= 0 or not select.select([self.sock], [], [], remaining)[0]:
                return
            self.receive()

    def receive(self):
        try:
            packet = self.sock.recv(2048)
        except OSError:
            return
        now = time.monotonic()
        icmp = packet[(packet[0] & 15) * 4:]
        kind, _, _, ident, seq = HEADER.unpack(icmp[:HEADER.size])
        if kind == ECHO_REPLY and ident == self.ident and seq in self.sent_at:
            self.round_trips_ms.append((now - self.sent_at.pop(seq)) * 1000)


def main():
    if len(sys.argv) not in (4, 5):
        sys.exit(__doc__)
    address, count, interval = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
    burst = int(sys.argv[4]) if len(sys.argv) == 5 else 1

    pinger = Pinger(address)
    due = time.monotonic()
    while pinger.sent_cnt < count:
        for _ in range(min(burst, count - pinger.sent_cnt)):
            pinger.send()
        due += interval
        pinger.receive_until(min(due, time.monotonic() + interval),
                             count if pinger.sent_cnt == count else None)
    pinger.receive_until(time.monotonic() + LINGER_SECONDS, count)

    times = pinger.round_trips_ms
    print(pinger.sent_cnt, len(times),
          f"{statistics.median(times):.2f} {max(times):.2f}" if times else "- -")
    return 0 if len(times) == pinger.sent_cnt else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
