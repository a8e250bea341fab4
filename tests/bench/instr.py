#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""instr.py - instructions a packet, as callgrind counts them.

    instr.py guard RING LIMITS            fails if a case is above its limit
    instr.py record RING LIMITS           writes the limits anew
    instr.py table RING PEER [OPTION...]  all cases of both, and the ratios
    instr.py instrument WITH WITHOUT      turns of a build with the instrument, and one without

RING and PEER are the programs ring_instr and peer_instr, WITH and WITHOUT turn_instr
of two builds. What a verb costs is all that is counted inside of the function
measured_VERB(), by the packets of the case.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile

VERBS = ("take", "use", "publish", "decide")
PEER_VERBS = ("dequeue", "enqueue", "copy", "pool")
# Versions of gcc differ, and so do the memcpy() of C libraries and CPUs.
MARGIN = 0.10
GUARD_PACKETS = 256
TABLE_PACKETS = 1024
# Of the peer's count at batch 32, a descriptor a packet.
GOAL = 0.5


def count(program, packets):
    """{case: {verb: instructions a packet}}, in the order they ran."""
    with tempfile.TemporaryDirectory(prefix="instr-") as folder:
        out = os.path.join(folder, "callgrind.out")
        command = [
            "valgrind",
            "--tool=callgrind",
            "--toggle-collect=measured_*",
            "--combine-dumps=yes",
            "--compress-strings=no",
            "--compress-pos=no",
            f"--callgrind-out-file={out}",
            program,
            str(packets),
        ]
        run = subprocess.run(command, stderr=subprocess.PIPE, text=True, check=False)
        if run.returncode != 0:
            sys.exit(f"instr: {program} ended with {run.returncode}:\n{run.stderr}")
        with open(out, encoding="utf-8") as lines:
            return read_parts(lines)


def read_parts(lines):
    """A part a case. In a part a function's lines follow `fn=`; each has a
    position and a cost, its own or (behind `calls=`) of what it called."""
    cases, verbs, verb, packets = {}, {}, None, 0
    for line in lines:
        if line.startswith("desc: Trigger: Client Request: "):
            *name, packets = line.split(": ", 3)[-1].split()
            verbs = cases.setdefault(" ".join(name), {})
        elif line.startswith("part:"):
            verbs = {}  # belongs to nobody until its trigger has been read
        elif line.startswith("fn="):
            verb = verb_of(line[3:].strip())
        elif verb and line[:1].isdigit():
            verbs[verb] = verbs.get(verb, 0) + int(line.split()[1]) / int(packets)
    return cases


def verb_of(function):
    """The compiler may have added a suffix, as in measured_take.isra.0."""
    name = function.split(".")[0].split("'")[0]
    return name[len("measured_") :] if name.startswith("measured_") else None


def total(verbs):
    return sum(verbs[verb] for verb in VERBS)


# ---- guard ----


def read_limits(path):
    limits = {}
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            if line.strip() and not line.startswith("#"):
                case, limit = line.rsplit(None, 1)
                limits[case] = float(limit)
    return limits


def guard(args):
    cases = count(args.ring, GUARD_PACKETS)
    limits = read_limits(args.limits)
    bad = 0
    if not cases or cases.keys() != limits.keys():
        sys.exit(f"instr: {args.limits} does not name the cases that there are")
    for case, verbs in cases.items():
        counted, limit = total(verbs), limits[case]
        above = counted > limit * (1 + MARGIN)
        bad += above
        print(
            f"{'not ok' if above else 'ok':<6}  {case:<24}{counted:8.1f} of {limit:.1f}"
            f" instructions a packet ({(counted / limit - 1) * 100:+.1f} %)"
        )
    if bad:
        sys.exit(f"instr: {bad} of {len(cases)} cases are above their limit by over {MARGIN:.0%}")


def record(args):
    """Keeps the head of the file."""
    cases = count(args.ring, GUARD_PACKETS)
    with open(args.limits, encoding="utf-8") as lines:
        head = [line for line in lines if line.startswith("#")]
    with open(args.limits, "w", encoding="utf-8") as out:
        out.writelines(head)
        for case, verbs in cases.items():
            out.write(f"{case:<24}{total(verbs):8.1f}\n")


