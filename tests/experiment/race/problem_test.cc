// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "experiment/race/problem.h"

#include <algorithm>
#include <string>
#include <vector>

#include "experiment/temporary_folder.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace tortoise {
namespace {

using ::testing::HasSubstr;

Experiment Make(const std::string& problem,
                const std::string& base_dir = "/base") {
  return ParseExperiment("[problem]\n" + problem +
                             "\n[workers]\ncount = 1\n[step]\nsize = 1\n"
                             "[stop]\nupdates = 5\n[[racer]]\n"
                             "protocol = \"async\"\n",
                         "race.toml", base_dir);
}

std::string ErrorOf(const Experiment& experiment) {
  try {
    (void)LoadProblem<float>(experiment);
  } catch (const InputError& error) {
    return error.what();
  }
  return "no error";
}

TEST(LoadProblem, MakesAQuadraticWithoutData) {
  const auto problem =
      LoadProblem<double>(Make("objective = \"quadratic\"\nparameters = 3"));
  EXPECT_EQ(problem.num_parameters, 3u);
  EXPECT_EQ(problem.num_samples, 0u);
  EXPECT_EQ(problem.train_data, nullptr);
  EXPECT_EQ(problem.test, nullptr);
}

TEST(LoadProblem, GeneratesDigits) {
  const auto problem =
      LoadProblem<float>(Make("objective = \"softmax\"\n"
                              "data = { generate = \"digits\", rows = 200 }"));
  EXPECT_EQ(problem.num_parameters, 7850u);
  EXPECT_EQ(problem.num_samples, 200u);
  EXPECT_EQ(problem.test, nullptr);
}

TEST(LoadProblem, ReadsFilesAndTestFilesOfTheSameWidth) {
  const TemporaryFolder folder;
  WriteText(folder.path() + "/train.svm", "-1 1:1 3:2\n+1 2:1\n");
  WriteText(folder.path() + "/test.svm", "+1 1:1\n");
  const auto problem =
      LoadProblem<float>(Make("objective = \"logistic\"\nintercept = true\n"
                              "data = \"train.svm\"\ntest_data = \"test.svm\"",
                              folder.path()));
  EXPECT_EQ(problem.num_parameters, 4u);
  EXPECT_EQ(problem.num_samples, 2u);
  ASSERT_NE(problem.test, nullptr);
  EXPECT_EQ(problem.test->num_parameters(), 4u);
  EXPECT_EQ(problem.test_data->num_columns(), 3u);
}

// A test set of the same seed would else repeat the training rows.
TEST(LoadProblem, ContinuesTheGeneratorForTestData) {
  const std::vector<std::string> generators = {
      "\"regression\", columns = 3",
      "\"sparse-classification\", columns = 30, nonzeros = 4"};
  const std::vector<std::string> objectives = {"least-squares", "logistic"};
  for (std::size_t k = 0; k < generators.size(); ++k) {
    const auto make = [&](const std::string& rows) {
      return "{ generate = " + generators[k] + ", rows = " + rows + " }";
    };
    const std::string head = "objective = \"" + objectives[k] + "\"\ndata = ";
    const auto split = LoadProblem<float>(
        Make(head + make("40") + "\ntest_data = " + make("20")));
    const auto whole = LoadProblem<float>(Make(head + make("60")));
    ASSERT_EQ(split.test_data->num_rows(), 20u);
    for (std::size_t row = 0; row < 20; ++row) {
      EXPECT_EQ(split.test_data->labels()[row],
                whole.train_data->labels()[40 + row]);
    }
    if (!whole.train_data->is_sparse()) {
      EXPECT_EQ(split.test_data->DenseRow(7)[2],
                whole.train_data->DenseRow(47)[2]);
      continue;
    }
    const SparseRow a = split.test_data->Row(7);
    const SparseRow b = whole.train_data->Row(47);
    EXPECT_TRUE(std::ranges::equal(a.index, b.index));
    EXPECT_TRUE(std::ranges::equal(a.value, b.value));
  }
}

TEST(LoadProblem, LeavesAnotherSeedOfTestDataAlone) {
  const auto a = LoadProblem<float>(
      Make("objective = \"softmax\"\n"
           "data = { generate = \"digits\", rows = 100 }\n"
           "test_data = { generate = \"digits\", rows = 50, seed = 2 }"));
  const auto b = LoadProblem<float>(
      Make("objective = \"softmax\"\n"
           "data = { generate = \"digits\", rows = 100, seed = 2 }"));
  ASSERT_EQ(a.test_data->num_rows(), 50u);
  EXPECT_TRUE(
      std::ranges::equal(a.test_data->DenseRow(3), b.train_data->DenseRow(3)));
}

TEST(LoadProblem, SaysWhichKeyNamesAMissingFile) {
  EXPECT_EQ(ErrorOf(Make("objective = \"softmax\"\ndata = \"no.csv\"")),
            "race.toml:3: problem.data: there is no file /base/no.csv");
}

TEST(LoadProblem, SaysWhichObjectiveDoesNotFitTheLabels) {
  EXPECT_THAT(ErrorOf(Make("objective = \"logistic\"\n"
                           "data = { generate = \"digits\", rows = 100 }")),
              HasSubstr("race.toml:2: problem.objective: logistic needs "
                        "exactly two distinct labels"));
  EXPECT_THAT(ErrorOf(Make("objective = \"softmax\"\n"
                           "data = { generate = \"regression\", rows = 9 }")),
              HasSubstr("race.toml:2: problem.objective: softmax needs "
                        "classes"));
}

TEST(LoadProblem, PassesOnWhatIsWrongWithADataFile) {
  const TemporaryFolder folder;
  WriteText(folder.path() + "/bad.csv", "1,2\n3,x\n");
  const std::string message = ErrorOf(
      Make("objective = \"least-squares\"\ndata = \"bad.csv\"", folder.path()));
  EXPECT_THAT(message, HasSubstr(folder.path() + "/bad.csv:2: "));
}

TEST(LoadProblem, RefusesTestLabelsUnknownToTraining) {
  const TemporaryFolder folder;
  WriteText(folder.path() + "/train.svm", "-1 1:1\n+1 2:1\n");
  WriteText(folder.path() + "/test.svm", "3 1:1\n");
  EXPECT_THAT(ErrorOf(Make("objective = \"logistic\"\ndata = \"train.svm\"\n"
                           "test_data = \"test.svm\"",
                           folder.path())),
              HasSubstr("race.toml:4: problem.test_data: "));
}

}  // namespace
}  // namespace tortoise
