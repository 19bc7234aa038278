# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The tortoise authors.
"""A stranger's tour: adds a protocol, a delay law, an objective, a rule and a
key in a copy of the sources, in the places that docs/design.md names, compiles
the files that were changed, and races them with the rest of the program."""

import concurrent.futures
import csv
import json
import os
import pathlib
import shlex
import shutil
import statistics
import subprocess

import program
from program import ProgramTest, main

ROOT = pathlib.Path(__file__).resolve().parents[2]

# (file, a piece of text that occurs once, what is put before it). The member of
# RunOptions is static, so that what includes it need not be compiled again; a
# setting of a racer is not.
PROTOCOL = (
    ("src/protocol/presets.cc", '      {.name = "local-sgd",', """\
      {.name = "bounded-batch",
       .summary = "k-batch-async, but a worker more than s contributions "
                  "ahead of the slowest is held",
       .method = {},
       .takes = {{"quorum", kRequired}, {"staleness_bound", kRequired}}},
"""),)
LAW = (
    ("include/tortoise/straggler/delay_law.h",
     "};\n\n/// The distribution of a time", "  kRayleigh,\n"),
    ("include/tortoise/straggler/delay_law.h",
     "  static DelayLaw Weibull(", """\
  static DelayLaw Rayleigh(double scale);  // a Weibull law of shape 2
"""),
    ("src/straggler/delay_law.cc", "DelayLaw DelayLaw::Pareto(", """\
DelayLaw DelayLaw::Rayleigh(double scale) {
  RequirePositive("scale", scale);
  return DelayLaw(State::Of(
      LawKind::kRayleigh, "rayleigh", {{"scale", {scale}}},
      scale * std::sqrt(std::acos(0.0)), 0.0,
      internal::WeibullDistribution{2.0, scale * std::sqrt(2.0)}));
}

"""),
    ("src/straggler/delay_laws.cc", '      {{"pareto",', """\
      {{"rayleigh", {{"scale", kTime, kOne}}},
       [](const Keys& k) { return DelayLaw::Rayleigh(Number(k, "scale")); }},
"""))
OBJECTIVE = (
    ("src/objective/linear.cc", "// exp is only taken of numbers <= 0", """\
// Grows like |residual|, but has no kink.
struct PseudoHuber {
  static constexpr bool kClassifies = false;
  static LossAndSlope At(double m, double y) {
    const double residual = m - y;
    const double root = std::sqrt(1.0 + residual * residual);
    return {root - 1.0, residual / root};
  }
};

"""),
    ("src/objective/linear.cc", '  if (problem.name == "logistic")', """\
  if (problem.name == "pseudo-huber") return Make<T, PseudoHuber>(problem);
"""),
    ("src/objective/stock.cc", '"least-squares", "logistic",',
     '"pseudo-huber", '))
RULE = (
    ("include/tortoise/optimizer/steps.h", "/// Is no element infinite", """\
/// x <- x min(1, most / |x|), so that a gradient is no longer than `most`.
template <typename T>
void Clip(std::span<T> x, double most);

"""),
    ("src/optimizer/steps.cc", "template void AddScaled(std::span<float>,", """\
template <typename T>
void Clip(std::span<T> x, double most) {
  double squares = 0.0;
  for (const T x_k : x) squares += static_cast<double>(x_k * x_k);
  if (squares <= most * most) return;
  const double scale = most / std::sqrt(squares);
  for (T& x_k : x) x_k = static_cast<T>(scale * static_cast<double>(x_k));
}

template void Clip(std::span<float>, double);
template void Clip(std::span<double>, double);
"""),
    ("src/optimizer/steps.cc", "#include <cstddef>", "#include <cmath>\n"),
    ("src/engine/computation.cc", "  return Contribution<T>{.vector", """\
  Clip<T>(contribution_, RunOptions::clip);
"""))
KEY = (
    ("include/tortoise/engine/options.h",
     "  DelaySource delay =", """\
  // Gradients longer than this are made so long. > 0.
  static inline double clip = std::numeric_limits<double>::infinity();

"""),
    ("src/engine/options.cc", "  return ReportViolation(report);", """\
  if (!(clip > 0.0)) return Broken("clip", clip, "> 0");
"""),
    ("src/experiment/settings/keys_run.cc",
     "std::vector<std::string> PresetNames()", """\
void AddClip(std::vector<Key>& keys) {
  keys.push_back(Bind(
      "step.clip", KeyType::Number(0).AboveLow(), "",
      "Gradients longer than this are made so long. Default: none are.",
      [](auto& f) -> auto& { return f.racer.options.clip; }));
}

"""),
    ("src/experiment/settings/keys_run.cc", "    AddStep(keys);",
     "    AddClip(keys);\n"))

RACE = """\
clock = "virtual"
[problem]
objective = "pseudo-huber"
data = { generate = "regression", rows = 300 }
[workers]
count = 4
delay = { distribution = "rayleigh", scale = "4ms" }
speed = [1, 1, 1, 0.1]
[step]
size = 0.1
[stop]
updates = 300
[[racer]]
protocol = "bounded-batch"
quorum = 2
staleness_bound = 3
"""


