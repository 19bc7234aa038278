# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The tortoise authors.
"""The pictures of docs/validation.md."""

import math

import matplotlib.pyplot as plt
import numpy as np
from matplotlib import lines as mlines
from matplotlib import ticker

import picture_style as style
import plot

PACE_LIMIT = 0.02
VARIATION_LIMIT = 0.02
ENOUGH = 50_000  # contributions that the limit on staleness asks for

# Racers of one protocol look alike, whatever their settings.
PROTOCOLS = ("sync", "k-sync", "k-batch-sync", "k-async", "k-batch-async",
             "async", "ssp", "local-sgd")


def look(racer):
    protocol = racer.split(" ")[0]
    index = (PROTOCOLS.index(protocol) if protocol in PROTOCOLS
             else len(PROTOCOLS))
    return style.COLORS[index], style.MARKERS[index]


def protocol_legend(figure, racers):
    seen = {racer.split(" ")[0] for racer in racers}
    handles = []
    for name in (p for p in PROTOCOLS if p in seen):
        color, marker = look(name)
        handles.append(mlines.Line2D(
            [], [], color=color, marker=marker, linestyle="", label=name,
            markersize=6, markeredgecolor="white"))
    figure.legend(handles=handles, ncol=8, loc="lower center", frameon=False,
                  fontsize=8, handletextpad=0.1, columnspacing=1.2)


def heading(figure, title, lines, legend_inches=0.0):
    """A title and lines of text above the axes."""
    height, width = figure.get_figheight(), figure.get_figwidth()
    room = (0.38 + 0.17 * len(lines)) / height
    below = legend_inches / height
    figure.get_layout_engine().set(
        rect=(0.0, below, 1.0, 1.0 - room - below))
    figure.text(0.12 / width, 1.0 - 0.12 / height, title, fontsize=12,
                fontweight="bold", va="top", color="black")
    for index, text in enumerate(lines):
        figure.text(0.12 / width, 1.0 - (0.36 + 0.17 * index) / height, text,
                    fontsize=8.5, va="top", color=style.INK)


# --- Errors of all configurations --------------------------------------------

def errors_picture(results):
    """A row per configuration: error of the seconds per update, and distance
    of the staleness histograms, of each racer."""
    height = 1.6 + 0.235 * len(results)
    figure, (left, right) = plt.subplots(
        1, 2, sharey=True, figsize=(9.6, height), layout="constrained")
    for row, result in enumerate(results):
        count = len(result.racers)
        for index, racer in enumerate(result.racers):
            at = row + 0.56 * (index + 0.5 - count / 2) / max(count, 3)
            color, marker = look(racer.name)
            points = {"marker": marker, "color": color, "markersize": 5.5,
                      "markeredgewidth": 0.5, "linestyle": ""}
            left.plot(100 * racer.pace_error, at, markeredgecolor="white",
                      **points)
            # Histograms of a single 0 on both clocks have nothing to show.
            if racer.wall_staleness or racer.virtual_staleness:
                enough = racer.contributions >= ENOUGH
                right.plot(racer.variation, at, **points,
                           fillstyle="full" if enough else "none",
                           markeredgecolor="white" if enough else color)
    left.axvspan(-100 * PACE_LIMIT, 100 * PACE_LIMIT, color="#E8F2E8",
                 zorder=0)
    right.axvspan(0, VARIATION_LIMIT, color="#E8F2E8", zorder=0)
    left.set_xscale("symlog", linthresh=100 * PACE_LIMIT, linscale=2.0)
    right.set_xscale("symlog", linthresh=VARIATION_LIMIT, linscale=2.0)
    errors = [100 * r.pace_error for result in results for r in result.racers
              if math.isfinite(r.pace_error)]
    left.set_xlim(min(-3.0, 1.5 * min(errors, default=0)),
                  max(3.0, 1.5 * max(errors, default=0)))
    ticks = (-100, -10, -2, -1, 0, 1, 2, 10, 100, 1000)
    left.xaxis.set_major_locator(ticker.FixedLocator(ticks))
    left.xaxis.set_major_formatter(ticker.FuncFormatter(
        lambda x, _: f"{x:+g} %" if x else "0"))
    left.xaxis.set_minor_locator(ticker.NullLocator())
    right.set_xlim(0, 1.0)
    right.xaxis.set_major_locator(ticker.FixedLocator(
        (0, 0.01, 0.02, 0.1, 1.0)))
    right.xaxis.set_major_formatter(ticker.FuncFormatter(
        lambda x, _: f"{x:g}"))
    right.xaxis.set_minor_locator(ticker.NullLocator())
    left.set_yticks(range(len(results)), [r.case.name for r in results])
    left.set_ylim(len(results) - 0.4, -0.6)
    for axes in (left, right):
        axes.tick_params(axis="y", length=0)
        axes.grid(axis="y", visible=False)
        for row in range(1, len(results)):
            axes.axhline(row - 0.5, color="#EEEEEE", linewidth=0.7, zorder=0.5)
    for label, result in zip(left.get_yticklabels(), results):
        label.set_color(style.INK if result.promised else "#999999")
    left.set_xlabel("seconds per update, real threads over virtual time")
    right.set_xlabel("total-variation distance of the staleness histograms")
    protocol_legend(figure, [racer.name for result in results
                             for racer in result.racers])
    heading(figure, "real threads against virtual time",
            ["a point: one racer on the same delay tape on both clocks; green: "
             "2 % and 0.02; hollow: fewer than 50,000 contributions",
             "grey names: the mean delay is less than 50 times the computing "
             "of a gradient"], legend_inches=0.3)
    return figure


