#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The tortoise authors.
"""How much quicker is a virtual race of a network on two cores than on one?

    cmake --preset release && cmake --build --preset release
    bench/engine/virtual_speedup.py [--repetitions N] [--only TEXT] [PROGRAM]

Axes: protocol; number of workers. Each race is a process of its own, with all
that belongs to it: making the data, 60 snapshots and their losses, writing the
run directory. The two kinds take turns; the times are the least ones, because
what else the machine does only adds to them. Exits with 1 if the run
directories differ in a byte (but for environment.json) or a ratio is above 0.6.
"""

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
MOST = 0.6

RACE = """\
clock = "virtual"
[problem]
objective = "mlp"
hidden = [128]
data = {{ generate = "digits", rows = 10000 }}
[workers]
count = {workers}
batch_size = 32
delay = {{ distribution = "exponential", mean = "5ms" }}
[step]
size = 0.02
[stop]
updates = {updates}
[[racer]]
protocol = "{protocol}"
{quorum}
"""

# Protocol, its quorum, and contributions to an update for P workers.
PROTOCOLS = [("sync", "", lambda workers: workers),
             ("k-sync", "quorum = 4", lambda workers: 4),
             ("async", "", lambda workers: 1),
             ("k-batch-async", "quorum = 4", lambda workers: 4)]
CONTRIBUTIONS = 3000


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()
            if path.name != "environment.json"}


def race(program, file, out, processors):
    """Seconds of a race on these processors only."""
    begin = time.perf_counter()
    subprocess.run([program, "race", file, "--quiet", "--out", out], check=True,
                   preexec_fn=lambda: os.sched_setaffinity(0, processors))
    return time.perf_counter() - begin


def measure(program, file, folder, repetitions):
    """The least seconds on one core and on two, and whether bytes agree."""
    processors = sorted(os.sched_getaffinity(0))[:2]
    kinds = [{processors[0]}, set(processors)]
    seconds = [[], []]
    found = []
    for repetition in range(repetitions):
        for kind, chosen in enumerate(kinds):
            out = folder / f"{file.stem}-{kind}-{repetition}"
            seconds[kind].append(race(program, file, out, chosen))
            found.append(contents(out))
    same = all(each == found[0] for each in found)
    return min(seconds[0]), min(seconds[1]), same


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("program", nargs="?", type=pathlib.Path,
                        default=ROOT / "build/release/bin/tortoise")
    parser.add_argument("--repetitions", type=int, default=7)
    parser.add_argument("--only", default="", help="part of a protocol's name")
    arguments = parser.parse_args()
    if len(os.sched_getaffinity(0)) < 2:
        sys.exit("needs two processors: there is one here")
    program = arguments.program.resolve()
    good = True
    print(f"{'protocol':<14} {'P':>3} {'1 core':>8} {'2 cores':>8} "
          f"{'ratio':>6}  same bytes")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for protocol, quorum, per_update in PROTOCOLS:
            if arguments.only not in protocol:
                continue
            for workers in (8, 32):
                file = folder / f"{protocol}-{workers}.toml"
                file.write_text(RACE.format(
                    protocol=protocol, quorum=quorum, workers=workers,
                    updates=CONTRIBUTIONS // per_update(workers)))
                one, two, same = measure(program, file, folder,
                                         arguments.repetitions)
                good = good and same and two <= MOST * one
                print(f"{protocol:<14} {workers:>3} {one:>8.3f} {two:>8.3f} "
                      f"{two / one:>6.3f}  {'yes' if same else 'NO'}",
                      flush=True)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
