# SPDX-License-Identifier: BSD-3-Clause
"""The medians of a benchmark as a picture, in plain SVG.

One panel a measure, one group of bars a case, one bar a peer; the whisker is the
95 % interval of the median. Used by bench-report.py and bench-verdict.py.
"""

from xml.sax.saxutils import escape

COLOURS = ["#2166ac", "#d6604d", "#f4a582", "#7fbc41", "#8073ac", "#999999"]
LABEL_WIDTH = 300
PLOT_WIDTH = 460
VALUE_WIDTH = 90
BAR = 14
GROUP_GAP = 12
HEAD = 44


def text(x, y, words, anchor="start", weight="normal"):
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-weight="{weight}">'
        f"{escape(words)}</text>"
    )


def bar(y, result, scale, colour):
    """A bar, its whisker, its value, and a line where a goal is."""
    width = result["median"] * scale
    low, high = (LABEL_WIDTH + end * scale for end in result["interval"])
    middle = y + BAR / 2 - 1
    goal = LABEL_WIDTH + result.get("goal", 0) * scale
    lines = [
        f'<rect x="{LABEL_WIDTH}" y="{y:.1f}" width="{width:.1f}" height="{BAR - 2}" '
        f'fill="{colour}"/>',
        f'<path d="M{low:.1f} {middle - 3:.1f}v6m0-3H{high:.1f}m0-3v6" stroke="#222" '
        'fill="none"/>',
        text(max(high, LABEL_WIDTH + width, goal) + 6, y + BAR - 4, f"{result['median']:.3g}"),
    ]
    if "goal" in result:
        lines.append(f'<path d="M{goal:.1f} {y - 2:.1f}v{BAR + 2}" stroke="#d00" fill="none"/>')
    return lines


def panel(y, heading, results, colours):
    """All of one measure. Returns the lines and where the next one begins."""
    lines = [text(10, y, heading, weight="bold")]
    most = max(max(r["median"], r["interval"][1], r.get("goal", 0)) for r in results)
    scale = PLOT_WIDTH / most if most else 0
    y += 12
    shown = None
    for result in results:
        if result["case"] != shown:
            y += GROUP_GAP if shown is not None else 0
            lines.append(text(LABEL_WIDTH - 8, y + BAR - 4, result["case"], anchor="end"))
            shown = result["case"]
        lines += bar(y, result, scale, colours[result["peer"]])
        y += BAR
    return lines, y + HEAD


def legend(colours):
    lines, x = [], LABEL_WIDTH
    for peer, colour in colours.items():
        lines.append(f'<rect x="{x}" y="10" width="12" height="12" fill="{colour}"/>')
        lines.append(text(x + 17, 20, peer))
        x += 30 + 8 * len(peer)
    return lines


def write(path, results, measures):
    """results: as bench-report.py has them; measures: {measure: heading}."""
    peers = list(dict.fromkeys(result["peer"] for result in results))
    colours = {peer: COLOURS[nr % len(COLOURS)] for nr, peer in enumerate(peers)}
    lines, y = legend(colours), 56
    for measure, heading in measures.items():
        of_it = [result for result in results if result["measure"] == measure]
        if of_it:
            more, y = panel(y, heading, of_it, colours)
            lines += more
    width = LABEL_WIDTH + PLOT_WIDTH + VALUE_WIDTH
    with open(path, "w", encoding="utf-8") as out:
        out.write(
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{y:.0f}" '
            'font-family="sans-serif" font-size="11">\n'
            f'<rect width="100%" height="100%" fill="white"/>\n'
        )
        out.write("\n".join(lines) + "\n</svg>\n")