# --- Ranking -----------------------------------------------------------------

def ranking_picture(results):
    """Seconds to the target on both clocks, with intervals, a point for each
    racer of each configuration."""
    figure, axes = plt.subplots(figsize=(6.4, 6.2), layout="constrained")
    every = []
    names = []
    for result in results:
        for racer in result.racers:
            wall, virtual = racer.wall_target, racer.virtual_target
            if not (wall and virtual and math.isfinite(wall.mean) and
                    math.isfinite(virtual.mean)):
                continue
            color, marker = look(racer.name)
            bars = [[[max(0.0, i.mean - i.low)], [max(0.0, i.high - i.mean)]]
                    if math.isfinite(i.low) else None
                    for i in (virtual, wall)]
            axes.errorbar(virtual.mean, wall.mean, xerr=bars[0], yerr=bars[1],
                          color=color, marker=marker, markersize=6,
                          elinewidth=0.8, linestyle="", zorder=3,
                          markerfacecolor=color if result.promised
                          else "none", markeredgewidth=0.8)
            every += [wall.mean, virtual.mean]
            names.append(racer.name)
    if not every:
        plt.close(figure)
        return None
    low, high = 0.7 * min(every), 1.4 * max(every)
    axes.plot([low, high], [low, high], color=style.INK, linewidth=0.8,
              zorder=1)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlim(low, high)
    axes.set_ylim(low, high)
    axes.set_aspect("equal")
    for axis in (axes.xaxis, axes.yaxis):
        style.plain_log_ticks(axis)
    axes.set_xlabel("seconds to the target, virtual time")
    axes.set_ylabel("seconds to the target, real threads")
    protocol_legend(figure, names)
    heading(figure, "seconds to the target on both clocks",
            ["a point: one racer of one configuration, mean and 95 % interval "
             "over its repeats", "hollow: the mean delay is less than 50 times "
             "the computing of a gradient"], legend_inches=0.3)
    return figure


# --- Staleness ---------------------------------------------------------------

