# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The tortoise authors.
"""Bad input gets exit code 2 and one message that names file, line and key."""

import gzip
import os
import re
import struct
import unittest

from program import RACE, ProgramTest, main

DATA_RACE = """\
[problem]
objective = "{objective}"
data = "{data}"
[workers]
count = 2
[step]
size = 0.1
[stop]
updates = 2
[[racer]]
protocol = "sync"
"""


class BadExperiment(ProgramTest):
    def refuse(self, text, *words, arguments=()):
        """`race` and `check` refuse the file with one message of `words`."""
        path = self.write("bad.toml", text)
        for command in (["race", path, "--out", self.out], ["check", path]):
            result = self.run_program(*command, *arguments)
            self.assertEqual(result.returncode, 2, result.stderr)
            self.assertEqual(result.stdout, "")
            self.assertEqual(result.stderr.count("\n"), 1, result.stderr)
            self.assertTrue(result.stderr.startswith("tortoise: "))
            for word in words:
                self.assertIn(word, result.stderr)
            self.assertFalse(self.out.exists())

    def change(self, old, new, *words):
        """The fault is in the last line of `new`."""
        self.assertIn(old, RACE)
        line = RACE[:RACE.index(old)].count("\n") + new.count("\n") + 1
        self.refuse(RACE.replace(old, new), f"bad.toml:{line}: ", *words)

    def test_unknown_key(self):
        self.change('objective = "quadratic"',
                    'objectve = "quadratic"', "objectve", "did you mean",
                    "objective")

    def test_unknown_table(self):
        self.change("[workers]", "[worker]", "did you mean", "workers")

    def test_wrong_type(self):
        self.change("count = 3", 'count = "three"', "workers.count")

    def test_missing_key(self):
        self.refuse(RACE.replace("count = 3\n", ""), "workers.count")
        self.refuse(RACE.replace("[step]\nsize = 0.1\n", ""), "step.size")
        self.refuse(RACE.replace('objective = "quadratic"\n', ""),
                    "problem.objective")
        self.refuse(RACE.replace("[stop]\nupdates = 30\n", ""), "stop")
        self.refuse(RACE[:RACE.index("[[racer]]")], "racer")

    def test_quorum_below_one(self):
        self.change("quorum = 2", "quorum = 0", "quorum",
                    "at least 1")

    def test_quorum_above_workers_that_wait(self):
        self.change("quorum = 2", "quorum = 4", "quorum")

    def test_missing_quorum(self):
        self.refuse(RACE.replace("quorum = 2\n", ""), "quorum")

    def test_local_steps_below_one(self):
        text = RACE + '[[racer]]\nprotocol = "local-sgd"\nlocal_steps = 0\n'
        self.refuse(text, "bad.toml:19: ", "local_steps", "at least 1")

    def test_bad_delays(self):
        for mean in ('"-1ms"', "-1", "nan", "inf", '"5 parsecs"'):
            self.change('mean = "1ms"', "mean = " + mean, "delay", "mean")

    def test_bad_steps(self):
        for size in ("-0.1", "0", "nan", "inf"):
            self.change("size = 0.1", "size = " + size, "step.size")

    def test_seed_that_is_no_integer(self):
        self.change('name = "small"', "seed = 1.5", "seed")
        self.change('name = "small"', 'seed = "one"', "seed")
        self.change('name = "small"', "seed = -1", "seed")

    def test_key_that_a_preset_does_not_take(self):
        self.change('protocol = "sync"', 'protocol = "sync"\nquorum = 2',
                    "quorum", "sync")
        self.change('protocol = "sync"',
                    'protocol = "sync"\nmemory = "lossy"', "memory", "sync")

    def test_unknown_preset(self):
        self.change('"k-async"', '"k-asink"', "did you mean", "k-async")

    def test_trace_with_too_few_workers(self):
        self.write("trace.csv", "worker,gradient,seconds\n0,0,1\n1,0,1\n")
        text = re.sub("delay = .*", 'delay = { trace = "trace.csv" }', RACE)
        self.refuse(text, "bad.toml:7: ", "workers.delay", "3")

    def test_broken_trace(self):
        self.write("trace.csv", "worker,gradient,seconds\n0,0,1\n0,2,1\n")
        text = re.sub("delay = .*", 'delay = { trace = "trace.csv" }', RACE)
        self.refuse(text, "trace.csv")

    def test_typing_mistakes_that_upset_the_toml_library(self):
        for line in ("[[[racer]]]", "[!problem]", "\u03c4 = 5", "[.x]", "[,]",
                     "[=", "[@a]", "["):
            self.refuse(RACE + line + "\n", "bad.toml:17: ")
        self.refuse("name = \"a\nb\"\n", "bad.toml:")
        self.refuse("", "problem")

    def test_missing_file(self):
        for command in ("race", "check", "data"):
            result = self.run_program(command, "nowhere.toml")
            self.assertEqual(result.returncode, 2)
            self.assertIn("nowhere.toml: cannot be ", result.stderr)
        result = self.run_program("check", self.folder)
        self.assertEqual(result.returncode, 2, result.stderr)

    def test_bad_overrides(self):
        for override, word in (
                ("workers.coun=4", "did you mean"),
                ("workers.count=many", "workers.count"),
                ("workers.count=0", "workers.count"),
                ("nonsense", "nonsense"), ("=4", "--set"), ("", "--set"),
                ("racer.7.quorum=1", "racer"), ("seed=", "--set"),
                ("racer.1.quorum=[1,", "--set")):
            self.refuse(RACE, word, arguments=("--set", override))

    def test_bad_repeats_and_clock(self):
        for arguments, word in ((("--repeat", "0"), "repeats"),
                                (("--repeat", "two"), "--repeat"),
                                (("--clock", "sun"), "clock")):
            result = self.run_program("race", self.file, *arguments)
            self.assertEqual(result.returncode, 2, result.stderr)
            self.assertIn(word, result.stderr)


