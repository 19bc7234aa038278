# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The tortoise authors.
"""The text of docs/validation.md, from what was measured."""

import math

from run_directory import get
from measures import relative, worst
from pictures import ENOUGH, PACE_LIMIT, VARIATION_LIMIT


def table(header, rows):
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def cell(value, form):
    return format(value, form) if math.isfinite(value) else "-"


def percent(value):
    return cell(100 * value, "+.2f") + " %" if math.isfinite(value) else "-"


# --- Verdicts ----------------------------------------------------------------

def variation_limit(racer):
    """0.02; what chance alone gives where that is more; twice that for fewer
    contributions than the limit asks for."""
    if racer.contributions >= ENOUGH:
        return max(VARIATION_LIMIT, racer.by_chance)
    return max(VARIATION_LIMIT, 2 * racer.by_chance)


def breaches(result):
    """What of a configuration is beyond the limits, in words."""
    found = []
    for racer in result.racers:
        if not abs(racer.pace_error) <= PACE_LIMIT:
            found.append(f"{racer.name} {percent(racer.pace_error)}")
        if racer.variation > variation_limit(racer):
            found.append(f"{racer.name} distance {racer.variation:.3f} "
                         f"(by chance {racer.by_chance:.3f})")
    found += [f"order of {pair}" for pair in result.ranking.against]
    return found


def ranking_cell(ranking):
    return f"{ranking.agree} of {ranking.decided}"


# --- Tables ------------------------------------------------------------------

def case_rows(results):
    for result in results:
        errors = [abs(r.pace_error) for r in result.racers]
        counted = [r.variation for r in result.racers
                   if r.contributions >= ENOUGH]
        ratio = (f"{result.ratio:,.0f}" if result.ratio >= 10
                 else f"{result.ratio:.2g}")
        load = worst(result.wall, "compute_load")
        yield (f"`{result.case.name}`", result.case.what,
               str(result.case.workers), ratio, cell(load, ".2f"),
               percent(max(errors)).lstrip("+"),
               cell(max(counted), ".4f") if counted else "-",
               ranking_cell(result.ranking),
               "no" if breaches(result) else "yes")


def racer_rows(results):
    for result in results:
        for racer in result.racers:
            targets = [cell(t.mean, ".3f") if t else "-"
                       for t in (racer.wall_target, racer.virtual_target)]
            yield (f"`{result.case.name}`", racer.name,
                   cell(1e3 * racer.virtual_pace, ".4f"),
                   cell(1e3 * racer.wall_pace, ".4f"),
                   percent(racer.pace_error),
                   f"{racer.contributions:,}",
                   cell(racer.virtual_staleness, ".3f"),
                   cell(racer.wall_staleness, ".3f"),
                   cell(racer.variation, ".4f"),
                   cell(racer.by_chance, ".4f"), targets[1], targets[0])


def staleness_error(racer):
    return relative(racer.wall_staleness, racer.virtual_staleness)


def both_clocks_rows(both):
    for racer in both.racers:
        yield (racer.name, cell(1e3 * racer.virtual_pace, ".4f"),
               cell(1e3 * racer.wall_pace, ".4f"), percent(racer.pace_error),
               cell(racer.virtual_staleness, ".4f"),
               cell(racer.wall_staleness, ".4f"),
               percent(staleness_error(racer)))


def both_clocks_text(both):
    paces = max(abs(racer.pace_error) for racer in both.racers)
    stale = max(abs(staleness_error(racer)) for racer in both.racers)
    data = get(both.wall.experiment, "problem", "data")
    given = f" on {data.split('/')[-1]}" if isinstance(data, str) else ""
    return (f"`data/experiments/both_clocks.toml`{given}: delays of "
            f"{both.ratio:,.0f} times the computing of a gradient, "
            f"{both.wall.repeats()} repeats. The largest error of "
            f"the seconds per update is {100 * paces:.2f} %, that of the mean "
            f"staleness {100 * stale:.2f} %.")


# --- Text --------------------------------------------------------------------

def machine(results):
    """Processor and load, in words."""
    environment = results[0].wall.environment
    loads = get(environment, "load_average", "before") or [math.nan]
    shares = [get(r.wall.environment, "foreign_share") for r in results]
    shares = [s for s in shares if s is not None]
    kind = "virtual machine, " if environment.get("hypervisor") else ""
    text = (f"{environment.get('processor') or 'unknown processor'} ({kind}"
            f"{len(environment.get('affinity') or [])} processors, "
            f"{environment.get('kernel', 'unknown kernel')}); load average "
            f"{loads[0]:.2f} before the first race")
    if shares:
        text += ("; other programs took up to "
                 f"{100 * max(shares):.0f} % of the processor time of a race")
    return text + "."


