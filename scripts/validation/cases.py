# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The tortoise authors.
"""The configurations that validate races on both clocks. Some are there to
break the agreement, and say why they might."""

import dataclasses
import math

# Racers' step sizes are this much for every contribution of an update, so that
# all of them learn equally much from a contribution; a case may ask for more.
STEP = 0.001

# F(0) of the quadratic is 3.62.
QUADRATIC = {"objective": "quadratic", "parameters": 10, "L": 1.0, "c": 0.5}
QUADRATIC_TARGET = 0.36

SOFTMAX = {"objective": "softmax", "l2": 1e-4,
           "data": {"generate": "digits", "rows": 1000, "noise": 0.1}}
SOFTMAX_TARGET = 1.0


@dataclasses.dataclass(frozen=True)
class Case:
    """One configuration: what is special about it and who races."""
    name: str
    what: str  # in words, for the table
    racers: tuple
    delay: dict
    workers: int = 16
    settings: tuple = ()  # ((key of [workers], value), ...)
    round_delay: dict = None
    problem: dict = dataclasses.field(default_factory=lambda: QUADRATIC)
    batch: int = 1
    step: float = STEP
    target: float = QUADRATIC_TARGET
    seconds: float = 1.4
    repeats: int = 5
    might_break: str = ""  # why


def racer(protocol, **settings):
    return {"protocol": protocol, **settings}


SYNC, ASYNC = racer("sync"), racer("async")


def quorum(protocol, k):
    return racer(protocol, quorum=k)


def law(distribution, **parameters):
    return {"distribution": distribution, **parameters}


def exponential(mean):
    return law("exponential", mean=mean)


def constant(value):
    return law("constant", value=value)


THREE = (SYNC, quorum("k-async", 4), ASYNC)
BATCH = (SYNC, quorum("k-batch-async", 4), ASYNC)
MILLI = 1e-3
# By chance alone, the staleness of async is some 0.02 apart in 50,000
# contributions of a law with a heavy tail, and half of that in four times as
# many.
LONG = 5.0

