# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The tortoise authors.
"""How far two clocks are apart: examples computed by hand."""

import math
import pathlib
import random
import sys
import tempfile
import tomllib
import types
import unittest

HERE = pathlib.Path(__file__).resolve().parent
SCRIPTS = HERE.parents[1] / "scripts"
sys.dont_write_bytecode = True
sys.path[:0] = [str(HERE), str(SCRIPTS), str(SCRIPTS / "validation")]

import cases  # noqa: E402
import measures  # noqa: E402
import synthetic_run  # noqa: E402
from measures import Interval  # noqa: E402
from run_directory import Run  # noqa: E402

try:
    import page
    import pictures
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(0)


class Distance(unittest.TestCase):
    def test_is_half_the_sum_of_differences(self):
        # 1/2 (|1/2 - 1/4| + |1/2 - 3/4|)
        self.assertAlmostEqual(
            measures.variation_distance({0: 1, 1: 1}, {0: 1, 1: 3}), 0.25)
        # 1/2 (|0.2 - 0| + |0.8 - 0.5| + |0 - 0.5|)
        self.assertAlmostEqual(
            measures.variation_distance({0: 2, 3: 8}, {3: 50, 7: 50}), 0.5)

    def test_is_zero_for_equal_shares_and_one_for_disjoint_ones(self):
        self.assertEqual(
            measures.variation_distance({2: 1, 5: 3}, {2: 10, 5: 30}), 0.0)
        self.assertEqual(measures.variation_distance({0: 7}, {1: 2}), 1.0)

    def test_of_nothing_is_unknown(self):
        self.assertTrue(math.isnan(measures.variation_distance({}, {0: 1})))
        self.assertTrue(math.isnan(measures.variation_by_chance({0: 1}, {})))

    def test_by_chance_of_a_fair_coin(self):
        # Both shares differ by |N(0, 1/4 (1/100 + 1/100))|, and the distance
        # is half of their sum: sqrt(2 / pi) sqrt(0.005).
        self.assertAlmostEqual(
            measures.variation_by_chance({0: 50, 1: 50}, {0: 50, 1: 50}),
            math.sqrt(2 / math.pi) * math.sqrt(0.005))
        self.assertEqual(measures.variation_by_chance({3: 5}, {3: 9}), 0.0)

    def test_by_chance_is_what_samples_of_one_law_differ_by(self):
        draws = random.Random(1)

        def sample(count):
            histogram = {}
            for _ in range(count):
                value = int(draws.expovariate(0.3))
                histogram[value] = histogram.get(value, 0) + 1
            return histogram

        measured, expected, trials = 0.0, 0.0, 60
        for _ in range(trials):
            one, other = sample(2000), sample(1000)
            measured += measures.variation_distance(one, other)
            expected += measures.variation_by_chance(one, other)
        # The distance of one trial varies by a fifth: 0.2 / sqrt(60) = 0.026.
        self.assertAlmostEqual(measured / expected, 1.0, delta=0.1)


class Order(unittest.TestCase):
    def test_interval_is_students(self):
        # Mean 2, standard deviation 1, t = 4.303 at 2 degrees of freedom.
        found = measures.interval([1.0, 2.0, 3.0])
        self.assertEqual(found.mean, 2.0)
        self.assertAlmostEqual(found.low, 2 - 4.303 / math.sqrt(3))
        self.assertAlmostEqual(found.high, 2 + 4.303 / math.sqrt(3))
        self.assertEqual(measures.interval([5.0]),
                         Interval(5.0, -math.inf, math.inf))

    def test_target_that_was_not_reached_is_no_number(self):
        self.assertIsNone(measures.time_to_target([1.0, None]))
        self.assertIsNone(measures.time_to_target([]))
        self.assertEqual(measures.time_to_target([None, None]).mean, math.inf)
        self.assertEqual(measures.time_to_target([1.0, 1.0]),
                         Interval(1.0, 1.0, 1.0))

    def test_only_intervals_without_overlap_decide(self):
        wall = {"a": Interval(1, 0.9, 1.1), "b": Interval(2, 1.8, 2.2),
                "c": Interval(2.1, 1.9, 2.3)}
        same = measures.compare_rankings(wall, wall)
        self.assertEqual((same.pairs, same.decided, same.agree), (3, 2, 2))

        # b and c change places, but no clock sees them apart.
        swapped = dict(wall, b=wall["c"], c=wall["b"])
        found = measures.compare_rankings(wall, swapped)
        self.assertEqual((found.decided, found.agree), (2, 2))

        # a loses its lead: both pairs with it were decided on one clock.
        late = dict(wall, a=Interval(5, 1, 9))
        found = measures.compare_rankings(wall, late)
        self.assertEqual((found.decided, found.agree), (2, 0))
        self.assertEqual(found.against, ("a / b", "a / c"))

    def test_racer_that_never_arrives_is_last(self):
        never = measures.time_to_target([None, None])
        quick = Interval(1, 0.9, 1.1)
        found = measures.compare_rankings({"a": quick, "b": never},
                                          {"a": quick, "b": never})
        self.assertEqual((found.decided, found.agree), (1, 1))
        found = measures.compare_rankings({"a": quick, "b": never},
                                          {"a": never, "b": quick})
        self.assertEqual((found.decided, found.agree), (1, 0))
        # Two of them have no order, and one that sometimes arrives no place.
        found = measures.compare_rankings({"a": never, "b": never, "c": None},
                                          {"a": never, "b": never, "c": quick})
        self.assertEqual((found.pairs, found.decided), (1, 0))