# ---- table ----


def compare(ring, peer):
    """A row for each way in which both moved the same packets."""
    rows = []
    for case, there in peer.items():
        where = case.rsplit(None, 1)[0]
        ours = total(ring[where + " tx"]) + total(ring[where + " rx"])
        bursts = there["dequeue"] + there["enqueue"]
        no_copy = bursts - 2 * there["copy"]
        no_pool = no_copy - there["pool"]
        rows.append(
            {
                "case": where,
                "ring": ours,
                "dequeue": there["dequeue"],
                "enqueue": there["enqueue"],
                "copy": there["copy"],
                "pool": there["pool"],
                "peer": bursts,
                "peer_no_copy": no_copy,
                "peer_no_copy_no_pool": no_pool,
                "ratio": ours / bursts,
                "ratio_no_copy": ours / no_copy,
                "ratio_no_copy_no_pool": ours / no_pool,
            }
        )
    return rows


def print_table(ring, rows):
    print("instructions a packet of 64 bytes, by verb\n")
    print(f"{'case':<24}" + "".join(f"{verb:>9}" for verb in VERBS) + f"{'total':>9}")
    for case, verbs in ring.items():
        cells = "".join(f"{verbs[verb]:9.1f}" for verb in VERBS)
        print(f"{case:<24}{cells}{total(verbs):9.1f}")

    columns = ("dequeue", "enqueue", "copy", "pool", "ring", "ratio", "-copy", "-pool")
    keys = columns[:5] + ("ratio", "ratio_no_copy", "ratio_no_copy_no_pool")
    print("\nbeside librte_vhost: one packet out and one in\n")
    print(f"{'case':<24}" + "".join(f"{column:>9}" for column in columns))
    for row in rows:
        cells = "".join(f"{row[key]:9.1f}" for key in keys[:5])
        print(f"{row['case']:<24}{cells}" + "".join(f"{row[key]:9.2f}" for key in keys[5:]))
    print(
        "\nratio: ring by dequeue + enqueue; -copy: without the peer's copies of the payload,"
        "\none each way; -pool: also without what its dequeue takes from the pool of mbufs"
    )


def say_goal(rows):
    for row in rows:
        if row["case"].endswith(" direct 32"):
            met = "yes" if row["ratio_no_copy"] <= GOAL else "no"
            print(f"{row['case']}: at most {GOAL} of the peer without its copies: {met}")


def table(args):
    packets = GUARD_PACKETS if args.quick else TABLE_PACKETS
    ring, peer = count(args.ring, packets), count(args.peer, packets)
    rows = compare(ring, peer)
    print_table(ring, rows)
    say_goal(rows)
    if args.json:
        with open(args.json, "w", encoding="utf-8") as out:
            json.dump({"packets": packets, "ring": ring, "compared": rows}, out, indent=1)
            out.write("\n")


# ---- instrument ----


def instrument(args):
    counted, bare = count(args.counted, TABLE_PACKETS), count(args.bare, TABLE_PACKETS)
    for case, verbs in counted.items():
        name = " ".join(case.split()[::2])
        ours, without = verbs["turn"], bare[case]["turn"]
        print(f"  {name:<12}{ours:9.1f} and {without:9.1f} without: {ours / without:.3f} x")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    verbs = parser.add_subparsers(dest="verb", required=True)
    for function in (guard, record):
        verb = verbs.add_parser(function.__name__)
        verb.set_defaults(function=function)
        verb.add_argument("ring")
        verb.add_argument("limits")
    verb = verbs.add_parser("table")
    verb.set_defaults(function=table)
    verb.add_argument("ring")
    verb.add_argument("peer")
    verb.add_argument("--quick", action="store_true")
    verb.add_argument("--json", metavar="FILE")
    verb = verbs.add_parser("instrument")
    verb.set_defaults(function=instrument)
    verb.add_argument("counted", metavar="WITH")
    verb.add_argument("bare", metavar="WITHOUT")
    args = parser.parse_args()
    args.function(args)


if __name__ == "__main__":
    main()