CASES = (
    Case("exponential", "exponential delays, mean 2 ms",
         (SYNC, quorum("k-sync", 8), quorum("k-batch-sync", 8),
          quorum("k-async", 4), quorum("k-batch-async", 4), ASYNC),
         exponential(2 * MILLI)),
    Case("shifted", "1 ms + exponential, mean 1 ms", THREE,
         law("shifted-exponential", shift=1 * MILLI, mean=1 * MILLI)),
    Case("uniform", "uniform, 0.5 to 3.5 ms", BATCH,
         law("uniform", low=0.5 * MILLI, high=3.5 * MILLI)),
    Case("gamma", "gamma of shape 4, mean 2 ms",
         (quorum("k-sync", 12), quorum("k-batch-async", 4), ASYNC),
         law("gamma", shape=4, mean=2 * MILLI)),
    Case("lognormal", "lognormal, median 1.2 ms, sigma 1", THREE,
         law("lognormal", median=1.2 * MILLI, sigma=1.0), seconds=LONG),
    Case("weibull", "Weibull of shape 0.7, mean 3.8 ms", BATCH,
         law("weibull", scale=3 * MILLI, shape=0.7), seconds=LONG),
    Case("hyper-exponential", "nine times in ten mean 1 ms, else 11 ms",
         (quorum("k-sync", 12), quorum("k-batch-async", 4), ASYNC),
         law("hyper-exponential", means=[1 * MILLI, 11 * MILLI],
             probabilities=[0.9, 0.1]), seconds=LONG),
    Case("pareto-2", "Pareto of shape 2, at least 1 ms: infinite variance",
         THREE, law("pareto", scale=1 * MILLI, shape=2), seconds=LONG),
    Case("pareto-1.5", "Pareto of shape 1.5, at least 0.7 ms",
         (quorum("k-sync", 14), quorum("k-batch-async", 4), ASYNC),
         law("pareto", scale=0.7 * MILLI, shape=1.5), seconds=LONG),
    Case("constant", "constant, 2 ms: all workers in step",
         (SYNC, quorum("k-async", 4), ASYNC), constant(2 * MILLI)),
    Case("two-speed", "1 ms, but one time in ten 11 ms", THREE,
         law("two-speed", fast=1 * MILLI, slow=11 * MILLI, probability=0.1),
         seconds=LONG),
    Case("slow-worker", "exponential, one worker ten times slower",
         (SYNC, quorum("k-async", 4), ASYNC), exponential(2 * MILLI),
         settings=(("speed", [1.0] * 15 + [0.1]),), seconds=LONG),
    Case("bursts", "exponential, spells of 20 ms at a fifth of the speed",
         BATCH, exponential(2 * MILLI),
         settings=(("bursts", {"speed": 0.2, "mean_normal_seconds": 0.1,
                               "mean_slow_seconds": 0.02}),), seconds=1.6),
    Case("stopping", "exponential, four workers stop for good after 0.8 s",
         (quorum("k-sync", 8), quorum("k-batch-async", 4), ASYNC),
         exponential(2 * MILLI),
         settings=(("stops_at", ["never"] * 12 + [0.8] * 4),), seconds=1.6),
    Case("round-delay", "exponential, mean 1 ms, and D = 1 ms",
         (racer("local-sgd", local_steps=4), quorum("k-async", 4), ASYNC),
         exponential(1 * MILLI), round_delay=constant(1 * MILLI)),
    Case("round-delay-small", "exponential, mean 2 ms, and D = 0.02 ms",
         THREE, exponential(2 * MILLI), round_delay=constant(0.02 * MILLI),
         seconds=1.5),
    Case("round-delay-large", "exponential, mean 2 ms, and D of mean 20 ms",
         (SYNC, racer("local-sgd", local_steps=10), ASYNC),
         exponential(2 * MILLI), round_delay=exponential(20 * MILLI),
         step=4 * STEP, seconds=1.0),
    Case("local-steps", "exponential, tau = 1, 4 and 16",
         tuple(racer("local-sgd", local_steps=tau) for tau in (1, 4, 16)),
         exponential(2 * MILLI)),
    Case("staleness-bound", "exponential, s = 0 and s = 3",
         (racer("ssp", staleness_bound=0), racer("ssp", staleness_bound=3),
          ASYNC), exponential(2 * MILLI), seconds=1.9),
    Case("workers-64", "64 workers, exponential, mean 8 ms",
         (quorum("k-sync", 32), quorum("k-async", 16), ASYNC),
         exponential(8 * MILLI), workers=64, seconds=1.5),
    Case("workers-256", "256 workers, exponential, mean 32 ms",
         (quorum("k-sync", 128), quorum("k-async", 64), ASYNC),
         exponential(32 * MILLI), workers=256, seconds=1.5,
         might_break="256 threads on few cores"),
    Case("quick-quorum", "exponential, mean 2 ms: an update per 0.13 ms",
         (quorum("k-sync", 1), quorum("k-sync", 2)), exponential(2 * MILLI),
         step=4 * STEP, seconds=0.7,
         might_break="a worker that wakes late is cancelled, and one whose "
         "delay was longer wins in its place"),
    Case("tiny-delays", "8 workers, exponential, mean 0.2 ms", THREE[:1] +
         (quorum("k-async", 2), ASYNC), exponential(0.2 * MILLI), workers=8,
         seconds=0.3,
         might_break="waking a thread takes longer than the delays"),
    Case("softmax", "softmax, batch 16, exponential, mean 3 ms", BATCH,
         exponential(3 * MILLI), problem=SOFTMAX, batch=16, step=0.005,
         target=SOFTMAX_TARGET, seconds=1.9),
    Case("computing-fifth", "softmax, batch 128: 1/5 of the delay of 1 ms",
         (SYNC, quorum("k-async", 2), ASYNC), exponential(1 * MILLI),
         workers=4, problem=SOFTMAX, batch=128, step=0.02,
         target=SOFTMAX_TARGET, seconds=0.7,
         might_break="P gradients share the cores"),
    Case("computing-equal", "softmax, batch 512: near the delay of 1 ms",
         (SYNC, quorum("k-async", 2), ASYNC), exponential(1 * MILLI),
         workers=4, problem=SOFTMAX, batch=512, step=0.02,
         target=SOFTMAX_TARGET, seconds=0.7,
         might_break="P gradients share the cores"),
    Case("overload", "softmax, batch 128, 32 workers, mean 2 ms",
         (SYNC, quorum("k-async", 8), ASYNC), exponential(2 * MILLI),
         workers=32, problem=SOFTMAX, batch=128, step=0.01,
         target=SOFTMAX_TARGET, seconds=0.7,
         might_break="the workers need more computing than the cores have"),
)


