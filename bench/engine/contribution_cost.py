#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The tortoise authors.
"""Compares the cost of a contribution in two builds, which take turns.

    cmake --preset bench && cmake --build --preset bench   # in both checkouts
    cd build/bench/bin
    contribution_cost.py [--rounds N] [--pass "SCALE IMAGES ONLY"]
        BEFORE/build/bench/bin/contribution_cost ./contribution_cost

Axes: those of contribution_cost.cc. What else the machine does only takes rates
down, so the best of the rounds is shown beside the median, and the least
processor nanoseconds. The last lines say how much `sync` with two workers makes
of what one makes. With one program it prints that program's figures.
"""

import argparse
import os
import shlex
import statistics
import subprocess


def measure(program, arguments):
    lines = subprocess.run([program, *arguments], check=True, text=True,
                           capture_output=True).stdout.splitlines()
    return {name: (float(rate), float(nanoseconds))
            for name, rate, nanoseconds in map(str.split, lines)}


def show(name, rounds):
    rates = [[figures[name][0] for figures in rounds_of]
             for rounds_of in rounds]
    used = [min(figures[name][1] for figures in rounds_of)
            for rounds_of in rounds]
    cells = [f"{statistics.median(r):11.0f} {max(r):11.0f} {u:8.1f}"
             for r, u in zip(rates, used)]
    ratio = ""
    if len(rates) == 2:
        ratios = [after / before for before, after in zip(*rates)]
        medians = [statistics.median(r) for r in rates]
        ratio = (f" {medians[1] / medians[0]:8.2f}"
                 f" {max(rates[1]) / max(rates[0]):8.2f}"
                 f" {min(ratios):6.2f} to {max(ratios):.2f}")
    print(f"{name:24} " + " ".join(cells) + ratio)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("programs", nargs="+", metavar="PROGRAM")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--pass", dest="arguments", default="",
                        help="arguments of contribution_cost, in one string")
    options = parser.parse_args()
    rounds = [[] for _ in options.programs]
    load_before = os.getloadavg()[0]
    for _ in range(options.rounds):
        for program, figures in zip(options.programs, rounds):
            figures.append(measure(program, shlex.split(options.arguments)))
    print(f"{options.rounds} rounds; load {load_before:.1f} before, "
          f"{os.getloadavg()[0]:.1f} after")
    heads = ["median, best, least ns"] * len(rounds)
    print(f"{'per second':24} " + " ".join(f"{h:>32}" for h in heads) +
          ("    ratios of medians, of bests, round by round"
           if len(rounds) == 2 else ""))
    for name in rounds[0][0]:
        show(name, rounds)
    for figures in rounds:
        speedups = [f["softmax/sync/2"][0] / f["softmax/sync/1"][0]
                    for f in figures
                    if "softmax/sync/2" in f and "softmax/sync/1" in f]
        if speedups:
            print("sync, 2 workers over 1: "
                  f"median {statistics.median(speedups):.2f}, "
                  f"best {max(speedups):.2f}")


if __name__ == "__main__":
    main()
