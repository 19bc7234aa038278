# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The tortoise authors.
"""What the program prints, writes and returns when all is well."""

import csv
import json
import re
import subprocess

from program import RACE, ProgramTest, folder_problems, main

DIVERGING = RACE.replace("size = 0.1", "size = 1e30")


class Race(ProgramTest):
    def summary(self):
        return json.loads((self.out / "summary.json").read_text())

    def test_writes_a_complete_run_directory(self):
        result = self.run_program("race", self.file, "--out", self.out)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertTrue((self.out / "DONE").exists())
        self.assertEqual(folder_problems(self.out), [])
        self.assertEqual([r["name"] for r in self.summary()["racers"]],
                         ["sync", "k-async"])

    def test_prints_a_table_and_where_the_files_are(self):
        result = self.run_program("race", self.file, "--out", self.out)
        self.assertIn("sync", result.stdout)
        self.assertIn("target loss", result.stdout)
        self.assertIn(str(self.out), result.stdout)
        self.assertIn("[2/2] k-async: started\n", result.stderr)

    def test_quiet_prints_nothing(self):
        result = self.run_program("race", self.file, "--out", self.out,
                                  "--quiet")
        self.assertEqual((result.returncode, result.stdout), (0, ""))
        for line in result.stderr.splitlines():  # a busy machine warns
            self.assertIn("warning", line)

    def test_overrides(self):
        result = self.run_program(
            "race", self.file, "--out", self.out, "--repeat", "2", "--set",
            "racer.1.quorum=[1,3]", "--set", "stop.updates=7", "--set=seed=9",
            "--clock", "wall")
        self.assertEqual(result.returncode, 0, result.stderr)
        summary = self.summary()
        self.assertEqual(summary["seed"], 9)
        self.assertEqual(
            [(r["name"], r["repeat"], r["updates"])
             for r in summary["racers"]],
            [(name, repeat, 7) for repeat in (0, 1)
             for name in ("sync", "k-async K=1", "k-async K=3")])

    def test_default_folders_do_not_collide(self):
        for _ in range(3):
            result = self.run_program("race", self.file, "--quiet")
            self.assertEqual(result.returncode, 0, result.stderr)
        folders = sorted(p.name for p in (self.folder / "runs").iterdir())
        self.assertEqual(len(folders), 3)
        for name in folders:
            self.assertRegex(name, r"^small-\d{8}-\d{6}(-\d+)?$")

    def test_divergence_is_exit_code_1_and_the_race_goes_on(self):
        path = self.write("diverging.toml",
                          DIVERGING + "step.size = 0.1\n")
        result = self.run_program("race", path, "--out", self.out, "--quiet")
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertIn("sync", result.stderr)
        self.assertEqual([r["termination"] for r in self.summary()["racers"]],
                         ["diverged", "updates"])
        self.assertTrue((self.out / "DONE").exists())

    def test_best_keeps_one_value_per_group(self):
        result = self.run_program(
            "race", self.file, "--out", self.out, "--best", "step.size",
            "--clock", "virtual", "--repeat", "3", "--set",
            "step.size=[0.001,0.1,0.2]")
        self.assertEqual(result.returncode, 0, result.stderr)
        summary = self.summary()
        self.assertEqual(len(summary["racers"]), 2 * 3 * 3)
        self.assertEqual([(b["group"], b["key"], b["tried"])
                          for b in summary["best"]],
                         [("sync", "step.size", 3),
                          ("k-async", "step.size", 3)])
        names = [b["name"] for b in summary["best"]]
        table = [line.split() for line in result.stdout.splitlines()]
        rows = [" ".join(words[:2]) for words in table
                if words and words[0] in ("sync", "k-async")
                and "best" in words]
        self.assertEqual(sorted(rows), sorted(names))
        self.assertEqual(len(summary["differences"]), 1)
        self.assertIn("95 % interval", result.stdout)
        at_edge = any(b["at_edge"] for b in summary["best"])
        self.assertEqual("at the edge" in result.stderr, at_edge)

    def test_best_needs_a_list(self):
        for key, text in (("step.sise", "did you mean step.size?"),
                          ("step.size", "no racer has a list")):
            result = self.run_program("race", self.file, "--out", self.out,
                                      "--best", key)
            self.assertEqual(result.returncode, 2)
            self.assertIn(f"--best {key}: ", result.stderr)
            self.assertIn(text, result.stderr)
            self.assertFalse(self.out.exists())

    def test_resume_of_a_complete_race_prints_it_again(self):
        first = self.run_program("race", self.file, "--out", self.out)
        again = self.run_program("race", self.file, "--out", self.out,
                                 "--resume")
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertIn("nothing to resume", again.stdout)
        self.assertIn(first.stdout.strip().splitlines()[1], again.stdout)

    def test_resume_needs_the_same_race(self):
        self.run_program("race", self.file, "--out", self.out)
        (self.out / "DONE").unlink()
        other = self.run_program("race", self.file, "--out", self.out,
                                 "--resume", "--set", "step.size=0.2")
        self.assertEqual(other.returncode, 2)
        self.assertIn("'size = 0.1'", other.stderr)
        self.assertIn("'size = 0.2'", other.stderr)
        for arguments in ([], ["--out", self.folder / "none"]):
            result = self.run_program("race", self.file, "--resume",
                                      *arguments)
            self.assertEqual(result.returncode, 2)
            self.assertIn("--out" if not arguments else "nothing to resume",
                          result.stderr)

    def test_stopped_workers_are_fine(self):
        result = self.run_program(
            "race", self.file, "--out", self.out, "--set",
            'workers.stops_at=["5ms","never","never"]', "--set",
            "stop.updates=1000", "--set", "stop.seconds=5")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(self.summary()["racers"][0]["termination"],
                         "worker_stopped")

    def test_resolved_experiment_runs_again(self):
        self.run_program("race", self.file, "--out", self.out)
        again = self.run_program("race", self.out / "experiment.toml",
                                 "--out", self.folder / "again")
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertEqual((self.out / "experiment.toml").read_text(),
                         (self.folder / "again/experiment.toml").read_text())

    def test_rows_add_up_to_the_gradients(self):
        self.run_program("race", self.file, "--out", self.out)
        fates = {}
        with open(self.out / "contributions.csv") as file:
            for row in csv.DictReader(file):
                key = row["racer"], row["fate"]
                fates[key] = fates.get(key, 0) + 1
        for racer in self.summary()["racers"]:
            gradients = racer["gradients"]
            for fate in ("applied", "cancelled", "unfinished"):
                self.assertEqual(gradients[fate],
                                 fates.get((racer["name"], fate), 0))
            self.assertEqual(gradients["started"],
                             sum(n for k, n in fates.items()
                                 if k[0] == racer["name"]))