# --- As experiment files -----------------------------------------------------

def name_of(entry):
    """What tortoise would call the racer, made unlike the others."""
    text = entry["protocol"]
    for key, letter in (("quorum", "K"), ("local_steps", "tau"),
                        ("staleness_bound", "s")):
        if key in entry:
            text += f" {letter}={entry[key]}"
    return text


def mean_delay(delay):
    """E[X] of a delay law of this file."""
    d = delay
    return {
        "constant": lambda: d["value"],
        "uniform": lambda: (d["low"] + d["high"]) / 2,
        "exponential": lambda: d["mean"],
        "shifted-exponential": lambda: d["shift"] + d["mean"],
        "gamma": lambda: d["mean"],
        "lognormal": lambda: d["median"] * math.exp(d["sigma"]**2 / 2),
        "weibull": lambda: d["scale"] * math.gamma(1 + 1 / d["shape"]),
        "pareto": lambda: d["scale"] * d["shape"] / (d["shape"] - 1),
        "two-speed": lambda: (d["fast"] * (1 - d["probability"]) +
                              d["slow"] * d["probability"]),
        "hyper-exponential": lambda: sum(
            m * p for m, p in zip(d["means"], d["probabilities"])),
    }[d["distribution"]]()


def toml_value(value):
    if isinstance(value, dict):
        inside = ", ".join(f"{k} = {toml_value(v)}" for k, v in value.items())
        return "{ " + inside + " }"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(toml_value, value)) + "]"
    if isinstance(value, str):
        return f'"{value}"'
    return repr(value)


def toml_table(name, entries):
    lines = [f"{key} = {toml_value(value)}" for key, value in entries.items()]
    return "\n".join([f"[{name}]", *lines, ""])


def toml(case, quick=False):
    """The experiment file of a case."""
    seconds = case.seconds / 4 if quick else case.seconds
    tables = [f'name = "{case.name}"\nseed = 1\n'
              f"repeats = {2 if quick else case.repeats}\n",
              toml_table("problem", case.problem),
              toml_table("workers", {
                  "count": case.workers, "batch_size": case.batch,
                  "delay": case.delay, **dict(case.settings)})]
    if case.round_delay:
        tables.append(toml_table("communication",
                                 {"round_delay": case.round_delay}))
    tables += [toml_table("step", {"size": case.step}),
               toml_table("stop", {"seconds": seconds}),
               toml_table("report", {
                   "snapshots": 400 if case.problem is QUADRATIC else 80,
                   "target_loss": case.target, "contributions": "none"})]
    for entry in case.racers:
        size = entry.get("quorum", case.workers if entry["protocol"] in
                         ("sync", "local-sgd") else 1)
        tables.append(toml_table("[racer]", {
            "name": name_of(entry), **entry, "step.size": case.step * size}))
    return "\n".join(tables)