class Cases(unittest.TestCase):
    def test_are_experiments_of_many_kinds(self):
        self.assertGreaterEqual(len(cases.CASES), 20)
        names = [case.name for case in cases.CASES]
        self.assertEqual(len(names), len(set(names)))
        for case in cases.CASES:
            parsed = tomllib.loads(cases.toml(case))
            self.assertEqual(len(parsed["racer"]), len(case.racers))
            self.assertEqual(parsed["workers"]["count"], case.workers)
            self.assertEqual(len({r["name"] for r in parsed["racer"]}),
                             len(case.racers))

    def test_steps_grow_with_the_quorum(self):
        case = cases.Case("x", "", (cases.SYNC, cases.ASYNC,
                                    cases.quorum("k-async", 4)),
                          cases.exponential(1.0), workers=8, step=0.5)
        steps = [r["step"]["size"]
                 for r in tomllib.loads(cases.toml(case))["racer"]]
        self.assertEqual(steps, [4.0, 0.5, 2.0])

    def test_mean_delays(self):
        for law, mean in (
                (cases.law("uniform", low=1, high=2), 1.5),
                (cases.law("shifted-exponential", shift=1, mean=2), 3),
                (cases.law("pareto", scale=1, shape=1.5), 3),
                (cases.law("weibull", scale=2, shape=1), 2),
                (cases.law("lognormal", median=1, sigma=0), 1),
                (cases.law("two-speed", fast=1, slow=11, probability=0.1), 2),
                (cases.law("hyper-exponential", means=[1, 11],
                           probabilities=[0.9, 0.1]), 2)):
            self.assertAlmostEqual(cases.mean_delay(law), mean)


class Page(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        folder = pathlib.Path(temporary.name) / "run"
        synthetic_run.write(folder, synthetic_run.nine_racers(), repeats=2,
                            seconds=0.3, target=1.5)
        self.run_directory = Run(folder)
        self.run_directory.environment = {
            "processor": "a processor", "affinity": [0, 1], "kernel": "Linux",
            "load_average": {"before": [0.5]}, "foreign_share": 0.01}

    def result(self, ratio=100.0):
        run = self.run_directory
        racers = measures.measure_racers(run, run)
        return types.SimpleNamespace(
            case=cases.CASES[0], wall=run, virtual=run, racers=racers,
            ranking=measures.ranking(racers), ratio=ratio,
            promised=ratio >= 50)

    def test_run_agrees_with_itself(self):
        result = self.result()
        for racer in result.racers:
            self.assertEqual(racer.pace_error, 0.0)
            self.assertEqual(racer.variation, 0.0)
        self.assertEqual(result.ranking.agree, result.ranking.decided)
        self.assertEqual(page.breaches(result), [])

    def test_disturbed_repeats_are_left_out_of_both_clocks(self):
        run = self.run_directory
        name = run.racers[0]
        calm, late = run.entries(name)
        late["delay_overshoot"] = {"p50": 1e-4, "p99": 2e-3}
        calm["delay_overshoot"] = {"p50": 1e-4, "p99": 2e-4}
        # Half of them: then the race itself makes threads late.
        self.assertEqual(measures.measure_racer(run, run, name).disturbed, 0)
        run.summary["racers"].append(
            dict(calm, repeat=2, seconds_per_update={"mean": 7.0}))
        measure = measures.measure_racer(run, run, name)
        self.assertEqual(measure.disturbed, 1)
        pace = (7.0 + calm["seconds_per_update"]["mean"]) / 2
        self.assertAlmostEqual(measure.wall_pace, pace)
        self.assertAlmostEqual(measure.virtual_pace, pace)
        counted = sum(run.staleness_of_repeats[name]["0"].values())
        self.assertEqual(measure.contributions, counted)

    def test_what_is_beyond_the_limits_is_named(self):
        result = self.result()
        result.racers[0].pace_error = 0.021
        result.racers[1].variation = 0.03
        result.racers[1].contributions = 50_000
        result.racers[1].by_chance = 0.01
        found = page.breaches(result)
        self.assertEqual(len(found), 2)
        self.assertIn("+2.10 %", found[0])
        text = page.page([result], None, [], "it")
        self.assertIn("not foreseen", text)
        self.assertIn("0 of these agree", text)

    def test_page_and_pictures(self):
        result = self.result()
        text = page.page([result, self.result(2.0)], result,
                         ["validation.png"], "it")
        self.assertIn("Of 2 configurations, 1 have", text)
        self.assertIn("1 of these agree", text)
        self.assertIn("a processor (2 processors, Linux)", text)
        for figure in (
                pictures.errors_picture([result]),
                pictures.ranking_picture([result]),
                pictures.staleness_picture([result],
                                           [("exponential", "async")]),
                pictures.curves_picture(result.wall, result.virtual)):
            self.assertIsNotNone(figure)
            figure.canvas.draw()
            pictures.plt.close(figure)


if __name__ == "__main__":
    unittest.main()
