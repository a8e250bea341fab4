#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""bench-verdict.py GOALS [NAME=RESULTS]... [--json FILE] [--plot FILE] - were they met?

GOALS is scripts/lib/bench-goals, which says what it holds; RESULTS what bench NAME
wrote with --json. Prints one table: a line for each goal and each case it is about,
with the ratio that was measured and its 95 % interval. The median decides; if the
goal lies within the interval, the verdict is said to be unsure.
"""

import argparse
import json
import operator
import re
import sys

import bench_plot

LIMIT_SHARE = 0.8
HOW = {"<=": operator.le, ">=": operator.ge}


def read_goals(path):
    goals = []
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            line = line.strip()
            if line and not line.startswith("#"):
                bench, cases, peer, goal = (word.strip() for word in line.split("|"))
                goals.append({"bench": bench, "cases": cases, "peer": peer, "goal": goal})
    return goals


def read_results(pairs):
    """{benchmark: what it wrote}"""
    found = {}
    for pair in pairs:
        name, path = pair.split("=", 1)
        with open(path, encoding="utf-8") as file:
            found[name] = json.load(file)
    return found


class Case:
    """The results of one case of a benchmark."""

    def __init__(self, results):
        self.results = results

    def compared(self, measure, peer):
        for result in self.results:
            if result["measure"] == measure and result["peer"] == peer:
                return result.get("compared")
        return None

    def subject_name(self):
        return next((r["subject"] for r in self.results if "subject" in r), None)

    def limit_share(self):
        """What part of the ring copy's rate the subject has."""
        for result in self.results:
            if result["peer"] == self.subject_name() and "of_limit" in result:
                return result["of_limit"]["ratio"]
        return None


def cases_of(written):
    cases = {}
    for result in written.get("results", []):
        cases.setdefault(result["case"], []).append(result)
    return {name: Case(results) for name, results in cases.items()}


def value_of(case, measure, peer):
    """What a condition is about: {ratio, low, high}, or None if it was not measured."""
    if measure != "busy":
        return case.compared(measure, peer)
    found = [r for r in case.results if r["measure"] == "busy" and r["peer"] == case.subject_name()]
    if not found:
        return None
    low, high = found[0]["interval"]
    return {"ratio": found[0]["median"], "low": low, "high": high}


def judge(goal, case):
    """A verdict and what it is made from, one text a condition."""
    verdicts, texts, unsure = [], [], False
    for condition in goal["goal"].split(" or "):
        measure, how, bound = condition.split()
        value = value_of(case, measure, goal["peer"])
        if value is None:
            continue
        verdicts.append(HOW[how](value["ratio"], float(bound)))
        unsure |= value["low"] <= float(bound) <= value["high"]
        texts.append("{} {ratio:.2f} [{low:.2f}, {high:.2f}]".format(measure, **value))
    if not verdicts:
        return "not measured", ""
    verdict = "met" if any(verdicts) else "not met"
    share = case.limit_share()
    if verdict == "not met" and share is not None and share >= LIMIT_SHARE:
        verdict = f"met ({share * 100:.0f} % of the limit)"
    elif unsure:
        verdict += ", unsure"
    return verdict, ", ".join(texts)


def rows_of(goal, benches):
    """One row a case; one that says so if there is none."""
    cases = {
        name: case
        for name, case in cases_of(benches.get(goal["bench"], {})).items()
        if re.search(goal["cases"], name)
    }
    rows = []
    for name, case in cases.items():
        verdict, measured = judge(goal, case)
        rows.append({**goal, "case": name, "measured": measured, "verdict": verdict})
    return rows or [{**goal, "case": goal["cases"], "measured": "", "verdict": "not measured"}]


def print_table(rows):
    head = ("benchmark", "case", "against", "goal", "measured", "")
    cells = [head] + [
        (row["bench"], row["case"], row["peer"], row["goal"], row["measured"], row["verdict"])
        for row in rows
    ]
    widths = [max(len(line[nr]) for line in cells) for nr in range(len(head))]
    for line in cells:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip())
    met = sum(row["verdict"].startswith("met") for row in rows)
    missed = sum(row["verdict"].startswith("not met") for row in rows)
    print(f"\n{met} met, {missed} not met, {len(rows) - met - missed} not measured")


def plotted(row, benches):
    """The ratios of a row's goal, as bench_plot.py wants them."""
    case = cases_of(benches.get(row["bench"], {})).get(row["case"])
    for condition in row["goal"].split(" or "):
        measure, _, bound = condition.split()
        value = case and measure != "busy" and case.compared(measure, row["peer"])
        if value:
            yield {
                "measure": measure,
                "case": f"{row['bench']}: {row['case']}",
                "peer": row["peer"],
                "median": value["ratio"],
                "interval": [value["low"], value["high"]],
                "goal": float(bound),
            }


def plot(path, rows, benches):
    """Every goal: what was measured, of the peer's."""
    results = [result for row in rows for result in plotted(row, benches)]
    headings = {}
    for written in benches.values():
        headings.update(written.get("headings", {}))
    of_peer = {measure: f"of the peer's: {told}" for measure, told in headings.items()}
    bench_plot.write(path, results, of_peer)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("goals")
    parser.add_argument("results", nargs="*", metavar="NAME=RESULTS")
    parser.add_argument("--json", metavar="FILE")
    parser.add_argument("--plot", metavar="FILE")
    args = parser.parse_args()

    benches = read_results(args.results)
    rows = [row for goal in read_goals(args.goals) for row in rows_of(goal, benches)]
    print_table(rows)
    if args.json:
        with open(args.json, "w", encoding="utf-8") as out:
            json.dump({"goals": rows, "benchmarks": benches}, out, indent=1)
            out.write("\n")
    if args.plot:
        plot(args.plot, rows, benches)
    return 0


if __name__ == "__main__":
    sys.exit(main())