class Extend(ProgramTest):
    def setUp(self):
        super().setUp()
        self.build = pathlib.Path(program.PROGRAM).parents[1]
        for folder in ("src", "include"):
            shutil.copytree(ROOT / folder, self.folder / folder)

    def insert(self, places):
        for name, mark, text in places:
            path = self.folder / name
            before = path.read_text()
            self.assertEqual(before.count(mark), 1, f"{name}: {mark}")
            path.write_text(before.replace(mark, text + mark))

    def compile(self, names):
        """Compiles files of the copy as the build does; their objects."""
        database = json.loads(
            (self.build / "compile_commands.json").read_text())
        def compile_one(name):
            command = next(each["command"] for each in database
                           if each["file"] == str(ROOT / name))
            for folder in ("src", "include"):
                command = command.replace(f"{ROOT}/{folder}",
                                          f"{self.folder}/{folder}")
            arguments = shlex.split(command)
            target = str(self.folder / name.replace("/", "-")) + ".o"
            arguments[arguments.index("-o") + 1] = target
            done = subprocess.run([*arguments, "-O0"], cwd=self.build,
                                  capture_output=True, text=True)
            return target, done

        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            compiled = list(pool.map(compile_one, names))
        for _, done in compiled:
            self.assertEqual(done.returncode, 0, done.stderr)
        return [target for target, _ in compiled]

    def link(self, objects):
        """The program, with these objects in place of those of the build."""
        commands = subprocess.run(
            ["ninja", "-C", self.build, "-t", "commands", "bin/tortoise"],
            capture_output=True, text=True, check=True).stdout
        link = commands.splitlines()[-1]
        path = self.folder / "extended"
        link = link.replace(" -o bin/tortoise ",
                            f" -o {path} {shlex.join(objects)} ")
        self.assertIn(str(path), link)
        subprocess.run(link, shell=True, check=True, cwd=self.build)
        return path

    def run_extended(self, *arguments):
        done = subprocess.run([self.extended, *arguments], text=True,
                              capture_output=True, cwd=self.folder)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def race(self, name, *settings):
        """Its only racer in summary.json, and its contributions."""
        run = self.folder / name
        self.run_extended("race", self.write("race.toml", RACE), "--quiet",
                          "--out", run, *settings)
        racer = json.loads((run / "summary.json").read_text())["racers"][0]
        with open(run / "contributions.csv", newline="") as file:
            return racer, list(csv.DictReader(file))

    def test_adds_one_of_each_where_the_page_says(self):
        places = [*PROTOCOL, *LAW, *OBJECTIVE, *RULE, *KEY]
        page = (ROOT / "docs/design.md").read_text()
        for name, _, _ in places:
            place = name.removeprefix("include/tortoise/").removeprefix("src/")
            self.assertIn(f"`{place}`", page)
        self.insert(places)
        sources = sorted({name for name, _, _ in places
                          if name.endswith(".cc")})
        self.extended = self.link(self.compile(sources))
        self.check_documents()
        self.check_race()

    def check_documents(self):
        page = self.run_extended("check", "--keys")
        for text in ('"bounded-batch"', "| `rayleigh` | `scale` |",
                     '"pseudo-huber"', "| `step.clip` | a number above 0 |"):
            self.assertIn(text, page)
        file = self.write("race.toml", RACE)
        self.assertIn("clip = 2\n", self.run_extended("check", file, "--set",
                                                      "step.clip=2"))
        wrong = subprocess.run(
            [self.extended, "check", file, "--set", "step.clp=2"], text=True,
            capture_output=True)
        self.assertIn("did you mean step.clip?", wrong.stderr)

    def check_race(self):
        racer, rows = self.race("free")
        self.assertEqual(racer["updates"], 300)
        self.assertEqual(racer["gradients"]["applied"], 600)
        self.assertLess(racer["loss"]["final"], 0.7 * racer["loss"]["initial"])
        # Rayleigh: mean scale sqrt(pi / 2). Worker 3 is ten times slower.
        delays = [float(row["seconds_arrived"]) - float(row["seconds_started"])
                  for row in rows if row["fate"] == "applied" and
                  row["worker"] != "3"]
        self.assertAlmostEqual(statistics.mean(delays) / 0.005013, 1, delta=0.1)
        # Nobody is more than s + 1 = 4 pushes ahead of the slow worker.
        pushed = [0] * 4
        for row in rows:
            if row["fate"] == "applied":
                pushed[int(row["worker"])] += 1
                self.assertLessEqual(max(pushed) - min(pushed), 4)
        # With gradients as short as that nothing is learned.
        clipped, _ = self.race("clipped", "--set", "step.clip=1e-9")
        self.assertAlmostEqual(clipped["loss"]["final"],
                               clipped["loss"]["initial"], places=5)
        self.assertEqual(clipped["seconds"], racer["seconds"])


if __name__ == "__main__":
    main()
