# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The tortoise authors.
"""How the pictures look: colours that colour-blind readers tell apart (Okabe
and Ito), with a line style and a marker each, for print without colour."""

import math

import matplotlib.pyplot as plt
import numpy as np
from matplotlib import collections, patches, ticker
from matplotlib import lines as mlines

INK = "#333333"
WARNING = "#D55E00"
# Okabe and Ito without yellow, which is lost on white paper; then a grey and
# a wine red.
COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9",
          "#000000", "#8C8C8C", "#882255")
DASHES = ("-", (0, (5, 1.6)), (0, (1.2, 1.3)), (0, (6, 1.5, 1.2, 1.5)))
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "*", "h")
PAPER_BOX = {"facecolor": "white", "edgecolor": "none", "alpha": 0.8,
             "pad": 1.0}

# Face, hatch: dark is work done, hatched is work or time lost.
ACTIVITIES = {
    "compute": ("#0072B2", None, "compute"),
    "straggle": ("#A6D5F2", None, "straggle"),
    "work": ("#56B4E9", None, "compute and straggle"),
    "communicate": ("#CC79A7", None, "communicate"),
    "wait": ("#EFEFEF", None, "wait"),
    "cancelled": ("#F3B184", "////////", "cancelled"),
}
BUSY = ("compute", "straggle", "work", "cancelled")


def line(index):
    """The look of a racer: its neighbours differ in colour, dashes and
    marker; with 36 racers or fewer no two share colour and dashes."""
    return {"color": COLORS[index % len(COLORS)],
            "linestyle": DASHES[index % len(DASHES)],
            "marker": MARKERS[index % len(MARKERS)],
            "linewidth": 1.7, "markersize": 4.5,
            "markeredgecolor": "white", "markeredgewidth": 0.5}


def set_defaults():
    plt.rcParams.update({
        "font.size": 9, "font.family": "sans-serif",
        "axes.spines.top": False, "axes.spines.right": False,
        "axes.edgecolor": "#888888", "axes.labelcolor": INK,
        "axes.grid": True, "grid.color": "#E4E4E4", "grid.linewidth": 0.6,
        "axes.axisbelow": True, "xtick.color": INK, "ytick.color": INK,
        "xtick.labelsize": 8, "ytick.labelsize": 8, "text.color": INK,
        "hatch.linewidth": 0.6, "hatch.color": WARNING,
        "svg.hashsalt": "tortoise", "figure.facecolor": "white"})


# --- Titles ------------------------------------------------------------------

def how_measured(run):
    """Clock, repeats, workers and step sizes, in words."""
    parts = [f"{run.clock} clock"]
    repeats = run.repeats()
    parts.append(f"{repeats} repeat" + ("" if repeats == 1 else "s"))
    workers = sorted(run.setting("workers", "count")) or sorted(
        {entry["workers"] for entry in run.entries() if entry.get("workers")})
    if workers:
        text = str(workers[0])
        if len(workers) > 1:
            text += f" to {workers[-1]}"
        parts.append(f"{text} worker" + ("" if workers == [1] else "s"))
    sizes = sorted(run.setting("step", "size"))
    if len(sizes) == 1:
        parts.append(f"common step size {sizes[0]:g}")
    elif sizes:
        parts.append("step sizes tuned per racer "
                     f"({sizes[0]:g} to {sizes[-1]:g})")
    return ", ".join(parts)


def title(figure, run, what, note="", legend_inches=0.0):
    """Reserves room above the axes and writes two or three lines into it."""
    lines = [(how_measured(run), INK)]
    if note:
        lines.append((note, "#666666"))
    if not run.complete:
        lines.append(("this run was cut short: it has no DONE", WARNING))
    height = figure.get_figheight()
    engine = figure.get_layout_engine()
    room = (0.38 + 0.17 * len(lines)) / height
    below = legend_inches / height
    engine.set(rect=(0.0, below, 1.0, 1.0 - room - below))
    figure.text(0.12 / figure.get_figwidth(), 1.0 - 0.12 / height,
                f"{run.name}: {what}", fontsize=12, fontweight="bold",
                va="top", color="black")
    for index, (text, color) in enumerate(lines):
        figure.text(0.12 / figure.get_figwidth(),
                    1.0 - (0.36 + 0.17 * index) / height, text,
                    fontsize=8.5, va="top", color=color)


# --- Axes --------------------------------------------------------------------

def curve_figure(num_lines):
    height = max(4.6, 1.3 + 0.22 * num_lines)
    figure, axes = plt.subplots(figsize=(8.4, height), layout="constrained")
    return figure, axes


def small_multiples(count, columns=None, width=8.4, height=1.5,
                    share_y=False):
    """A figure with `count` panels, and the panels in reading order."""
    columns = columns or min(4, max(1, math.ceil(math.sqrt(count))))
    rows = math.ceil(count / columns)
    figure, grid = plt.subplots(
        rows, columns, sharex=True, sharey=share_y, squeeze=False,
        figsize=(width if columns > 1 or share_y else width / 1.6,
                 1.5 + height * rows),
        layout="constrained")
    panels = list(grid.flat)
    for panel in panels[count:]:
        panel.set_visible(False)
    # The lowest panel of every column has the numbers of the shared axis.
    for column in range(columns):
        used = [i for i in range(count) if i % columns == column]
        if used:
            panels[used[-1]].xaxis.set_tick_params(labelbottom=True)
    return figure, panels[:count]


