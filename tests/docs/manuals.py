#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Do the manual pages tell what the programs take, no more and no less?

    manuals.py VRINGD VRINGCTL FOLDER

Compares `vringd --help` with FOLDER/vringd.8 and `vringctl --help` with
FOLDER/vringctl.1: options, types of ports and their keys, verbs and their
options. Then mandoc looks for mistakes in the pages. Exit status 1, and a line
each, if something differs.
"""

import re
import subprocess
import sys


def help_of(program):
    return subprocess.run([program, "--help"], check=True, text=True,
                          stdout=subprocess.PIPE).stdout


def section(page, name):
    """The lines of a section of mdoc."""
    found = re.search(rf"^\.Sh {name}\n(.*?)(?=^\.Sh |\Z)", page, re.M | re.S)
    return found.group(1) if found else ""


def options_of_macros(line):
    """'Fl -json', 'Fl h , -help' and 'Fl i' as they are typed."""
    words = re.findall(r"\bFl ((?:-?[a-z][a-z-]*)(?: , -?[a-z][a-z-]*)*)", line)
    return {"-" + word for group in words for word in group.split(" , ")}


def tagged_options(text):
    """Options that are the tag of an item."""
    return set().union(*(options_of_macros(line) for line in re.findall(r"^\.It (Fl .*)$", text, re.M)))


def options_of_help(text):
    """Those that begin a line of the help."""
    lines = re.findall(r"^  (-.*)$", text, re.M)
    return {option for line in lines
            for option in re.findall(r"(?:^|, )(--?[a-z][a-z-]*)", line.split("  ")[0])}


def ports_of_help(text):
    """Type of port: its keys, from the lines below --port."""
    block = re.search(r"^  --port .*\n((?:      .*\n)+)", text, re.M).group(1)
    ports = {}
    for line in block.splitlines():
        begins = re.match(r"      ([a-z-]+)  ", line)
        if begins:
            name = begins.group(1)
            ports[name] = set()
        ports[name] |= set(re.findall(r"\b([a-z-]+)=", line))
    return ports


def ports_of_page(page):
    parts = re.split(r"^\.Ss (.*)\n", section(page, "PORTS"), flags=re.M)[1:]
    return {name: set(re.findall(r"^\.It Cm ([a-z-]+) Ns =", text, re.M))
            for name, text in zip(parts[::2], parts[1::2])}


def verbs_of_help(text):
    """Verb: the options of its usage."""
    return {verb: set(re.findall(r"(?<![\w-])(--?[a-z][a-z-]*)", usage))
            for verb, usage in re.findall(r"^  ([a-z][a-z-]*) ?(.*)\n      ", text, re.M)}


def verbs_of_page(page):
    return {verb: options_of_macros(rest)
            for verb, rest in re.findall(r"^\.It Cm ([a-z-]+)(.*)$", section(page, "VERBS"), re.M)}


def compare(what, of_help, of_page):
    """What is wrong, a line each; a dictionary is compared value by value too."""
    wrong = [f"{what} {name}: not in the manual" for name in sorted(set(of_help) - set(of_page))]
    wrong += [f"{what} {name}: in the manual, but not in --help"
              for name in sorted(set(of_page) - set(of_help))]
    if isinstance(of_help, dict):
        for name in sorted(set(of_help) & set(of_page)):
            wrong += compare(f"{what} {name}:", of_help[name], of_page[name])
    return wrong


def lint(path):
    found = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", path], text=True,
                           check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return found.stdout.splitlines() if found.returncode else []


def main(vringd, vringctl, folder):
    pages = [f"{folder}/vringd.8", f"{folder}/vringctl.1"]
    texts = [open(path, encoding="ascii").read() for path in pages]
    daemon, client = help_of(vringd), help_of(vringctl)
    wrong = compare("vringd option", options_of_help(daemon),
                    tagged_options(section(texts[0], "OPTIONS")))
    wrong += compare("vringd port", ports_of_help(daemon), ports_of_page(texts[0]))
    wrong += compare("vringctl verb", verbs_of_help(client), verbs_of_page(texts[1]))
    wrong += compare("vringctl option", options_of_help(client),
                     tagged_options(section(texts[1], "DESCRIPTION")))
    for path in pages:
        wrong += lint(path)
    print("\n".join(wrong) or "the manual pages tell what the programs take")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