def staleness_picture(results, shown):
    """Histograms of `shown`, [(case, racer)]: bars are threads, a line with
    dots is virtual time."""
    by_name = {result.case.name: result for result in results}
    panels = [(by_name[case], racer) for case, racer in shown
              if case in by_name and racer in by_name[case].wall.staleness
              and racer in by_name[case].virtual.staleness]
    if not panels:
        return None
    rows = math.ceil(len(panels) / 3)
    figure, grid = plt.subplots(rows, 3, squeeze=False, layout="constrained",
                                figsize=(9.0, 1.1 + 1.8 * rows))
    for panel in grid.flat[len(panels):]:
        panel.set_visible(False)
    for panel, (result, name) in zip(grid.flat, panels):
        wall, virtual = (run.staleness[name]
                         for run in (result.wall, result.virtual))
        most = max(style.quantile(h, 0.995) for h in (wall, virtual))
        width = 1 + most // 60  # values that share a bar
        starts = np.arange(0, most + 1, width)
        color, _ = look(name)
        for histogram, is_wall in ((wall, True), (virtual, False)):
            total = sum(histogram.values())
            share = [100 / total * sum(histogram[int(v)] for v in
                                       range(start, start + width))
                     for start in starts]
            at = starts + (width - 1) / 2
            if is_wall:
                panel.bar(at, share, width=0.85 * width, color=color,
                          alpha=0.45, linewidth=0)
            else:
                panel.plot(at, share, color=style.INK, linewidth=0.9,
                           marker="o", markersize=2.2)
        measure = next(r for r in result.racers if r.name == name)
        panel.set_title(f"{result.case.name}: {name}", loc="left",
                        fontsize=8.5, fontweight="bold")
        panel.text(0.98, 0.94, f"distance {measure.variation:.3f}\n"
                   f"by chance {measure.by_chance:.3f}",
                   transform=panel.transAxes, ha="right", va="top",
                   fontsize=7.5, bbox=style.PAPER_BOX)
        panel.set_xlim(-0.7, most + 0.7)
        panel.yaxis.set_major_formatter(
            ticker.FuncFormatter(lambda x, _: f"{x:g} %"))
        panel.yaxis.set_major_locator(ticker.MaxNLocator(3))
        panel.xaxis.set_major_locator(ticker.MaxNLocator(5, integer=True))
    figure.supxlabel("staleness, updates", fontsize=9)
    figure.supylabel("share of contributions", fontsize=9)
    heading(figure, "staleness on both clocks",
            ["bars: real threads; line: virtual time; by chance: what two "
             "samples of one law would differ by"])
    return figure


# --- Loss curves -------------------------------------------------------------

def curves_picture(wall, virtual):
    """The loss curves of one race on both clocks in one picture: threads solid
    and wide, virtual time dashed and dark on top of it."""
    racers = [racer for racer in wall.racers if racer in virtual.curves]
    figure, axes = style.curve_figure(len(racers))
    figure.set_size_inches(9.0, 5.6)
    every, labels = [], []
    for index, racer in enumerate(racers):
        curves = [plot.aggregate(run, racer, "seconds", "loss")
                  for run in (wall, virtual)]
        if None in curves:
            continue
        color = style.COLORS[index % len(style.COLORS)]
        for (x, median, _, _), is_wall in zip(curves, (True, False)):
            axes.plot(x, median, color=color if is_wall else style.INK,
                      linewidth=4.0 if is_wall else 1.1,
                      alpha=0.55 if is_wall else 1.0,
                      linestyle="-" if is_wall else (0, (5, 2.2)),
                      solid_capstyle="butt", zorder=2 if is_wall else 3)
            every.append(median)
        labels.append((curves[0][0][-1], curves[0][1][-1], racer,
                       {"color": color, "linewidth": 4.0, "alpha": 0.55,
                        "linestyle": "-"}))
    style.loss_scale(axes, min(y.min() for y in every),
                     max(y.max() for y in every))
    axes.set_xlim(0.0, max(label[0] for label in labels))
    axes.set_xlabel("seconds of the clock")
    axes.set_ylabel("training loss")
    style.end_labels(axes, labels)
    axes.legend(handles=[
        mlines.Line2D([], [], color="#999999", linewidth=4.0, alpha=0.7,
                      label="real threads"),
        mlines.Line2D([], [], color=style.INK, linewidth=1.1,
                      linestyle=(0, (5, 2.2)), label="virtual time")],
        loc="upper right", frameon=False, fontsize=9)
    heading(figure, f"{wall.name}: the same race on both clocks",
            [f"{style.how_measured(wall).split(', ', 1)[1]}; "
             "lines: medians over the repeats"])
    return figure