class Check(ProgramTest):
    def test_says_what_applies_in_virtual_time(self):
        result = self.run_program("check", self.file, "--set",
                                  "clock=virtual", "--set",
                                  "workers.compute=measured")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("# virtual time: at least", result.stdout)
        self.assertIn("# computing its gradients takes about", result.stdout)
        self.assertNotIn("compute load", result.stdout)
        self.assertRegex(result.stdout, r"\ncompute = [0-9.e-]+\n")

    def test_without_a_model_there_is_only_time(self):
        path = self.folder / "none.toml"
        path.write_text('clock = "virtual"\n' +
                        RACE.replace("quadratic", "none").replace(
                            "parameters = 5\n", ""))
        result = self.run_program("check", path)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("# virtual time: at least", result.stdout)
        for word in ("parameter", "samples", "gradient,", "losses"):
            self.assertNotIn(f"# {word}", result.stdout)

    def test_prints_an_experiment_that_checks_to_itself(self):
        first = self.run_program("check", self.file)
        self.assertEqual(first.returncode, 0, first.stderr)
        path = self.write("resolved.toml", first.stdout)
        second = self.run_program("check", path)
        strip = re.compile("^#.*\n", re.MULTILINE)
        self.assertEqual(strip.sub("", first.stdout),
                         strip.sub("", second.stdout))

    def test_says_how_long_it_takes_and_what_it_loads(self):
        result = self.run_program("check", self.file, "--set",
                                  "stop.seconds=3")
        self.assertIn("# the race takes at most 6.0 s", result.stdout)
        self.assertIn("compute load 0.", result.stdout)

    def test_starts_nothing(self):
        self.run_program("check", self.file)
        self.assertEqual([p.name for p in self.folder.iterdir()],
                         ["small.toml"])

    def test_describes_every_key(self):
        result = self.run_program("check", "--keys")
        self.assertEqual(result.returncode, 0, result.stderr)
        for key in ("staleness_bound", "round_delay", "stops_at"):
            self.assertIn(key, result.stdout)


