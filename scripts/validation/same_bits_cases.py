# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The tortoise authors.
"""The small races that scripts/validation/same_bits runs with two programs:
every preset, on dense and on sparse data, under every kind of straggler."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Case:
    name: str
    toml: str
    arguments: tuple = ()  # of the program


PRESETS = ('"sync"', '"k-sync"\nquorum = 4', '"k-batch-sync"\nquorum = 4',
           '"async"', '"k-async"\nquorum = 4', '"k-batch-async"\nquorum = 4',
           '"ssp"\nstaleness_bound = 2', '"local-sgd"\nlocal_steps = 3',
           '"hogwild"')
EXPONENTIAL = '{ distribution = "exponential", mean = "2ms" }'
SOFTMAX = ('objective = "softmax"\n'
           'data = { generate = "digits", rows = 300 }\n'
           'test_data = { generate = "digits", rows = 100 }\n')
LOGISTIC = ('objective = "logistic"\nl2 = 1e-4\nintercept = true\n'
            'data = { generate = "sparse-classification", rows = 400, '
            'columns = 500, nonzeros = 20 }\n')
QUADRATIC = 'objective = "quadratic"\nparameters = 7\n'
MLP = SOFTMAX.replace("softmax", "mlp") + "hidden = [13]\n"
DOUBLE = 'precision = "double"\n'

LAWS = ('"constant", value = "1ms"', '"uniform", low = 0, high = "2ms"',
        '"exponential", mean = "1ms"',
        '"shifted-exponential", shift = "1ms", mean = "1ms"',
        '"gamma", mean = "1ms", shape = 2.5',
        '"lognormal", median = "1ms", sigma = 1',
        '"weibull", scale = "1ms", shape = 0.7',
        '"pareto", scale = "1ms", shape = 1.5',
        '"two-speed", fast = "1ms", slow = "9ms", probability = 0.1',
        '"hyper-exponential", means = ["1ms", "9ms"], '
        'probabilities = [0.9, 0.1]')

SLOW = "speed = [1, 0.2, 1, 3, 1, 1, 0.7, 1]\n"
BURSTS = ('bursts = { speed = 0.1, mean_normal_seconds = "9ms", '
          'mean_slow_seconds = "5ms" }\n')
STOPS = 'stops_at = ["9ms", "never", "0s", "never", "never", "never", ' \
        '"never", "20ms"]\n'


def racers(*protocols):
    return "".join(f"[[racer]]\nprotocol = {each}\n" for each in protocols)


def race(problem, who, *, workers="", delay=EXPONENTIAL, top="", step="0.1",
         stop="updates = 60", rest="", count=8):
    """`workers` are further keys of [workers], `rest` further tables."""
    return (f"{top}\n[problem]\n{problem}[workers]\ncount = {count}\n"
            f"delay = {delay}\n{workers}[step]\nsize = {step}\n"
            f"[stop]\n{stop}\n{rest}\n{who}")


def presets(name, problem, **settings):
    return Case(name, race(problem, racers(*PRESETS), **settings))


def laws():
    """A racer for each law, and one that follows a trace."""
    who = "".join(
        f'[[racer]]\nname = "law {number}"\nprotocol = "k-async"\nquorum = 3\n'
        f"workers.delay = {{ distribution = {law} }}\n"
        for number, law in enumerate(LAWS))
    who += ('[[racer]]\nname = "trace"\nprotocol = "async"\n'
            'workers.delay = { trace = "trace.csv" }\n')
    return Case("laws", race(QUADRATIC, who))


def trace():
    """300 gradients of every worker, none as long as another."""
    rows = [f"{worker},{gradient},{0.001 + (gradient * 8 + worker) % 97 / 1e5}"
            for worker in range(8) for gradient in range(300)]
    return "worker,gradient,seconds\n" + "\n".join(rows) + "\n"


EXTRA = 'delay_mode = "extra"\ncompute = "1ms"\n'
TOTAL = 'delay_mode = "total"\ncompute = "1ms"\n'
ROUND = ('[communication]\nround_delay = { distribution = "gamma", '
         'mean = "2ms", shape = 2 }\n')
LISTS = ('"k-sync"\nquorum = [1, 2, 7, 8]', '"k-batch-sync"\nquorum = [1, 11]',
         '"k-async"\nquorum = [1, 2, 7, 8]',
         '"k-batch-async"\nquorum = [2, 11]',
         '"ssp"\nstaleness_bound = [0, 1, 5]',
         '"local-sgd"\nlocal_steps = [1, 2, 10]',
         '"hogwild"\nlocal_steps = [2, 5]\nmemory = "atomic"')
TARGET = "target_loss = 1.0\nseconds = 5"

CASES = (
    presets("softmax", SOFTMAX),
    presets("softmax-double", SOFTMAX + DOUBLE),
    presets("logistic", LOGISTIC, step="1.0"),
    presets("logistic-double", LOGISTIC + DOUBLE, step="1.0",
            workers='sampling = "shuffled"\nbatch_size = 7\n'),
    presets("mlp", MLP, workers="batch_size = 300\n"),
    presets("mlp-double", MLP + DOUBLE, top="seed = 5", stop="epochs = 7.5"),
    presets("quadratic", QUADRATIC, top="repeats = 3", rest=ROUND),
    presets("quadratic-double", QUADRATIC + DOUBLE, workers=EXTRA),
    Case("squared-hinge", race(LOGISTIC.replace("logistic", "squared-hinge"),
                               racers(PRESETS[4], PRESETS[8]))),
    Case("hinge", race(LOGISTIC.replace("logistic", "hinge"),
                       racers(PRESETS[5], PRESETS[7]))),
    Case("least-squares", race(
        'objective = "least-squares"\n'
        'data = { generate = "regression", rows = 300 }\n',
        racers(PRESETS[1], PRESETS[3]), workers='sampling = "shuffled"\n',
        stop="epochs = 12")),
    laws(),
    Case("lists", race(QUADRATIC, racers(*LISTS), workers=TOTAL, rest=ROUND)),
    presets("ties", QUADRATIC, rest=ROUND,
            delay='{ distribution = "constant", value = "1ms" }'),
    presets("slow", SOFTMAX, workers=SLOW, stop='seconds = "60ms"'),
    presets("bursts", QUADRATIC, workers=BURSTS + SLOW, top="repeats = 2"),
    presets("stopped", QUADRATIC, workers=STOPS + EXTRA, rest=ROUND),
    presets("stopped-bursts", LOGISTIC, workers=STOPS + BURSTS,
            stop='seconds = "50ms"'),
    presets("target", SOFTMAX, stop=TARGET, top="repeats = 2"),
    presets("diverging", QUADRATIC, step="1e30"),
    presets("thinned", QUADRATIC, rest="[report]\ncontributions = 20\n"
            "snapshots = 7\ntarget_loss = 0.5\n"),
    Case("best", race(SOFTMAX, racers(PRESETS[3], PRESETS[5]),
                      step="[0.01, 0.1, 1.0]", top="repeats = 2"),
         ("--best", "step.size")),
    presets("none", 'objective = "none"\n', count=3000, workers=EXTRA,
            stop="updates = 300", rest="[report]\ncontributions = 500\n"),
    presets("none-bursts", 'objective = "none"\n', workers=BURSTS + STOPS,
            stop="seconds = 1"),
)
