#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The tortoise authors.
"""Draws the pictures of a race.

    scripts/plot.py RUN_DIR [--out DIR]

Writes PNG and SVG into DIR, RUN_DIR/pictures by default, and prints their
names. Needs matplotlib and numpy of Debian's /usr/bin/python3.
"""

import argparse
import math
import pathlib
import statistics
import sys
import warnings

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402
import numpy as np  # noqa: E402
from matplotlib import ticker  # noqa: E402

import picture_style as style  # noqa: E402
from run_directory import Run  # noqa: E402


# --- Curves ------------------------------------------------------------------

def aggregate(run, racer, x_column, y_column):
    """The repeats of a racer on a common grid: x, median, lowest, highest.

    Every repeat is interpolated before anything is aggregated. The grid ends
    where the shortest repeat ends. Repeats that diverged are left out, unless
    all did. None if there is nothing to draw."""
    repeats = run.curves.get(racer, {})
    diverged = run.diverged(racer)
    chosen = {r: c for r, c in repeats.items() if r not in diverged} or repeats
    curves = []
    for curve in chosen.values():
        x, y = np.array(curve[x_column]), np.array(curve[y_column])
        usable = np.isfinite(x) & np.isfinite(y)
        if usable.any():
            curves.append((x[usable], y[usable]))
    if not curves:
        return None
    if len(curves) == 1:
        x, y = curves[0]
        return x, y, y, y
    start = max(x[0] for x, _ in curves)
    end = min(x[-1] for x, _ in curves)
    grid = np.unique(np.concatenate([x for x, _ in curves]))
    grid = np.union1d(grid[(grid > start) & (grid < end)], [start, end])
    rows = np.array([np.interp(grid, x, y) for x, y in curves])
    return grid, np.median(rows, axis=0), rows.min(axis=0), rows.max(axis=0)


def loss_limits(run, lines):
    """The losses worth showing: a racer that diverged sets no limit beyond
    where it began."""
    low, high = math.inf, -math.inf
    for racer, (_, median, lowest, highest) in lines.items():
        if racer not in run.hopeless:
            low, high = min(low, lowest.min()), max(high, highest.max())
        high = max(high, median[0])
        low = min(low, median[0])
    if run.target is not None:
        low = min(low, run.target)
    return low, high


def label_of(run, racer, with_time):
    """The name; the median time to the target loss; whether it diverged."""
    text = racer
    times = run.values(racer, "seconds_to_target")
    if with_time and times:
        text += f", {statistics.median(times):.3g} s"
        if len(times) < len(run.entries(racer)):
            text += f" ({len(times)} of {len(run.entries(racer))})"
    lost = len(run.diverged(racer))
    if lost:
        whole = lost == len(run.entries(racer))
        text += ", diverged" + ("" if whole else f" {lost}x")
    return text


def draw_target(run, axes):
    if run.target is None:
        return
    axes.axhline(run.target, color=style.INK, linewidth=0.7, zorder=1.5)
    axes.annotate(f"target {run.target:.4g}", (0.0, run.target),
                  xycoords=("axes fraction", "data"), xytext=(4, 3),
                  textcoords="offset points", fontsize=7.5, color=style.INK,
                  bbox=style.PAPER_BOX, zorder=6)