def overview(results):
    promised = [r for r in results if r.promised]
    within = [r for r in promised if not breaches(r)]
    paces = [abs(racer.pace_error) for r in promised for racer in r.racers]
    variations = [racer.variation for r in promised for racer in r.racers
                  if racer.contributions >= ENOUGH]
    decided = sum(r.ranking.decided for r in promised)
    agree = sum(r.ranking.agree for r in promised)
    paces.sort()
    left_out = sum(racer.disturbed for r in results for racer in r.racers)
    ran = sum(r.wall.repeats() for r in results for racer in r.racers)
    text = (f"Of {len(results)} configurations, {len(promised)} have a mean "
            "delay of at least 50 times the computing of a gradient. "
            f"{len(within)} of these agree within 2 % in the seconds per "
            "update of every racer, within 0.02 (or what chance gives, where "
            "that is more) in the total-variation distance of the staleness "
            f"histograms of every racer with at least {ENOUGH:,} "
            "contributions, and in the order of all pairs "
            "of racers whose 95 % intervals of the seconds to the target do "
            "not overlap on one of the clocks.")
    if paces:
        text += (f" Over the {len(paces)} racers of the {len(promised)}, the "
                 "median error of the seconds per update is "
                 f"{100 * paces[len(paces) // 2]:.2f} % and the largest "
                 f"{100 * paces[-1]:.2f} %; {agree} of {decided} pairs have "
                 "the same order")
        text += (f"; the largest distance is {max(variations):.4f}."
                 if variations else ".")
    if left_out:
        text += (f" {left_out} of {ran} races on threads were disturbed and "
                 "are left out.")
    return text


def parting(results):
    """A list of the configurations that do not agree, with the reason."""
    lines = []
    for result in results:
        found = breaches(result)
        if not found:
            continue
        near = ("" if result.promised else
                "the delay is not long beside the computing; ")
        why = result.case.might_break or "not foreseen"
        lines.append(f"- `{result.case.name}`: {near}{why}. Beyond the "
                     f"limits: {'; '.join(found)}.")
    return "\n".join(lines) or "None did."


HOW = """\
Every configuration is raced twice, with the same delay tape: on real threads
(`--clock wall`) and in virtual time (`--clock virtual`, with `workers.compute`
measured once). What differs is what real threads add: waking late, sharing
processors, waiting for a lock.

- **Disturbed repeats** are left out of both clocks: those in which one wake-up
  in a hundred came more than 0.5 ms after its deadline, as when something else
  holds the processors for milliseconds. Where half of the repeats or more are
  disturbed, all count: then the race itself makes its threads late.
- **Error**: mean over the repeats of the seconds per update on threads, over
  that in virtual time, minus 1.
- **Distance**: total variation, half the sum of |p - q| over all values of
  staleness, start-up included. Two independent samples of the same law differ
  too: *by chance* is that expectation, for the counts at hand. The wider a law,
  the more contributions it takes to be below 0.02 by chance: 50,000 for `async`
  with 16 workers, 800,000 with 256. The common tape makes many pairs nearer
  than that. But protocols in which workers wait for each other or are cancelled
  (`k-async`, `k-batch-sync`) turn one swap of near ties into other draws for
  everybody later, and are as far apart as chance.
- **Order**: pairs of racers of a configuration whose 95 % intervals (Student,
  over the repeats) of the seconds to the target do not overlap on at least one
  clock, and how many of them both clocks order alike. A racer that reaches the
  target in no repeat comes last; one that does in some has no place.
"""


def page(results, both, pictures, command):
    """The whole page. `pictures`: names of those that were drawn."""
    parts = ["# Virtual time against real threads", "",
             f"<!-- Written by `{command}`. -->", "", overview(results), "",
             "Measured on " + machine(results), "", HOW]
    if "validation.png" in pictures:
        parts += ["![errors](pictures/validation.png)", ""]
    parts += ["## Configurations", "",
              "X/c is the mean delay over the computing of a gradient, load "
              "the compute load of the worst racer. Error and distance are "
              "those of the worst racer; the distance counts from "
              f"{ENOUGH:,} contributions.", "",
              table(("name", "delays", "P", "X/c", "load", "error",
                     "distance", "order", "agrees"), case_rows(results)), "",
              "## Where the clocks part", "", parting(results), ""]
    if both:
        parts += ["## All protocols on one problem", "",
                  both_clocks_text(both), ""]
        if "validation-clocks.png" in pictures:
            parts += ["![both clocks](pictures/validation-clocks.png)", ""]
        parts += [table(("racer", "ms per update, virtual", "threads",
                         "error", "staleness, virtual", "threads", "error"),
                        both_clocks_rows(both)), ""]
    parts += ["## Every racer", ""]
    for name, text in (("validation-ranking.png", "seconds to the target"),
                       ("validation-staleness.png", "staleness")):
        if name in pictures:
            parts += [f"![{text}](pictures/{name})", ""]
    parts += [table(("configuration", "racer", "ms per update, virtual",
                     "threads", "error", "contributions",
                     "staleness, virtual", "threads", "distance", "by chance",
                     "s to target, virtual", "threads"),
                    racer_rows(results)), ""]
    return "\n".join(parts)
