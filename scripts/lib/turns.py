#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""turns.py SAMPLES CASE FIRST ROUNDS PEER... - what a packet costs two daemons, or one in two
circumstances, in turns so short that a machine which changes its speed does so for both.

PEER is NAME=CONTROL[:PID,PID...]: who is measured, its control socket, and the processes that
stand still while it is another's turn. A round is TURNS turns of each peer, in an order that
turns around; cycles and packets of them all are summed, and make the sample of that round. FIRST
is the number of the first. With --tell FILE the name of the peer whose turn begins is written
there, a line each.
"""

import argparse
import json
import os
import signal
import socket
import time


class Peer:
    def __init__(self, text):
        self.name, rest = text.split("=", 1)
        path, _, pids = rest.partition(":")
        self.pids = [int(pid) for pid in pids.split(",") if pid]
        self.path = path
        self.lines = None
        self.cycles = self.packets = 0

    def signal(self, number):
        for pid in self.pids:
            os.kill(pid, number)

    def ask_worker(self):
        if self.lines is None:
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.connect(self.path)
            self.lines = self.socket.makefile("rb")
        self.socket.sendall(b'{"jsonrpc": "2.0", "id": 1, "method": "worker.list"}\n')
        return json.loads(self.lines.readline())["result"]["workers"][0]

    def turn(self, settle, span):
        """Runs for so long, in seconds, after it has found its feet."""
        self.signal(signal.SIGCONT)
        time.sleep(settle)
        before = self.ask_worker()
        time.sleep(span)
        after = self.ask_worker()
        self.signal(signal.SIGSTOP)
        self.cycles += after["busy_cycles"] - before["busy_cycles"]
        self.packets += after["packets"] - before["packets"]

    def sample(self):
        """Of the turns since the last; None: nothing went by."""
        sample = self.cycles / self.packets if self.packets else None
        self.cycles = self.packets = 0
        return sample


def measure_round(peers, args):
    for number in range(args.turns):
        for peer in peers if number % 2 else reversed(peers):
            if args.tell:
                print(peer.name, file=args.tell, flush=True)
            peer.turn(args.settle / 1000, args.ms / 1000)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("samples")
    parser.add_argument("case")
    parser.add_argument("first", type=int)
    parser.add_argument("rounds", type=int)
    parser.add_argument("peers", nargs="+", type=Peer, metavar="PEER")
    parser.add_argument("--turns", type=int, default=20)
    parser.add_argument("--ms", type=float, default=50)
    parser.add_argument("--settle", type=float, default=15, metavar="MS")
    parser.add_argument("--tell", type=lambda path: open(path, "w", encoding="utf-8"))
    args = parser.parse_args()

    measure_round(args.peers, argparse.Namespace(**{**vars(args), "turns": 2}))  # warms up
    for peer in args.peers:
        peer.sample()
    for number in range(args.first, args.first + args.rounds):
        measure_round(args.peers, args)
        with open(args.samples, "a", encoding="utf-8") as samples:
            for peer in args.peers:
                value = peer.sample()
                if value is not None:
                    print(peer.name, number, args.case, "cycles", value, sep="\t", file=samples)


main()
