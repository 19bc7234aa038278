# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The tortoise authors.
"""Races that are cut short: Ctrl-C, SIGTERM, SIGKILL, a full disk."""

import csv
import json
import os
import random
import resource
import signal
import time

from program import RACE, ProgramTest, folder_problems, main

LONG = RACE.replace("updates = 30", "seconds = 100")

# 2,000 points of the loss curve, each over 20,000 images: far slower to
# evaluate than to race.
SLOW_TO_EVALUATE = """\
[problem]
objective = "softmax"
data = { generate = "digits", rows = 20000 }
[workers]
count = 2
delay = { distribution = "constant", value = "1ms" }
[step]
size = 0.01
[stop]
seconds = 5
[report]
snapshots = 2000
[[racer]]
protocol = "async"
"""

# All is over this soon after a signal even on a busy machine; how soon it is
# otherwise, scripts/torture measures.
AT_ONCE = 10


class Interrupted(ProgramTest):
    def interrupt(self, process, signals=(signal.SIGINT,), pause=0.3):
        start = time.monotonic()
        for number in signals:
            process.send_signal(number)
            time.sleep(pause)
        out, err = self.finish(process)
        self.assertLess(time.monotonic() - start, AT_ONCE)
        self.assertEqual(process.returncode, 130, err)
        self.assertFalse((self.out / "DONE").exists())
        self.assertEqual(folder_problems(self.out), [])
        return out, err

    def race(self, content, *arguments):
        path = self.write("long.toml", content)
        process = self.start_race(path, *arguments)
        self.wait_for("contributions.csv")
        time.sleep(0.3)
        return process

    def test_keeps_what_was_measured(self):
        out, err = self.interrupt(self.race(LONG))
        self.assertIn("interrupted", err)
        self.assertIn(str(self.out), out)
        racers = json.loads((self.out / "summary.json").read_text())["racers"]
        self.assertEqual([r["termination"] for r in racers], ["interrupted"])
        self.assertGreater(racers[0]["updates"], 0)
        with open(self.out / "contributions.csv") as file:
            fates = [row["fate"] for row in csv.DictReader(file)]
        self.assertEqual(len(fates), racers[0]["gradients"]["started"])
        self.assertIsNotNone(racers[0]["loss"]["final"])

    def test_by_sigterm(self):
        self.interrupt(self.race(LONG, "--quiet"), [signal.SIGTERM])

    def test_while_loading(self):
        path = self.write("loading.toml", SLOW_TO_EVALUATE.replace(
            "20000", "500000"))
        process = self.start_race(path)
        while not self.out.exists() and process.poll() is None:
            time.sleep(0.001)
        out, _ = self.interrupt(process)
        self.assertNotIn("s to target", out)

    def test_second_signal_skips_the_evaluation(self):
        process = self.race(SLOW_TO_EVALUATE)
        time.sleep(1.5)
        self.interrupt(process, [signal.SIGINT, signal.SIGINT])
        racer = json.loads(
            (self.out / "summary.json").read_text())["racers"][0]
        self.assertEqual(racer["termination"], "interrupted")
        with open(self.out / "curves.csv") as file:
            rows = list(csv.DictReader(file))
        self.assertIn("", [row["loss"] for row in rows])

    def test_third_signal_ends_at_once(self):
        process = self.race(SLOW_TO_EVALUATE)
        self.interrupt(process, [signal.SIGINT] * 3, pause=0.05)


class Killed(ProgramTest):
    def test_leaves_a_readable_folder_without_done(self):
        chance = random.Random(1)
        for run in range(12):
            self.out = self.folder / f"run{run}"
            path = self.write("long.toml", LONG)
            process = self.start_race(path, "--quiet")
            time.sleep(chance.uniform(0.0, 0.3))
            process.kill()
            self.finish(process)
            self.assertEqual(process.returncode, -signal.SIGKILL)
            self.assertFalse((self.out / "DONE").exists())
            self.assertEqual(folder_problems(self.out), [])

    def test_rows_are_written_every_second(self):
        process = self.start_race(self.write("long.toml", LONG))
        path = self.out / "contributions.csv"
        deadline = time.monotonic() + 60
        while not path.exists() or path.read_text().count("\n") < 100:
            self.assertLess(time.monotonic(), deadline, "no rows")
            time.sleep(0.05)
        process.kill()
        self.finish(process)
        self.assertEqual(folder_problems(self.out), [])


class Resumed(ProgramTest):
    def files(self, folder):
        return {path.name: path.read_bytes() for path in folder.iterdir()
                if path.name != "environment.json"}

    def race(self, path, *arguments):
        result = self.run_program("race", path, "--quiet", *arguments)
        self.assertEqual(result.returncode, 0, result.stderr)

    def test_killed_anywhere_and_again_it_ends_in_the_same_bytes(self):
        path = self.write("virtual.toml", RACE.replace(
            "updates = 30", "updates = 5000").replace(
            "[problem]", 'clock = "virtual"\nrepeats = 4\n[problem]'))
        whole = self.folder / "whole"
        begin = time.monotonic()
        self.race(path, "--out", whole)
        seconds = time.monotonic() - begin
        chance = random.Random(1)
        arguments = []
        for _ in range(4):
            process = self.start_race(path, "--quiet", *arguments)
            time.sleep(chance.uniform(0.0, 0.7 * seconds))
            process.kill()
            self.finish(process)
            self.assertEqual(folder_problems(self.out), [])
            if self.out.exists():
                arguments = ["--resume"]
        self.race(path, "--out", self.out, *arguments)
        self.assertEqual(self.files(self.out), self.files(whole))

    def test_real_threads_go_on_after_ctrl_c(self):
        path = self.write("long.toml", RACE.replace(
            "updates = 30", "seconds = 1"))
        process = self.start_race(path)
        while True:  # until the second racer runs
            line = process.stderr.readline()
            if "[2/2]" in line or not line:
                break
        process.send_signal(signal.SIGINT)
        self.finish(process)
        self.assertEqual(process.returncode, 130)
        before = json.loads((self.out / "summary.json").read_text())
        result = self.run_program("race", path, "--out", self.out, "--resume")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("1 of 2 runs kept from before", result.stdout)
        after = json.loads((self.out / "summary.json").read_text())
        self.assertEqual([r["termination"] for r in after["racers"]],
                         ["seconds", "seconds"])
        self.assertEqual(after["racers"][0]["seconds"],
                         before["racers"][0]["seconds"])
        self.assertEqual(folder_problems(self.out), [])


class FullDisk(ProgramTest):
    # A limit on the size of files answers like a full disk, without root.
    def limited_race(self, limit):
        path = self.write("long.toml", LONG)
        process = self.start_race(
            path, "--set", "stop.seconds=3", preexec_fn=lambda:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))
        _, err = self.finish(process)
        self.assertEqual(process.returncode, 1, err)
        self.assertIn("cannot be written: " + os.strerror(27), err)
        self.assertFalse((self.out / "DONE").exists())
        self.assertEqual(folder_problems(self.out), [])
        for path in self.out.glob("*.csv"):
            self.assertEqual(path.read_bytes()[-1:], b"\n", path.name)
        return err

    def test_while_racing(self):
        self.assertIn("contributions.csv", self.limited_race(20_000))

    def test_at_the_start(self):
        self.limited_race(10)
        self.assertFalse((self.out / "experiment.toml").exists())


if __name__ == "__main__":
    main()
