// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "cli/arguments.h"

#include <CLI/CLI.hpp>
#include <cstdint>
#include <map>

namespace tortoise::cli {
namespace {

std::map<std::string, DataFormat> Formats() {
  std::map<std::string, DataFormat> formats;
  for (const auto& [format, word] : WordsOf(DataFormat())) {
    formats.emplace(word, format);
  }
  return formats;
}

// The commands and their options. Its members are what the options are read
// into, so it stays where it is.
class Parser {
 public:
  Parser() {
    app_.require_subcommand(1);
    AddRace();
    AddCheck();
    AddTheory();
    AddTape();
    AddReplay();
    AddFit();
    AddData();
    Command("version", "Say how this program was built.",
            Arguments::Command::kVersion);
  }
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;

  // Throws CLI::ParseError.
  Arguments Parse(int argc, const char* const* argv) {
    app_.parse(argc, argv);
    for (const CLI::Option* set : sets_) {
      // Its raw words: CLI11 would drop an empty one.
      arguments_.overrides.insert(arguments_.overrides.end(),
                                  set->results().begin(), set->results().end());
    }
    if (!clock_.empty()) arguments_.overrides.push_back("clock=" + clock_);
    if (repeat_) {
      arguments_.overrides.push_back("repeats=" + std::to_string(*repeat_));
    }
    if (arguments_.command == Arguments::Command::kCheck && !arguments_.keys &&
        arguments_.file.empty()) {
      throw CLI::RequiredError("FILE");
    }
    return arguments_;
  }

  int Exit(const CLI::ParseError& error, std::ostream& text) {
    return app_.exit(error, text, text);
  }

 private:
  CLI::App* Command(const char* name, const char* description,
                    Arguments::Command command) {
    CLI::App* sub = app_.add_subcommand(name, description);
    sub->callback([this, command] { arguments_.command = command; });
    return sub;
  }

  void AddSet(CLI::App* sub) {
    sets_.push_back(
        sub->add_option("--set", words_,
                        "Override a key of the file: a path and a TOML value, "
                        "as in workers.count=4 or racer.0.quorum=[1,2]. May "
                        "be repeated.")
            ->type_name("KEY=VALUE")
            ->allow_extra_args(false));
  }

  void AddRace() {
    CLI::App* sub = Command("race", "Run the race that FILE describes.",
                            Arguments::Command::kRace);
    AddExperiment(sub);
    sub->add_option("--out", arguments_.out_dir,
                    "Folder to create for what is measured. Default: "
                    "runs/NAME-DATE-TIME.")
        ->type_name("DIR");
    sub->add_option("--best", arguments_.best,
                    "A key with a list of values: keep, per racer, the value "
                    "that reaches the target first.")
        ->type_name("KEY");
    sub->add_flag("--resume", arguments_.resume,
                  "Resume an interrupted race: DIR exists, and the racers "
                  "that it holds are not run again.");
    AddSet(sub);
    sub->add_option("--clock", clock_, "Override the clock: wall or virtual.")
        ->type_name("CLOCK");
    sub->add_option("--repeat", repeat_, "Override the number of repeats.")
        ->type_name("N");
    sub->add_flag("--quiet,-q", arguments_.quiet,
                  "Print errors and warnings only.");
  }

  void AddCheck() {
    CLI::App* sub =
        Command("check",
                "Check FILE and print it with every default spelled out, how "
                "long the race will take and its compute load.",
                Arguments::Command::kCheck);
    sub->add_option("FILE", arguments_.file, "Experiment file (TOML)")
        ->type_name("");
    AddSet(sub);
    sub->add_flag("--keys", arguments_.keys,
                  "Print every key with type, default and range instead.");
  }

  void AddExperiment(CLI::App* sub) {
    sub->add_option("FILE", arguments_.file, "Experiment file (TOML)")
        ->type_name("")
        ->required();
  }

  void AddRunDirectory(CLI::App* sub) {
    sub->add_option("RUN_DIR", arguments_.file, "Folder that a race wrote")
        ->type_name("")
        ->required();
    sub->add_flag("--quiet,-q", arguments_.quiet,
                  "Print errors and warnings only.");
  }

  void AddTheory() {
    CLI::App* sub = Command("theory",
                            "Say what to expect of the race that FILE "
                            "describes: seconds per update, staleness, error.",
                            Arguments::Command::kTheory);
    AddExperiment(sub);
    AddSet(sub);
    sub->add_flag("--json", arguments_.json, "Print JSON.");
  }

  void AddTape() {
    CLI::App* sub = Command("tape",
                            "Print the delays that FILE draws, as a trace file "
                            "(CSV).",
                            Arguments::Command::kTape);
    AddExperiment(sub);
    AddSet(sub);
    sub->add_option("--gradients", arguments_.gradients,
                    "Delays per worker. Default: as many as any racer needs.")
        ->type_name("N")
        ->check(CLI::Range(std::int64_t{1}, std::int64_t{1'000'000'000}));
    sub->add_option("--repeat", arguments_.repeat,
                    "The repeat whose delays are printed, from 0.")
        ->type_name("R");
  }

  void AddReplay() {
    AddRunDirectory(
        Command("replay",
                "Repeat a race on real threads from its record, bit "
                "for bit, and compare. Exit code 0: all that was "
                "replayed ended with the same parameters; 1: not "
                "all; 2: nothing can be replayed. hogwild "
                "(its order inside an update cannot be recorded) "
                "and thinned records are skipped.",
                Arguments::Command::kReplay));
  }

  void AddFit() {
    CLI::App* sub = Command("fit",
                            "Estimate delays and constants of the problem from "
                            "what a race recorded.",
                            Arguments::Command::kFit);
    AddRunDirectory(sub);
    sub->add_flag("--json", arguments_.json, "Print JSON.");
  }

  void AddData() {
    CLI::App* sub = Command("data", "Say what is in a data set.",
                            Arguments::Command::kData);
    sub->add_option("FILE", arguments_.file,
                    "Data set: LIBSVM, CSV or IDX, plain or .gz")
        ->type_name("")
        ->required();
    sub->add_option("--format", arguments_.format,
                    "libsvm, csv or idx; told from the file by default.")
        ->type_name("FORMAT")
        ->transform(CLI::CheckedTransformer(Formats()));
    sub->add_option("--target", arguments_.target,
                    "CSV: the column of the target; the last by default.")
        ->type_name("COLUMN");
  }

  CLI::App app_{
      "Races between synchronisation protocols of parallel SGD on one "
      "machine, with stragglers made on purpose.",
      "tortoise"};
  Arguments arguments_;
  std::vector<CLI::Option*> sets_;
  std::vector<std::string> words_;
  std::string clock_;
  std::optional<std::int64_t> repeat_;
};

}  // namespace

std::variant<Arguments, Notice> ParseArguments(int argc,
                                               const char* const* argv) {
  Parser parser;
  try {
    return parser.Parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    std::ostringstream text;
    const bool is_help = parser.Exit(error, text) == 0;
    return Notice{text.str(), is_help ? kFine : kBadInput};
  }
}

}  // namespace tortoise::cli
