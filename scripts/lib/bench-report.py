#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""bench-report.py SAMPLES [--json FILE] [--plot FILE] - what a benchmark's samples say.

SAMPLES has one line a sample: peer, round, case, measure, value, by tabs. The
subject is the first peer in it, unless one is named. For every case and measure: each peer's median,
and the median of the subject's ratio to it with a 95 % bootstrap interval.
Ratios are made within a round only, because the machine drifts between rounds.

The peer `limit` is no program that one could choose: it is the ring copy that was
measured in the same round, and each peer's rate is also given as a share of it.
The measure `core_ns`, of the peer `probe`, is how long a cache line took from one CPU
to the other, which says whether they shared a core. `busy` and `waited` are percents:
of time that the driver had packets, and that something else had a CPU.
"""

import argparse
import json
import random
import statistics
import sys

import bench_plot

MEASURES = {
    "mpps": ("Mpps", "more is better"),
    "cycles": ("cycles a packet, back end", "less is better"),
    "calls": ("calls a packet", "less is better"),
    "kicks": ("kicks a packet", "less is better"),
    "wake_p50": ("publish to wake, median, us", "less is better"),
    "wake_p99": ("publish to wake, 99 % of all, us", "less is better"),
    "trip_p50": ("round trip, median, us", "less is better"),
    "trip_p99": ("round trip, 99 % of all, us", "less is better"),
    "trip_max": ("round trip, the longest, us", "less is better"),
    "cpu_percent": ("percent of a CPU", "less is better"),
    "wakes": ("wakes a second", "less is better"),
    "bytes": ("GB/s copied, of the time spent", "more is better"),
    "mbits": ("Mbit/s", "more is better"),
    "cpu_seconds_per_gib": ("CPU s/GiB, guest and back end", "less is better"),
    "ping_us": ("ping, us", "less is better"),
}
LIMIT = "limit"
PROBE = "probe"
# A cache line that takes no longer than this stayed within one core.
SHARED_CORE_NS = 14
# Measures that are no result of their own, but say what the others are worth.
NOTES = ("busy", "waited")
# Percent; a driver that is so busy may be what is measured.
ALWAYS_BUSY = 95
# What a ratio to nothing is told as; one of nothing to nothing is 1.
BOUNDLESS = 1e6
# Percent more than at all times: something else had a CPU while a sample was taken.
DISTURBED = 3
RESAMPLES = 10000


def read_samples(path):
    """{(case, measure): {peer: {round: value}}}, in the order they came."""
    groups = {}
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            peer, nr, case, measure, value = line.rstrip("\n").split("\t")
            peers = groups.setdefault((case, measure), {})
            peers.setdefault(peer, {})[int(nr)] = float(value)
    return groups


def bootstrap_interval(values):
    """The 95 % interval of the median, by resampling with replacement."""
    # Seeded: the same samples give the same interval, whoever asks.
    rng = random.Random(1)
    medians = sorted(
        statistics.median(rng.choices(values, k=len(values))) for _ in range(RESAMPLES)
    )
    return medians[int(RESAMPLES * 0.025)], medians[int(RESAMPLES * 0.975) - 1]


def ratio_of(subject, peer):
    if peer:
        return subject / peer
    return BOUNDLESS if subject else 1.0


def compare(subject, peer):
    """The ratio subject/peer over the rounds that both have."""
    ratios = [ratio_of(subject[nr], peer[nr]) for nr in sorted(subject.keys() & peer.keys())]
    if not ratios:
        return None
    low, high = bootstrap_interval(ratios)
    return {"ratio": statistics.median(ratios), "low": low, "high": high, "pairs": len(ratios)}


def find_subject(groups):
    for peers in groups.values():
        for name in peers:
            if name not in (LIMIT, PROBE):
                return name
    return None


def evaluate(groups, subject):
    results = []
    for (case, measure), peers in groups.items():
        for name, rounds in peers.items():
            result = {
                "case": case,
                "measure": measure,
                "peer": name,
                "median": statistics.median(rounds.values()),
                "interval": bootstrap_interval(list(rounds.values())),
                "values": list(rounds.values()),
            }
            if name not in (subject, LIMIT) and subject in peers:
                result["subject"] = subject
                result["compared"] = compare(peers[subject], rounds)
            if name != LIMIT and LIMIT in peers:
                result["of_limit"] = compare(rounds, peers[LIMIT])
            results.append(result)
    return results


def number_text(value):
    """Two decimals, or three digits of what is small."""
    return f"{value:.2f}" if value >= 1 or not value else f"{value:.3g}"


def ratio_text(result):
    compared = result.get("compared")
    if not compared:
        return ""
    if compared["ratio"] >= BOUNDLESS:
        return f"{result['subject']} has some, {result['peer']} none"
    return "{subject} is {ratio:.2f} x  [{low:.2f}, {high:.2f}]  {pairs} pairs".format(
        subject=result["subject"], **compared
    )


def share_texts(results):
    """Of a measure's results: what part of the limit each is, if one was measured."""
    if not any("of_limit" in result for result in results):
        return ["" for result in results]
    return [
        f"{result['of_limit']['ratio'] * 100:3.0f} % of limit" if "of_limit" in result else ""
        for result in results
    ]


