# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The tortoise authors.
"""Writes a run directory in the formats of docs/run-directory.md, from a small
simulation instead of a race."""

import heapq
import json
import math
import random

MEAN = 0.005  # seconds per gradient

CURVES = ("racer,repeat,seconds,updates,gradients,loss,test_loss,"
          "test_accuracy,quorum,local_steps")
CONTRIBUTIONS = (
    "racer,repeat,worker,gradient,version_read,version_counted,"
    "seconds_released,seconds_started,seconds_computed,seconds_arrived,fate")


class Racer:
    """A k-async or k-sync race of exponential workers."""

    def __init__(self, name, quorum, waits, cancels, step=0.1,
                 diverges=False):
        self.name, self.quorum, self.step = name, quorum, step
        self.waits, self.cancels, self.diverges = waits, cancels, diverges

    def simulate(self, repeat, workers, seconds):
        """(update times, histogram, trace, contributions)."""
        draw = random.Random(f"{self.name} {repeat}")
        updates, histogram, trace, rows = [], {}, [], []
        heap, read, began = [], {}, {}

        def release(worker, now):
            read[worker], began[worker] = len(updates), now
            heapq.heappush(heap, (now + draw.expovariate(1 / MEAN), worker))

        def work(worker, end, activity):
            start = began[worker]
            compute = min(0.0004, end - start)
            if activity == "straggle":
                trace.append((worker, "compute", start, compute))
                trace.append((worker, activity, start + compute,
                              end - start - compute))
            else:
                trace.append((worker, activity, start, end - start))

        for worker in range(workers):
            release(worker, 0.0)
        pushed = []
        while heap and heap[0][0] < seconds:
            now, worker = heapq.heappop(heap)
            work(worker, now, "straggle")
            pushed.append((worker, now))
            rows.append((worker, read[worker], began[worker], now, "applied"))
            staleness = len(updates) - read[worker]
            histogram[staleness] = histogram.get(staleness, 0) + 1
            if len(pushed) < self.quorum:
                if not self.waits:
                    release(worker, now)
                continue
            updates.append(now)
            freed = {w for w, _ in pushed} if self.waits else {worker}
            if self.cancels:
                for _, other in heap:
                    work(other, now, "cancelled")
                    rows.append((other, read[other], began[other], now,
                                 "cancelled"))
                    freed.add(other)
                heap.clear()
            if self.waits:
                for other, end in pushed:
                    trace.append((other, "wait", end, now - end))
            pushed.clear()
            for other in sorted(freed):
                release(other, now)
        return updates, histogram, trace, rows


def nine_racers():
    """What the first race looks like."""
    return [
        Racer("sync", 8, True, False), Racer("k-sync", 4, True, True),
        Racer("k-batch-sync", 4, False, True), Racer("async", 1, False, False),
        Racer("k-async", 4, True, False),
        Racer("k-batch-async", 4, False, False),
        Racer("ssp", 1, False, False), Racer("local-sgd tau=4", 8, True, False),
        Racer("hogwild", 1, False, False)]


def loss_at(updates, racer, repeat):
    if racer.diverges and updates > 40:
        return math.inf if updates > 60 else 2.3 * 1.2**(updates - 40)
    noise = random.Random(f"{racer.name} {repeat} {updates}").gauss(0, 0.01)
    floor = 0.25 + 0.1 / racer.quorum
    return (2.3 - floor) / (1 + updates / 25) + floor + noise


def text(value):
    return repr(value) if math.isfinite(value) else ""


def write(folder, racers, repeats=3, workers=8, seconds=2.0, done=True,
          target=0.42, files=("summary.json", "trace.json"), test_data=True):
    folder.mkdir(parents=True, exist_ok=True)
    curves, staleness = [CURVES], ["racer,repeat,staleness,count"]
    contributions, entries, events = [CONTRIBUTIONS], [], []
    for repeat in range(repeats):
        for racer in racers:
            run = racer.simulate(repeat, workers, seconds)
            updates, histogram, trace, rows = run
            reached = None
            for g in range(61):
                now = seconds * g / 60
                count = sum(1 for at in updates if at <= now)
                loss = loss_at(count, racer, repeat)
                if reached is None and loss <= target:
                    reached = now
                accuracy = 0.92 - 0.35 * loss if test_data else math.nan
                curves.append(
                    f"{racer.name},{repeat},{now!r},{count},"
                    f"{count * racer.quorum},{text(loss)},{text(loss)},"
                    f"{text(accuracy)},{racer.quorum},1")
                if not math.isfinite(loss):
                    break
            staleness += [f"{racer.name},{repeat},{s},{n}"
                          for s, n in sorted(histogram.items())]
            contributions += [
                f"{racer.name},{repeat},{w},0,{v},,{start!r},{start!r},,"
                f"{end!r},{fate}" for w, v, start, end, fate in rows]
            entries.append({
                "name": racer.name, "repeat": repeat, "workers": workers,
                "termination": "diverged" if racer.diverges else "seconds",
                "seconds_to_target": reached,
                "seconds_per_update": {
                    "mean": updates[-1] / len(updates) if updates else None,
                    "expected": None}})
            pid = len(entries) - 1
            events.append({"name": "process_name", "ph": "M", "pid": pid,
                           "args": {"name": f"{racer.name}, repeat {repeat}"}})
            events += [{"name": name, "ph": "X", "pid": pid, "tid": worker,
                        "ts": 1e6 * start, "dur": 1e6 * length}
                       for worker, name, start, length in trace]
    (folder / "curves.csv").write_text("\n".join(curves) + "\n")
    (folder / "staleness.csv").write_text("\n".join(staleness) + "\n")
    (folder / "contributions.csv").write_text("\n".join(contributions) + "\n")
    if "summary.json" in files:
        (folder / "summary.json").write_text(json.dumps({
            "name": "synthetic", "clock": "wall", "target_loss": target,
            "racers": entries}))
    if "trace.json" in files:
        (folder / "trace.json").write_text(json.dumps(
            {"traceEvents": events}))
    toml = ['name = "synthetic"', f"repeats = {repeats}", 'clock = "wall"',
            "[workers]", f"count = {workers}", "[step]", "size = 0.1"]
    for racer in racers:
        toml += ["[[racer]]", f'name = "{racer.name}"',
                 f"step.size = {racer.step}"]
    (folder / "experiment.toml").write_text("\n".join(toml) + "\n")
    if done:
        (folder / "DONE").write_text("")