class Data(ProgramTest):
    def test_says_what_is_in_a_sparse_file(self):
        path = self.write("a.libsvm", "1 1:0.5 3:-2\n-1\n-1 2:4\n")
        result = self.run_program("data", path)
        self.assertEqual(result.returncode, 0, result.stderr)
        for line in (r"rows +3\n", r"columns +3\n", r"nonzeros +3\n",
                     r"density +33.33 %\n", r"values +from -2 to 4\n",
                     r"empty rows +1\n", r"labels +-1/\+1\n",
                     r" -1 +2 +66.67 %\n", r" 1 +1 +33.33 %\n"):
            self.assertRegex(result.stdout, line)

    def test_takes_a_format_and_a_target(self):
        path = self.write("a.csv", "y,x\n0.5,1\n2.5,0\n")
        result = self.run_program("data", path, "--format", "csv", "--target",
                                  "y")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertRegex(result.stdout, r"labels +real\n +from 0.5 to 2.5\n")


class Others(ProgramTest):
    def test_version(self):
        result = self.run_program("version")
        self.assertEqual(result.returncode, 0)
        for line in (r"^tortoise \d+\.\d+\.\d+\n", r"commit +\S+\n",
                     r"compiler +\S+", r"flags .*-ffp-contract=off"):
            self.assertRegex(result.stdout, line)

    def test_help(self):
        for arguments in (["--help"], ["race", "--help"]):
            result = self.run_program(*arguments)
            self.assertEqual((result.returncode, result.stderr), (0, ""))
            self.assertIn("race", result.stdout)

    def test_output_that_cannot_be_written(self):
        with open("/dev/full", "w") as full:
            result = subprocess.run(
                [__import__("program").PROGRAM, "version"], stdout=full,
                stderr=subprocess.PIPE, text=True)
        self.assertEqual(result.returncode, 1)
        self.assertIn("No space left on device", result.stderr)


class Tape(ProgramTest):
    def test_is_a_trace_that_gives_the_same_race(self):
        tape = self.run_program("tape", self.file, "--set", "clock=virtual")
        self.assertEqual(tape.returncode, 0, tape.stderr)
        self.assertEqual(tape.stdout.splitlines()[0],
                         "worker,gradient,seconds")
        (self.folder / "tape.csv").write_text(tape.stdout)
        for out, overrides in (
                ("law", []),
                ("tape", ["--set", 'workers.delay={ trace = "tape.csv" }'])):
            result = self.run_program("race", self.file, "--clock", "virtual",
                                      "--out", self.folder / out, *overrides)
            self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual((self.folder / "law/updates.csv").read_text(),
                         (self.folder / "tape/updates.csv").read_text())

    def test_takes_a_length_and_a_repeat(self):
        def rows(*arguments):
            result = self.run_program("tape", self.file, "--gradients", "2",
                                      *arguments)
            self.assertEqual(result.returncode, 0, result.stderr)
            return result.stdout.splitlines()[1:]
        first = rows("--set", "repeats=2")
        self.assertEqual([row[:4] for row in first],
                         ["0,0,", "0,1,", "1,0,", "1,1,", "2,0,", "2,1,"])
        self.assertNotEqual(
            first, rows("--set", "repeats=2", "--repeat", "1"))

    def test_refuses_several_delays(self):
        result = self.run_program("tape", self.file, "--set",
                                  "racer.1.workers.delay.mean=1")
        self.assertEqual((result.returncode, result.stdout), (2, ""))
        self.assertIn("a trace holds one delay", result.stderr)


if __name__ == "__main__":
    main()