def busy_texts(results, notes):
    """How busy the driver was with each peer, where somebody looked."""
    busy = {note["peer"]: note["median"] for note in notes if note["measure"] == "busy"}
    if not busy or results[0]["measure"] != "mpps":
        return ["" for result in results]
    return [
        f"driver {busy[result['peer']]:3.0f} % busy" if result["peer"] in busy else ""
        for result in results
    ]


def print_measure(results, notes):
    unit, sense = MEASURES.get(results[0]["measure"], (results[0]["measure"], ""))
    name_width = max(10, *(len(result["peer"]) for result in results))
    rows = [
        (
            f"{result['peer']:<{name_width}}{number_text(result['median']):>10}",
            share,
            busy,
            ratio_text(result),
        )
        for result, share, busy in zip(results, share_texts(results), busy_texts(results, notes))
    ]
    widths = [max(len(cell) for cell in column) for column in zip(*rows)]
    print(f"  {unit} ({sense})")
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths) if width]
        print("    " + "  ".join(cells).rstrip())


def print_notes(notes):
    for note in notes:
        if note["peer"] == PROBE:
            shared = sum(ns <= SHARED_CORE_NS for ns in note["values"])
            print(
                f"  the CPUs are {note['median']:.0f} ns apart; "
                f"they shared a core in {shared} of {len(note['values'])} rounds"
            )
    busy = [n["peer"] for n in notes if n["measure"] == "busy" and n["median"] >= ALWAYS_BUSY]
    if busy:
        print(f"  the driver was never idle, and may be the limit, with {', '.join(busy)}")
    waited = [part for note in notes if note["measure"] == "waited" for part in note["values"]]
    least = min(waited, default=0)
    disturbed = sum(part >= least + DISTURBED for part in waited)
    if least >= DISTURBED:
        print(f"  something else had {least:.0f} % of the CPUs at all times")
    if disturbed:
        print(f"  something else had a CPU during {disturbed} of {len(waited)} samples")


def print_results(results):
    for case in dict.fromkeys(result["case"] for result in results):
        of_case = [result for result in results if result["case"] == case]
        notes = [r for r in of_case if r["peer"] == PROBE or r["measure"] in NOTES]
        print(f"\n{case}")
        print_notes(notes)
        for measure in dict.fromkeys(r["measure"] for r in of_case if r not in notes):
            print_measure([r for r in of_case if r["measure"] == measure], notes)


def headings():
    return {measure: f"{unit} ({sense})" for measure, (unit, sense) in MEASURES.items()}


def write_plot(path, results):
    """Without the limit, beside which all else would be small."""
    shown = [result for result in results if result["peer"] != LIMIT]
    bench_plot.write(path, shown or results, headings())


def write_json(path, groups, results):
    samples = [
        {"case": case, "measure": measure, "peer": peer, "round": nr, "value": value}
        for (case, measure), peers in groups.items()
        for peer, rounds in peers.items()
        for nr, value in rounds.items()
    ]
    with open(path, "w", encoding="utf-8") as out:
        json.dump({"headings": headings(), "results": results, "samples": samples}, out, indent=1)
        out.write("\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("samples")
    parser.add_argument("--subject", metavar="PEER")
    parser.add_argument("--json", metavar="FILE")
    parser.add_argument("--plot", metavar="FILE")
    args = parser.parse_args()

    groups = read_samples(args.samples)
    if not groups:
        sys.exit("bench-report: no samples")
    results = evaluate(groups, args.subject or find_subject(groups))
    print_results(results)
    if args.json:
        write_json(args.json, groups, results)
    if args.plot:
        write_plot(args.plot, results)


if __name__ == "__main__":
    main()
