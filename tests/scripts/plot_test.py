# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The tortoise authors.
"""Draws synthetic run directories, whole and damaged ones."""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
SCRIPTS = HERE.parents[1] / "scripts"
sys.dont_write_bytecode = True
sys.path[:0] = [str(HERE), str(SCRIPTS)]

import synthetic_run  # noqa: E402

try:
    import matplotlib.image
    import plot
    from run_directory import Run
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(0)

ALL = {"loss-seconds", "loss-updates", "test-accuracy-seconds", "staleness",
       "seconds-per-update", "timeline"}


class Pictures(unittest.TestCase):
    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.addCleanup(self.temporary.cleanup)
        self.folder = pathlib.Path(self.temporary.name) / "run"
        self.out = self.folder / "pictures"

    def race(self, racers, **options):
        options = {"repeats": 2, "seconds": 0.3} | options
        synthetic_run.write(self.folder, racers, **options)

    def draw(self):
        """Draws all pictures; their names. Each must show something."""
        written = plot.draw(self.folder, self.out, dpi=80)
        for path in written:
            pixels = matplotlib.image.imread(path)[..., :3]
            self.assertGreater(pixels.shape[0] * pixels.shape[1], 30_000)
            inked = (pixels.min(axis=2) < 0.9).mean()
            self.assertGreater(inked, 0.005, path.name)
            svg = path.with_suffix(".svg").read_text("utf-8")
            self.assertIn("</svg>", svg)
        return {path.stem for path in written}

    def texts(self, picture="loss-seconds"):
        """All words in a picture."""
        figure = plot.PICTURES[picture](self.run_directory())
        found = [text.get_text() for text in figure.texts]
        for axes in figure.axes:
            found += [text.get_text() for text in axes.texts]
            found += [axes.get_xlabel(), axes.get_ylabel()]
        plot.plt.close(figure)
        return "\n".join(found)

    def run_directory(self):
        run = Run(self.folder)
        run.hopeless = set()
        return run

    def test_nine_racers_give_every_picture(self):
        self.race(synthetic_run.nine_racers())
        self.assertEqual(self.draw(), ALL)

    def test_pictures_say_how_they_were_measured(self):
        racers = synthetic_run.nine_racers()[:2]
        self.race(racers)
        words = self.texts()
        for expected in ("wall clock, 2 repeats, 8 workers",
                         "common step size 0.1", "seconds of the wall clock",
                         "training loss", "target 0.42", "k-sync"):
            self.assertIn(expected, words)
        self.assertNotIn("cut short", words)

        racers[1].step = 0.4
        self.race(racers)
        self.assertIn("tuned per racer (0.1 to 0.4)", self.texts())

    def test_run_without_done_says_so(self):
        self.race(synthetic_run.nine_racers()[:2], done=False, files=())
        self.assertIn("no DONE", self.texts())
        # The timeline comes from contributions.csv then.
        self.assertEqual(self.draw(), ALL - {"seconds-per-update"})

    def test_torn_last_line_is_left_out(self):
        self.race(synthetic_run.nine_racers()[:2], done=False, files=())
        path = self.folder / "curves.csv"
        path.write_text(path.read_text() + "k-sync,1,0.4")
        run = self.run_directory()
        curve = run.curves["k-sync"]["1"]
        self.assertEqual(len(set(map(len, curve.values()))), 1)
        self.assertEqual(len(curve["loss"]), 61)

    def test_diverged_racer_does_not_hide_the_others(self):
        racers = synthetic_run.nine_racers()[:3]
        racers[2].diverges = True
        self.race(racers, seconds=2.0, files=("summary.json",))
        run = self.run_directory()
        run.hopeless = {"k-batch-sync"}
        figure = plot.PICTURES["loss-seconds"](run)
        self.assertLess(figure.axes[0].get_ylim()[1], 5.0)
        plot.plt.close(figure)
        self.assertIn("k-batch-sync, diverged", self.texts())

    def test_one_racer_and_no_test_data(self):
        self.race([synthetic_run.Racer("async", 1, False, False)], repeats=1,
                  test_data=False)
        self.assertEqual(self.draw(), ALL - {"test-accuracy-seconds"})

    def test_twenty_racers(self):
        self.race([synthetic_run.Racer(f"k-async K={k}", 1 + k % 8, True,
                                       False) for k in range(20)],
                  repeats=1, seconds=0.1)
        self.assertEqual(self.draw(), ALL)

    def test_theory_stands_beside_the_measured_pace(self):
        self.race(synthetic_run.nine_racers()[:4])
        path = self.folder / "summary.json"
        summary = json.loads(path.read_text())
        theory = {"sync": {"expected": 0.011}, "k-sync": {"lower": 0.004},
                  "k-batch-sync": {"lower": 0.002, "upper": 0.006}}
        for entry in summary["racers"]:
            entry["seconds_per_update"] |= theory.get(entry["name"], {})
        path.write_text(json.dumps(summary))
        self.assertIn("black line: expected in theory; black brackets: bounds "
                      "of theory", self.texts("seconds-per-update"))
        run = self.run_directory()
        figure, axes = plot.plt.subplots()
        drawn = [plot.draw_theory(axes, run, racer, 0, 1e3)
                 for racer in run.racers]
        plot.plt.close(figure)
        self.assertEqual(drawn, [("value", 11.0), ("bounds", 4.0),
                                 ("bounds", 6.0), (None, 0.0)])
        self.assertEqual(self.draw(), ALL)

    def test_nulls_and_missing_columns(self):
        self.race(synthetic_run.nine_racers()[:2])
        summary = json.loads((self.folder / "summary.json").read_text())
        summary["target_loss"] = None
        for entry in summary["racers"]:
            entry["seconds_to_target"] = None
            entry["seconds_per_update"] = {"mean": None, "expected": None}
        (self.folder / "summary.json").write_text(json.dumps(summary))
        (self.folder / "staleness.csv").write_text("racer,repeat\n")
        (self.folder / "curves.csv").write_text(
            "racer,repeat,seconds,updates,loss\n"
            "sync,0,0,0,2.0\nsync,0,1,10,\nsync,0,2,20,1.0\n"
            "k-sync,0,0,0,\n")
        self.assertEqual(self.draw(),
                         {"loss-seconds", "loss-updates", "timeline"})

    def test_repeats_are_interpolated_before_they_are_aggregated(self):
        self.race(synthetic_run.nine_racers()[:1])
        (self.folder / "curves.csv").write_text(
            "racer,repeat,seconds,updates,loss\n"
            "sync,0,0,0,4\nsync,0,2,10,2\nsync,0,4,20,0\n"
            "sync,1,0,0,4\nsync,1,1,10,2\nsync,1,3,20,2\n")
        x, median, low, high = plot.aggregate(
            self.run_directory(), "sync", "seconds", "loss")
        self.assertEqual(list(x), [0, 1, 2, 3])  # the shorter one ends it
        self.assertEqual(list(low), [4, 2, 2, 1])
        self.assertEqual(list(high), [4, 3, 2, 2])
        self.assertEqual(list(median), [4, 2.5, 2, 1.5])

    def test_program_prints_where_pictures_are(self):
        self.race(synthetic_run.nine_racers()[:2])
        out = self.folder / "elsewhere"
        done = subprocess.run(
            [sys.executable, SCRIPTS / "plot.py", self.folder, "--out", out],
            capture_output=True, text=True, check=True)
        self.assertIn(str(out / "loss-seconds.png"), done.stdout)
        self.assertEqual(done.stderr, "")

    def test_empty_folder_is_an_error(self):
        self.folder.mkdir()
        done = subprocess.run(
            [sys.executable, SCRIPTS / "plot.py", self.folder],
            capture_output=True, text=True)
        self.assertEqual(done.returncode, 1)
        self.assertIn("no race in it", done.stderr)


if __name__ == "__main__":
    unittest.main()
