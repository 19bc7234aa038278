# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The tortoise authors.
"""Reads a run directory (docs/run-directory.md), also one that was cut short:
whatever is missing or empty becomes NaN, None or an empty list."""

import collections
import csv
import json
import math
import re
import tomllib


def number(text):
    """A float; NaN for an empty field or none."""
    try:
        return float(text) if text not in (None, "") else math.nan
    except ValueError:
        return math.nan


def get(mapping, *keys):
    """mapping[k0][k1]..., or None where anything is missing or null."""
    for key in keys:
        mapping = mapping.get(key) if isinstance(mapping, dict) else None
    return mapping


class Run:
    """What a run directory holds."""

    def __init__(self, folder):
        self.folder = folder
        self.complete = (folder / "DONE").exists()
        self.summary = self._json("summary.json")
        version = get(self.summary, "format_version")
        if version not in (None, 2, 3):
            raise ValueError(f"{folder}: format_version {version} of its "
                             "summary.json must be 2 or 3")
        self.experiment = self._toml("experiment.toml")
        self.curves = self._curves()
        self.staleness_of_repeats = self._staleness()
        self.staleness = {racer: sum(repeats.values(), collections.Counter())
                          for racer, repeats in
                          self.staleness_of_repeats.items()}
        self.name = (get(self.experiment, "name") or
                     get(self.summary, "name") or folder.name)
        self.clock = (get(self.summary, "clock") or
                      get(self.experiment, "clock") or "unknown")
        self.target = get(self.summary, "target_loss")
        self.racers = self._racers()

    # --- Files ---------------------------------------------------------------

    def _json(self, name):
        try:
            return json.loads((self.folder / name).read_text("utf-8"))
        except (OSError, ValueError):
            return {}

    def _toml(self, name):
        try:
            return tomllib.loads((self.folder / name).read_text("utf-8"))
        except (OSError, ValueError):
            return {}

    def rows(self, name):
        """Rows of a CSV file as dictionaries; a torn last line is left out."""
        try:
            file = open(self.folder / name, encoding="utf-8", newline="")
        except OSError:
            return
        with file:
            reader = csv.reader(file)
            header = next(reader, [])
            for row in reader:
                if len(row) == len(header):
                    yield dict(zip(header, row))

    def _curves(self):
        """{racer: {repeat: {column: [values]}}}, in the order of the file."""
        curves = {}
        for row in self.rows("curves.csv"):
            curve = curves.setdefault(row.get("racer", ""), {}).setdefault(
                row.get("repeat", "0"), collections.defaultdict(list))
            for column in ("seconds", "updates", "loss", "test_loss",
                           "test_accuracy"):
                curve[column].append(number(row.get(column)))
        return curves

    def _staleness(self):
        """{racer: {repeat: {staleness: count}}}."""
        histograms = {}
        for row in self.rows("staleness.csv"):
            staleness = number(row.get("staleness"))
            count = number(row.get("count"))
            if staleness >= 0 and count > 0:
                repeats = histograms.setdefault(row.get("racer", ""), {})
                histogram = repeats.setdefault(row.get("repeat", "0"),
                                               collections.Counter())
                histogram[int(staleness)] += int(count)
        return histograms

    # --- What the pictures say -----------------------------------------------

    def _racers(self):
        """Names, in the order of the experiment."""
        names = [entry.get("name") for entry in self.entries()]
        names += [racer.get("name")
                  for racer in self.experiment.get("racer", [])]
        names += list(self.curves) + list(self.staleness)
        return list(dict.fromkeys(name for name in names if name))

    def entries(self, racer=None):
        """The objects of summary.json, of one racer or of all."""
        return [entry for entry in get(self.summary, "racers") or []
                if racer is None or entry.get("name") == racer]

    def values(self, racer, *keys):
        """A number of summary.json in every repeat that has it."""
        found = (get(entry, *keys) for entry in self.entries(racer))
        return [float(x) for x in found
                if isinstance(x, (int, float)) and math.isfinite(x)]

    def diverged(self, racer):
        """The repeats in which a racer diverged, as text."""
        return {str(entry.get("repeat")) for entry in self.entries(racer)
                if entry.get("termination") == "diverged"}

    def setting(self, *keys):
        """The values of a key over all racers, without repetition."""
        common = get(self.experiment, *keys)
        values = []
        for racer in self.experiment.get("racer", [{}]) or [{}]:
            own = get(racer, *keys)
            values.append(common if own is None else own)
        return list(dict.fromkeys(v for v in values if v is not None))

    def repeats(self):
        ran = {repeat for curve in self.curves.values() for repeat in curve}
        return len(ran) or get(self.experiment, "repeats") or 0

    # --- Timelines -----------------------------------------------------------

    def timelines(self):
        """{racer: [(worker, activity, start, seconds)]} of each racer's first
        repeat, from trace.json; else, less detailed, contributions.csv."""
        return self._trace() or self._contributions()

    def _trace(self):
        trace = self._json("trace.json")
        events = trace.get("traceEvents", []) if isinstance(
            trace, dict) else trace
        names = {}
        for event in events:
            if event.get("name") == "process_name":
                text = str(get(event, "args", "name") or "")
                match = re.fullmatch(r"(.*), repeat (\d+)", text)
                names[event.get("pid")] = (
                    (match[1], int(match[2])) if match else (text, 0))
        first = {}
        for pid, (racer, repeat) in names.items():
            if racer not in first or repeat < first[racer][1]:
                first[racer] = (pid, repeat)
        chosen = {pid: racer for racer, (pid, _) in first.items()}
        found = collections.defaultdict(list)
        for event in events:
            if event.get("ph") == "X" and event.get("pid") in chosen:
                found[chosen[event["pid"]]].append(
                    (int(event.get("tid", 0)), event.get("name", ""),
                     1e-6 * event.get("ts", 0.0), 1e-6 * event.get("dur", 0.0)))
        return dict(found)

    def _contributions(self):
        found = collections.defaultdict(list)
        first = {}
        for row in self.rows("contributions.csv"):
            racer = row.get("racer", "")
            if first.setdefault(racer, row.get("repeat")) != row.get("repeat"):
                continue
            released, started, arrived = (
                number(row.get("seconds_" + key))
                for key in ("released", "started", "arrived"))
            worker = int(number(row.get("worker")))
            if started > released:
                found[racer].append((worker, "communicate", released,
                                     started - released))
            if arrived > started:
                activity = ("cancelled" if row.get("fate") == "cancelled"
                            else "work")
                found[racer].append((worker, activity, started,
                                     arrived - started))
        return dict(found)