class BadData(ProgramTest):
    def refuse(self, name, content, *words, objective="logistic"):
        data = self.write(name, content)
        path = self.write("bad.toml", DATA_RACE.format(objective=objective,
                                                       data=data.name))
        result = self.run_program("race", path, "--out", self.out)
        self.assertEqual(result.returncode, 2, result.stderr)
        self.assertEqual(result.stdout, "")
        self.assertEqual(result.stderr.count("\n"), 1, result.stderr)
        for word in words:
            self.assertIn(word, result.stderr)
        self.assertFalse(self.out.exists())

    def test_empty(self):
        self.refuse("a.libsvm", "", "a.libsvm")
        self.refuse("a.csv", "x,y\n", "a.csv")

    def test_libsvm_indices(self):
        good = "1 1:1 2:1\n"
        self.refuse("a.libsvm", good + "-1 0:1\n", "a.libsvm:2: ", "0")
        self.refuse("a.libsvm", good + "-1 2:1 1:1\n", "a.libsvm:2: ")
        self.refuse("a.libsvm", good + "-1 2:1 2:1\n", "a.libsvm:2: ")
        self.refuse("a.libsvm", good + "-1 4294967297:1\n", "a.libsvm:2: ",
                    "4294967297")

    def test_numbers(self):
        for number in ("x", "1e999", "nan", "inf", "0x1", "1.2.3", ""):
            self.refuse("a.libsvm", "1 1:1\n-1 1:" + number + "\n",
                        "a.libsvm:2: ")
            self.refuse("a.csv", "1,1\n2,1\n" + number + ",0\n", "a.csv:3: ")

    def test_ragged_csv(self):
        self.refuse("a.csv", "x,y\n1,0\n1,2,1\n", "a.csv:3: ")

    def test_truncated_gzip(self):
        whole = gzip.compress(b"1 1:1\n-1 1:2\n" * 1000)
        self.refuse("a.gz", whole[:-20], "a.gz", "truncated")

    def test_idx_size(self):
        head = struct.pack(">IIII", 0x803, 2, 2, 2)
        labels = struct.pack(">II", 0x801, 2) + bytes([0, 1])
        self.write("b-labels-idx1-ubyte", labels)
        self.refuse("b-images-idx3-ubyte", head + bytes(7),
                    "b-images-idx3-ubyte", objective="softmax")
        self.write("b-labels-idx1-ubyte", labels[:-1])
        self.refuse("b-images-idx3-ubyte", head + bytes(8),
                    "its labels", objective="softmax")

    def test_labels_of_the_wrong_kind(self):
        self.refuse("a.csv", "1,0\n1,1\n1,2\n", "problem", "logistic")
        self.refuse("a.csv", "1,0.5\n1,1.5\n1,2.25\n", "problem", "softmax",
                    objective="softmax")


class BadOutput(ProgramTest):
    def test_folder_that_exists(self):
        self.out.mkdir()
        result = self.run_program("race", self.file, "--out", self.out)
        self.assertEqual(result.returncode, 2)
        self.assertIn("already exists", result.stderr)
        self.assertEqual(list(self.out.iterdir()), [])

    def test_folder_that_cannot_be_created(self):
        self.write("file", "")
        for path in (self.folder / "file" / "run", "/proc/tortoise/run"):
            result = self.run_program("race", self.file, "--out", path)
            self.assertEqual(result.returncode, 2)
            self.assertIn("cannot be created", result.stderr)

    @unittest.skipIf(os.geteuid() == 0, "root may write everywhere")
    def test_folder_without_permission(self):
        self.folder.chmod(0o555)
        result = self.run_program("race", self.file, "--out", self.out)
        self.folder.chmod(0o755)
        self.assertEqual(result.returncode, 2)
        self.assertIn("Permission denied", result.stderr)


class BadArguments(ProgramTest):
    def test_get_code_2_and_a_hint(self):
        for arguments in ((), ("run",), ("race",), ("check",), ("data",),
                          ("race", self.file, "--outt", "x"),
                          ("race", self.file, "extra"),
                          ("race", self.file, "--out"),
                          ("race", self.file, "--set"),
                          ("data", self.file, "--format", "xml"),
                          ("version", "--quiet")):
            result = self.run_program(*arguments)
            self.assertEqual(result.returncode, 2, arguments)
            self.assertTrue(result.stderr.startswith("tortoise: "))
            self.assertEqual(result.stdout, "")


if __name__ == "__main__":
    main()
