# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The tortoise authors.
"""How near two clocks are: numbers from two run directories of the same
experiment, one on real threads and one in virtual time."""

import collections
import dataclasses
import itertools
import math
import statistics

from run_directory import get, number

# Student's t, two-sided 95 %, for 1, 2, ... degrees of freedom.
STUDENT = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262)


# Seconds. When something else holds the processors for milliseconds, one
# wake-up in a hundred is later than this.
LATE = 5e-4


# --- Staleness ---------------------------------------------------------------

def variation_distance(one, other):
    """Total-variation distance of two histograms {value: count}: half the sum
    of |p - q|, in [0, 1]. NaN if one is empty."""
    n, m = sum(one.values()), sum(other.values())
    if not n or not m:
        return math.nan
    return 0.5 * sum(abs(one.get(v, 0) / n - other.get(v, 0) / m)
                     for v in set(one) | set(other))


def variation_by_chance(one, other):
    """What the distance would be on average if both were independent samples
    of one law: |p - q| of a value is then half-normal, with variance
    p (1 - p) (1/n + 1/m)."""
    n, m = sum(one.values()), sum(other.values())
    if not n or not m:
        return math.nan
    total = 0.0
    for value in set(one) | set(other):
        p = (one.get(value, 0) + other.get(value, 0)) / (n + m)
        total += math.sqrt(max(0.0, p * (1 - p)))
    return 0.5 * total * math.sqrt(2 / math.pi * (1 / n + 1 / m))


# --- Ranking -----------------------------------------------------------------

@dataclasses.dataclass(frozen=True)
class Interval:
    """Mean and 95 % interval of a racer's seconds to the target."""
    mean: float
    low: float
    high: float


def interval(values):
    """mean +- t s / sqrt(n); both ends infinite for a single value."""
    mean = statistics.fmean(values)
    if len(values) < 2:
        return Interval(mean, -math.inf, math.inf)
    t = STUDENT[min(len(values) - 1, len(STUDENT)) - 1]
    half = t * statistics.stdev(values) / math.sqrt(len(values))
    return Interval(mean, mean - half, mean + half)


def time_to_target(times):
    """The interval of `times`, one for each repeat and None where the target
    was not reached. A racer that never reaches it comes after all others
    (infinity); one that sometimes does has no place in a ranking (None)."""
    reached = [t for t in times if t is not None]
    if not times or (reached and len(reached) < len(times)):
        return None
    if not reached:
        return Interval(math.inf, math.inf, math.inf)
    return interval(reached)


def apart(one, other):
    """Do two intervals have nothing in common?"""
    return one.high < other.low or other.high < one.low


@dataclasses.dataclass(frozen=True)
class Ranking:
    """How two clocks order the pairs of racers."""
    decided: int = 0  # pairs whose intervals are apart on one clock or both
    agree: int = 0    # of them, those that both clocks order alike
    pairs: int = 0    # with a place on both clocks
    against: tuple = ()  # names of the decided pairs that do not agree


def compare_rankings(wall, virtual):
    """`wall`, `virtual`: {racer: Interval or None}. A pair whose intervals are
    apart on either clock must have the same order of means on both."""
    ranked = [racer for racer in wall
              if wall[racer] is not None and virtual.get(racer) is not None]
    pairs = decided = agree = 0
    against = []
    for a, b in itertools.combinations(ranked, 2):
        pairs += 1
        if not (apart(wall[a], wall[b]) or apart(virtual[a], virtual[b])):
            continue
        decided += 1
        if (wall[a].mean < wall[b].mean) == (virtual[a].mean <
                                             virtual[b].mean):
            agree += 1
        else:
            against.append(f"{a} / {b}")
    return Ranking(decided, agree, pairs, tuple(against))


# --- Two run directories -----------------------------------------------------

@dataclasses.dataclass
class RacerMeasure:
    """One racer on both clocks."""
    name: str
    wall_pace: float  # seconds per update, mean over the repeats
    virtual_pace: float
    pace_error: float  # of the wall clock, relative to virtual time
    contributions: int  # counted ones, of the clock that counted fewer
    wall_staleness: float
    virtual_staleness: float
    variation: float
    by_chance: float
    wall_target: object  # Interval or None
    virtual_target: object
    disturbed: int = 0  # repeats left out


def mean_value(entries, *keys):
    """Of a number of summary.json, over the repeats that have it."""
    values = [number(get(entry, *keys)) for entry in entries]
    values = [value for value in values if math.isfinite(value)]
    return statistics.fmean(values) if values else math.nan


def relative(value, reference):
    """value / reference - 1; 0 if both are 0."""
    if value == reference:
        return 0.0
    return value / reference - 1 if reference else math.inf


def mean_of(histogram):
    total = sum(histogram.values())
    return (sum(v * n for v, n in histogram.items()) / total if total
            else math.nan)


def undisturbed(wall, name):
    """The entries of the repeats in which threads woke in time; all of them if
    that is not most of them, since then the race itself makes them late."""
    entries = wall.entries(name)
    calm = [entry for entry in entries
            if not number(get(entry, "delay_overshoot", "p99")) > LATE]
    return calm if 2 * len(calm) > len(entries) else entries


def measure_racer(wall, virtual, name):
    """`wall` and `virtual` are Runs."""
    repeats = [entry.get("repeat") for entry in undisturbed(wall, name)]
    entries = [[entry for entry in run.entries(name)
                if entry.get("repeat") in repeats] for run in (wall, virtual)]
    paces = [mean_value(of_run, "seconds_per_update", "mean")
             for of_run in entries]
    histograms = [
        sum((histogram for repeat, histogram in
             run.staleness_of_repeats.get(name, {}).items()
             if int(repeat) in repeats), collections.Counter())
        for run in (wall, virtual)]
    targets = [time_to_target([entry.get("seconds_to_target")
                               for entry in of_run]) for of_run in entries]
    return RacerMeasure(
        name, *paces, relative(*paces),
        min(sum(histogram.values()) for histogram in histograms),
        *(mean_of(histogram) for histogram in histograms),
        variation_distance(*histograms), variation_by_chance(*histograms),
        *targets, len(wall.entries(name)) - len(repeats))


def measure_racers(wall, virtual):
    return [measure_racer(wall, virtual, name) for name in wall.racers]


def ranking(measures):
    return compare_rankings({m.name: m.wall_target for m in measures},
                            {m.name: m.virtual_target for m in measures})


def computing_seconds(virtual):
    """What computing a gradient was measured to take, on an idle thread."""
    return number(get(virtual.experiment, "workers", "compute"))


def worst(run, *keys):
    """The largest value of a key in summary.json; NaN if there is none."""
    return max((value for racer in run.racers
                for value in run.values(racer, *keys)), default=math.nan)