def curves_picture(run, x_column, y_column, what, x_label, y_label):
    lines = {racer: line for racer in run.racers
             if (line := aggregate(run, racer, x_column, y_column))}
    if not lines:
        return None
    figure, axes = style.curve_figure(len(lines))
    is_loss = y_column == "loss"
    if is_loss:
        low, high = loss_limits(run, lines)
        style.loss_scale(axes, low, high)
    elif y_column == "test_accuracy":
        axes.yaxis.set_major_formatter(ticker.PercentFormatter(1.0))
    styles = {racer: style.line(run.racers.index(racer)) for racer in lines}
    for racer, (x, median, lowest, highest) in lines.items():
        color = styles[racer]["color"]
        axes.fill_between(x, lowest, highest, color=color, alpha=0.16,
                          linewidth=0, zorder=2)
        step = max(1, len(x) // 8)
        offset = run.racers.index(racer) * step // max(1, len(run.racers))
        axes.plot(x, median, markevery=(offset, step), zorder=3,
                  **styles[racer])
        if racer in run.hopeless:
            axes.plot(x[-1], min(median[-1], axes.get_ylim()[1]), "X",
                      color=color, markersize=9, clip_on=False, zorder=5)
    if x_column == "updates":
        style.update_scale(axes, [line[0] for line in lines.values()])
    else:
        axes.set_xlim(0.0, max(max(line[0][-1] for line in lines.values()),
                               1e-9))
    if is_loss:
        draw_target(run, axes)
    axes.set_xlabel(x_label)
    axes.set_ylabel(y_label)
    with_time = is_loss and x_column == "seconds"
    style.end_labels(axes, [
        (line[0][-1], line[1][-1], label_of(run, racer, with_time),
         styles[racer]) for racer, line in lines.items()])
    notes = []
    if max((len(c) for c in run.curves.values()), default=0) > 1:
        notes.append("line: median, band: lowest to highest repeat")
    if with_time and any(run.values(r, "seconds_to_target") for r in lines):
        notes.append("beside the names: median seconds to the target loss")
    style.title(figure, run, what, "; ".join(notes))
    return figure


# --- Staleness ---------------------------------------------------------------

def staleness_picture(run):
    racers = [racer for racer in run.racers if racer in run.staleness]
    if not racers:
        return None
    shown = max(style.quantile(run.staleness[r], 0.995) for r in racers)
    shown = max(shown, 4)
    figure, panels = style.small_multiples(len(racers), height=1.55)
    for panel, racer in zip(panels, racers):
        histogram = run.staleness[racer]
        total = sum(histogram.values())
        color = style.line(run.racers.index(racer))["color"]
        values = np.arange(shown + 1)
        share = np.array([histogram[int(v)] / total for v in values])
        panel.bar(values, share, width=1.0 if shown > 40 else 0.85,
                  color=color, linewidth=0)
        mean = sum(s * count for s, count in histogram.items()) / total
        panel.axvline(mean, color=style.INK, linewidth=0.9, linestyle="--")
        panel.set_xlim(-0.7, shown + 0.7)
        panel.set_ylim(0.0, 1.18 * max(share.max(), 1e-9))
        panel.yaxis.set_major_formatter(
            ticker.FuncFormatter(lambda share, _: f"{100 * share:g} %"))
        panel.yaxis.set_major_locator(ticker.MaxNLocator(3))
        panel.xaxis.set_major_locator(ticker.MaxNLocator(6, integer=True))
        panel.set_title(racer, loc="left", fontsize=9, fontweight="bold")
        panel.text(0.98, 0.93, f"mean {mean:.3g}\nmax {max(histogram)}",
                   transform=panel.transAxes, ha="right", va="top",
                   fontsize=7.5, color=style.INK, bbox=style.PAPER_BOX)
    figure.supxlabel("staleness, updates", fontsize=9)
    figure.supylabel("share of contributions", fontsize=9)
    style.title(figure, run, "staleness of the contributions",
                "dashed: mean" if run.repeats() == 1 else
                "all repeats together; dashed: mean")
    return figure


# --- Seconds per update ------------------------------------------------------

def draw_theory(axes, run, racer, row, scale):
    """What theory says of a racer's seconds per update: a line, or brackets
    that open to where it may lie. Returns what was drawn and its right end."""
    def first(key):
        values = run.values(racer, "seconds_per_update", key)
        return scale * values[0] if values else None

    look = {"color": style.INK, "linewidth": 1.6, "zorder": 3}
    top, bottom = row - 0.38, row + 0.38
    value, lower, upper = first("expected"), first("lower"), first("upper")
    if value is not None:
        axes.plot([value, value], [top, bottom], **look)
        return "value", value
    for bound, foot in ((lower, 4), (upper, -4)):
        if bound is not None:
            axes.plot([bound, bound], [top, bottom], **look)
            for end in (top, bottom):  # the feet of the bracket
                axes.annotate("", (bound, end), xytext=(foot, 0),
                              textcoords="offset points",
                              arrowprops={"arrowstyle": "-", "shrinkA": 0,
                                          "shrinkB": 0, **look})
    if lower is None and upper is None:
        return None, 0.0
    return "bounds", max(x for x in (lower, upper) if x is not None)


def seconds_per_update_picture(run):
    racers = [racer for racer in run.racers
              if run.values(racer, "seconds_per_update", "mean")]
    if not racers:
        return None
    figure, axes = plt.subplots(
        figsize=(7.6, 1.5 + 0.33 * len(racers)), layout="constrained")
    means = {r: run.values(r, "seconds_per_update", "mean") for r in racers}
    everything = [x for values in means.values() for x in values]
    scale, unit = style.time_unit(statistics.median(everything))
    positive = [x for x in everything if x > 0]
    logarithmic = positive and max(positive) > 60 * min(positive)
    if logarithmic:
        axes.set_xscale("log")
        style.plain_log_ticks(axes.xaxis)
    drawn = set()
    for row, racer in enumerate(racers):
        look = style.line(run.racers.index(racer))
        values = scale * np.array(means[racer])
        median = float(np.median(values))
        if logarithmic:  # no zero for a bar to stand on
            axes.axhline(row, color="#DDDDDD", linewidth=0.8, zorder=1)
        else:
            axes.barh(row, median, height=0.56, alpha=0.22,
                      color=look["color"], linewidth=0)
        axes.plot(values, [row] * len(values), look["marker"],
                  color=look["color"], markersize=6, markeredgecolor="white",
                  markeredgewidth=0.6, zorder=4)
        kind, end = draw_theory(axes, run, racer, row, scale)
        drawn.add(kind)
        axes.annotate(f"{median:.3g}", (max(values.max(), end), row),
                      xytext=(8, 0), va="center", textcoords="offset points",
                      fontsize=8, color=style.INK)
    axes.set_yticks(range(len(racers)), racers)
    axes.set_ylim(len(racers) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="y", visible=False)
    low, high = axes.get_xlim()
    axes.set_xlim(low, high * (1.6 if logarithmic else 1.06))
    axes.set_xlabel(f"{unit} per update, mean of a run" +
                    (" (logarithmic)" if logarithmic else ""))
    notes = "a point: one repeat; beside it: the median"
    if "value" in drawn:
        notes += "; black line: expected in theory"
    if "bounds" in drawn:
        notes += "; black brackets: bounds of theory"
    style.title(figure, run, "seconds per update", notes)
    return figure


# --- Timeline ----------------------------------------------------------------

def timeline_window(run, timelines):
    """Seconds to show, the same for all: some updates of a slow racer, and no
    less than a few contributions."""
    ends = [max(start + length for _, _, start, length in events)
            for events in timelines.values()]
    busy, count = 0.0, 0
    for events in timelines.values():
        for _, activity, _, length in events:
            busy += length if activity in style.BUSY else 0.0
            count += activity in style.BUSY and activity != "straggle"
    window = 5.0 * busy / max(count, 1)
    means = [x for racer in timelines
             for x in run.values(racer, "seconds_per_update", "mean")]
    if means:
        usual = min(max(means), 6.0 * statistics.median(means))
        window = max(window, 4.0 * usual)
    return min(window, max(ends)) or 1.0


def timeline_picture(run):
    timelines = {racer: events for racer, events in run.timelines().items()
                 if events}
    racers = [racer for racer in run.racers if racer in timelines]
    if not racers:
        return None
    window = timeline_window(run, timelines)
    scale, unit = style.time_unit(window / 4)
    workers = 1 + max(w for events in timelines.values()
                      for w, _, _, _ in events)
    columns = 1 if len(racers) <= 10 else 2
    figure, panels = style.small_multiples(
        len(racers), columns, width=8.2 if columns == 1 else 12.0,
        height=0.22 + 0.08 * min(workers, 16), share_y=True)
    seen = set()
    for panel, racer in zip(panels, racers):
        origin = min(start for _, _, start, _ in timelines[racer])
        spans = {}
        for worker, activity, start, length in timelines[racer]:
            if start - origin < window and activity in style.ACTIVITIES:
                spans.setdefault(activity, []).append(
                    (worker, scale * (start - origin), scale * length))
        style.draw_activities(panel, spans)
        seen.update(spans)
        panel.set_xlim(0.0, scale * window)
        panel.set_ylim(workers - 0.4, -0.6)
        panel.set_yticks([])
        panel.set_ylabel(racer, rotation=0, ha="right", va="center",
                         fontsize=8.5, labelpad=6)
        panel.grid(axis="y", visible=False)
    for panel in panels[-columns:]:
        panel.set_xlabel(f"{unit} since the start")
    figure.legend(handles=style.activity_legend(seen), ncol=6,
                  loc="lower center", frameon=False, fontsize=8.5)
    style.title(figure, run, "what the workers do at first",
                f"a row: one of {workers} workers; first repeat",
                legend_inches=0.3)
    return figure


# --- All of them -------------------------------------------------------------

PICTURES = {
    "loss-seconds": lambda run: curves_picture(
        run, "seconds", "loss", "training loss against time",
        f"seconds of the {run.clock} clock", "training loss"),
    "loss-updates": lambda run: curves_picture(
        run, "updates", "loss", "training loss against updates",
        "updates", "training loss"),
    "test-accuracy-seconds": lambda run: curves_picture(
        run, "seconds", "test_accuracy", "test accuracy against time",
        f"seconds of the {run.clock} clock", "test accuracy"),
    "staleness": staleness_picture,
    "seconds-per-update": seconds_per_update_picture,
    "timeline": timeline_picture,
}


def draw(folder, out, dpi=160):
    """Writes every picture that the run has numbers for; returns the names of
    the PNG files."""
    run = Run(folder)
    if not run.racers:
        raise ValueError(f"{folder}: no race in it (curves.csv, summary.json)")
    # Racers that diverged in every repeat.
    run.hopeless = {racer for racer in run.racers if run.entries(racer) and
                    len(run.diverged(racer)) == len(run.entries(racer))}
    out.mkdir(parents=True, exist_ok=True)
    style.set_defaults()
    written = []
    for name, picture in PICTURES.items():
        figure = picture(run)
        if figure is None:
            continue
        figure.savefig(out / f"{name}.png", dpi=dpi)
        figure.set_layout_engine("none")  # it is laid out now
        figure.savefig(out / f"{name}.svg", metadata={"Date": None})
        plt.close(figure)
        written.append(out / f"{name}.png")
    return written


def main():
    parser = argparse.ArgumentParser(
        description="Draws the pictures of a race.")
    parser.add_argument("run_dir", type=pathlib.Path)
    parser.add_argument("--out", type=pathlib.Path,
                        help="where to write (default: RUN_DIR/pictures)")
    arguments = parser.parse_args()
    out = arguments.out or arguments.run_dir / "pictures"
    warnings.filterwarnings("ignore", module="matplotlib")
    try:
        written = draw(arguments.run_dir, out)
    except (OSError, ValueError) as error:
        sys.exit(f"plot: {error}")
    print("pictures (each as .png and .svg):")
    for path in written:
        print(f"  {path}")


if __name__ == "__main__":
    main()
