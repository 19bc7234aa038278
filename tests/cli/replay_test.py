# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The tortoise authors.
"""Races on real threads that are replayed from their run directories."""

import csv
import json
import signal
import time

from program import ProgramTest, main

# Every preset with a coordinator.
ALL = """\
name = "all"
repeats = 3
[problem]
objective = "softmax"
data = { generate = "digits", rows = 300 }
[workers]
count = 4
batch_size = 16
delay = { distribution = "exponential", mean = "300us" }
[step]
size = 0.05
[stop]
updates = 30
[report]
snapshots = 2
[[racer]]
protocol = "sync"
[[racer]]
protocol = "k-sync"
quorum = 2
[[racer]]
protocol = "k-batch-sync"
quorum = 3
[[racer]]
protocol = "async"
[[racer]]
protocol = "k-async"
quorum = 2
[[racer]]
protocol = "k-batch-async"
quorum = 3
[[racer]]
protocol = "ssp"
staleness_bound = 1
[[racer]]
protocol = "local-sgd"
local_steps = 3
"""

QUADRATIC = """\
[problem]
objective = "quadratic"
parameters = 5
precision = "double"
[workers]
count = 3
delay = { distribution = "exponential", mean = "1ms" }
[step]
size = 0.1
[stop]
updates = 30
"""
ASYNC = QUADRATIC + '[[racer]]\nprotocol = "async"\n'
HOGWILD = '[[racer]]\nprotocol = "hogwild"\n'


class Replay(ProgramTest):
    def race(self, content, *arguments):
        path = self.write("race.toml", content)
        done = self.run_program("race", path, "--out", self.out, "--quiet",
                                *arguments)
        self.assertEqual(done.returncode, 0, done.stderr)

    def replay(self, code, *arguments):
        done = self.run_program("replay", self.out, *arguments)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done

    def rewrite_events(self, change):
        path = self.out / "events.csv"
        with open(path, newline="") as file:
            rows = list(csv.reader(file))
        change(rows[0], rows[1:])
        with open(path, "w", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(rows)

    def test_of_every_preset_gives_the_same_bits(self):
        self.race(ALL)
        done = self.replay(0)
        rows = [line.split() for line in done.stdout.splitlines()[1:25]]
        racers = json.loads((self.out / "summary.json").read_text())["racers"]
        self.assertEqual(len(racers), 24)
        self.assertEqual(
            [(row[0], int(row[1]), int(row[2]), row[3]) for row in rows],
            [("same", r["repeat"], r["updates"], r["parameters_checksum"])
             for r in racers])
        self.assertIn("24 runs replayed to the same bits", done.stdout)
        self.assertEqual(done.stderr, "")

    def test_quiet_prints_nothing(self):
        self.race(ASYNC)
        done = self.replay(0, "--quiet")
        self.assertEqual(done.stdout + done.stderr, "")

    def test_notices_one_digit(self):
        self.race(ASYNC)

        def change(header, rows):
            for row in rows:
                row[header.index("step")] = "0.2"

        self.rewrite_events(change)
        done = self.replay(1)
        self.assertIn("DIFFERENT", done.stdout)
        self.assertIn("1 of 1 run ended with other parameters", done.stderr)

    def test_refuses_events_that_contradict_each_other(self):
        self.race(ASYNC)

        def change(header, rows):
            rows[0][header.index("gradient")] = "1"

        self.rewrite_events(change)
        done = self.replay(2)
        self.assertIn("events.csv: async, repeat 0: event 1: worker 0 is "
                      "released for gradient 1, but its next one is 0",
                      done.stderr)

    def test_names_another_build_if_bits_differ(self):
        self.race(ASYNC)
        path = self.out / "environment.json"
        environment = json.loads(path.read_text())
        environment["compiler"] = "another one"
        path.write_text(json.dumps(environment))
        self.assertEqual(self.replay(0).stderr, "")
        path = self.out / "summary.json"
        summary = json.loads(path.read_text())
        summary["racers"][0]["parameters_checksum"] = "0123456789abcdef"
        path.write_text(json.dumps(summary))
        done = self.replay(1)
        self.assertIn('compiler "another one", here "', done.stderr)

    def test_skips_hogwild(self):
        self.race(ASYNC + HOGWILD, "--repeat", "2")
        done = self.replay(0)
        self.assertIn("hogwild: 2 runs skipped: its workers write in place, "
                      "and their order inside an update cannot be recorded",
                      done.stderr)
        self.assertIn("2 runs replayed", done.stdout)

    def test_refuses_hogwild_alone(self):
        self.race(QUADRATIC + HOGWILD)
        self.assertIn("nothing in it can be replayed: hogwild: its workers "
                      "write in place", self.replay(2).stderr)

    def test_refuses_a_thinned_record(self):
        self.race(ASYNC, "--set", "report.contributions=20")
        self.assertIn("its record was thinned to", self.replay(2).stderr)

    def test_refuses_virtual_time(self):
        self.race(ASYNC, "--clock", "virtual")
        self.assertIn("a race in virtual time needs no replay",
                      self.replay(2).stderr)

    def test_refuses_what_is_not_a_run_directory(self):
        self.assertIn("is not a folder that a race wrote",
                      self.replay(2).stderr)

    def test_of_an_interrupted_race(self):
        long = ASYNC.replace("updates = 30", "seconds = 100")
        process = self.start_race(self.write("race.toml", long), "--quiet")
        self.wait_for("contributions.csv")
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        self.finish(process)
        self.assertEqual(process.returncode, 130)
        self.assertIn("1 run replayed to the same bits", self.replay(0).stdout)


if __name__ == "__main__":
    main()