def plain_log_ticks(axis):
    """1, 2, 5, 10, ... instead of powers; fewer over many decades."""
    low, high = axis.get_view_interval()
    decades = math.log10(high / low) if low > 0 else 9.0
    subs = (1.0, 2.0, 5.0) if decades < 3 else (1.0,)
    if decades < 0.7:
        subs = tuple(range(1, 10))
    axis.set_major_locator(ticker.LogLocator(subs=subs, numticks=20))
    axis.set_major_formatter(ticker.FuncFormatter(lambda x, _: f"{x:g}"))
    axis.set_minor_formatter(ticker.NullFormatter())


def loss_scale(axes, low, high):
    if not (math.isfinite(low) and math.isfinite(high)):
        return
    if low > 0 and high > 3 * low:
        axes.set_yscale("log")
        axes.set_ylim(low / (high / low)**0.06, high * (high / low)**0.05)
        plain_log_ticks(axes.yaxis)
    else:
        room = 0.06 * (high - low or abs(high) or 1.0)
        axes.set_ylim(low - room, high + room)


def update_scale(axes, grids):
    """Racers may differ a hundredfold in updates: then logarithmic, from the
    first snapshot after update 0."""
    ends = [grid[-1] for grid in grids if grid[-1] > 0]
    firsts = [grid[grid > 0].min() for grid in grids if (grid > 0).any()]
    if ends and max(ends) > 6 * min(ends):
        axes.set_xscale("log", nonpositive="mask")
        axes.set_xlim(0.9 * min(firsts), max(ends))
    else:
        axes.set_xlim(0.0, max(ends, default=1.0))
    axes.xaxis.set_major_formatter(ticker.FuncFormatter(
        lambda x, _: f"{x:,.0f}"))


def time_unit(seconds):
    """(factor, name) that make `seconds` a number between 1 and 1000."""
    for factor, name in ((1.0, "seconds"), (1e3, "milliseconds")):
        if seconds * factor >= 1.0:
            return factor, name
    return 1e6, "microseconds"


def quantile(histogram, q):
    total, seen = sum(histogram.values()), 0
    for value in sorted(histogram):
        seen += histogram[value]
        if seen >= q * total:
            return value
    return 0


# --- Labels at the ends of lines ---------------------------------------------

def spread(heights, gap):
    """Heights in [0, 1], moved as little as needed to be `gap` apart. In any
    order; keeps that order."""
    order = sorted(range(len(heights)), key=lambda i: heights[i])
    gap = min(gap, 1.0 / max(1, len(heights) - 1))
    placed = np.array([heights[i] for i in order])
    for _ in range(200):
        for k in range(len(placed) - 1):
            overlap = gap - (placed[k + 1] - placed[k])
            if overlap > 1e-9:
                placed[k] -= overlap / 2
                placed[k + 1] += overlap / 2
        placed = np.clip(placed, 0.0, 1.0)
    for k in range(len(placed) - 1):
        placed[k + 1] = max(placed[k + 1], placed[k] + gap)
    placed -= max(0.0, placed[-1] - 1.0) if len(placed) else 0.0
    result = [0.0] * len(heights)
    for k, i in enumerate(order):
        result[i] = float(placed[k])
    return result


def end_labels(axes, labels):
    """Names right of the axes at the height where each line ends, with a
    sample of the line. `labels`: (x and y of the end, text, look)."""
    to_axes = axes.transData + axes.transAxes.inverted()
    ends = []
    for x, y, _, _ in labels:
        end = np.nan_to_num(to_axes.transform((x, y)), nan=1.0, posinf=1.0,
                            neginf=0.0)
        ends.append(np.clip(end, 0.0, 1.0))
    axes_inches = 0.72 * axes.figure.get_figheight()
    placed = spread([float(end[1]) for end in ends], 0.175 / axes_inches)
    for end, at, (_, _, text, look) in zip(ends, placed, labels):
        axes.plot([end[0], 1.005, 1.03], [end[1], end[1], at],
                  transform=axes.transAxes, color="#BBBBBB", linewidth=0.6,
                  clip_on=False, zorder=1.2)
        sample = mlines.Line2D([1.035, 1.065, 1.095], [at] * 3,
                               transform=axes.transAxes, clip_on=False,
                               markevery=[1], **look)
        axes.add_line(sample)
        axes.annotate(text, (1.11, at), xycoords="axes fraction",
                      va="center", fontsize=8.5, color=INK,
                      annotation_clip=False)


# --- Activities of a worker --------------------------------------------------

def draw_activities(panel, spans):
    """`spans`: {activity: [(worker, start, length)]}. One collection for each
    activity: thousands of single patches take seconds."""
    for activity, rows in spans.items():
        face, hatch, _ = ACTIVITIES[activity]
        worker, start, length = np.array(rows).T
        x = np.stack([start, start + length, start + length, start], axis=1)
        y = np.stack([worker - 0.4] * 2 + [worker + 0.4] * 2, axis=1)
        panel.add_collection(collections.PolyCollection(
            np.stack([x, y], axis=2), facecolor=face, hatch=hatch,
            edgecolor="white" if hatch is None else WARNING,
            linewidth=0.3 if hatch is None else 0.0))


def activity_legend(seen):
    return [patches.Patch(facecolor=face, hatch=hatch, label=name,
                          edgecolor=WARNING if hatch else "#999999",
                          linewidth=0.5)
            for activity, (face, hatch, name) in ACTIVITIES.items()
            if activity in seen]
