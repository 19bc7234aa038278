// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

// The table of laws: what `DelayLaw::Make` accepts, and what it answers.

#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "tortoise/straggler/delay_law.h"

namespace tortoise {
namespace {

using Keys = std::map<std::string, std::vector<double>>;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// --- By name -----------------------------------------------------------------

TEST(DelayLaws, EveryLawIsMadeAgainFromItsKeys) {
  const std::vector<DelayLaw> laws = {
      DelayLaw::Constant(1),
      DelayLaw::Uniform(1, 2),
      DelayLaw::Exponential(1),
      DelayLaw::ShiftedExponential(1, 2),
      DelayLaw::Gamma(3, 2),
      DelayLaw::Lognormal(1, 2),
      DelayLaw::Weibull(3, 2),
      DelayLaw::Pareto(1, 2),
      DelayLaw::TwoSpeed(1, 2, .5),
      DelayLaw::HyperExponential({1, 2}, {.5, .5})};
  ASSERT_EQ(DelayLaws().size(), laws.size());
  for (std::size_t k = 0; k < laws.size(); ++k) {
    SCOPED_TRACE(laws[k].name());
    EXPECT_EQ(DelayLaws()[k].name, laws[k].name());
    EXPECT_EQ(DelayLaws()[k].keys.size(), laws[k].keys().size());
    for (const auto& key : DelayLaws()[k].keys) {
      EXPECT_EQ(laws[k].keys().count(key.name), 1u) << key.name;
    }
    const DelayLaw again = DelayLaw::Make(laws[k].name(), laws[k].keys());
    for (const double u : {.1, .5, .9}) {
      EXPECT_EQ(again.Quantile(u), laws[k].Quantile(u));
    }
  }
}

// --- What is refused ---------------------------------------------------------

template <typename Make>
std::string Complaint(Make make) {
  try {
    (void)make();
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "accepted";
}

std::string Complaint(const std::string& name, const Keys& keys) {
  return Complaint([&] { return DelayLaw::Make(name, keys); });
}

TEST(DelayLaw, NamesAParameterOutOfRange) {
  const std::vector<std::pair<std::string, std::string>> refused = {
      {Complaint("constant", {{"value", {-1}}}), "value = -1 must be >= 0"},
      {Complaint("exponential", {{"mean", {-1}}}), "mean = -1 must be > 0"},
      {Complaint("exponential", {{"mean", {0}}}), "mean = 0 must be > 0"},
      {Complaint("uniform", {{"low", {2}}, {"high", {1}}}),
       "high = 1 must be >= low = 2"},
      {Complaint("shifted-exponential", {{"shift", {-1}}, {"mean", {1}}}),
       "shift = -1 must be >= 0"},
      {Complaint("gamma", {{"shape", {0}}, {"mean", {1}}}),
       "shape = 0 must be > 0"},
      {Complaint("gamma", {{"shape", {2e6}}, {"mean", {1}}}),
       "shape = 2e+06 must be <= 1e6: beyond that, take a constant"},
      {Complaint("lognormal", {{"median", {1}}, {"sigma", {-.5}}}),
       "sigma = -0.5 must be >= 0"},
      {Complaint("weibull", {{"shape", {1}}, {"scale", {0}}}),
       "scale = 0 must be > 0"},
      {Complaint("pareto", {{"scale", {1}}, {"shape", {0}}}),
       "shape = 0 must be > 0"},
      {Complaint("two-speed",
                 {{"fast", {2}}, {"slow", {1}}, {"probability", {.5}}}),
       "slow = 1 must be >= fast = 2"},
      {Complaint("two-speed",
                 {{"fast", {1}}, {"slow", {2}}, {"probability", {1.5}}}),
       "probability = 1.5 must be between 0 and 1"}};
  for (const auto& [complaint, expected] : refused) {
    EXPECT_EQ(complaint, expected);
  }
}

TEST(DelayLaw, RefusesWhatIsNotFiniteInEveryKey) {
  for (const DelayLawInfo& law : DelayLaws()) {
    for (const auto& bad : law.keys) {
      for (const double value : {std::nan(""), kInfinity}) {
        Keys keys;
        for (const auto& key : law.keys) keys[key.name] = {1};
        keys[bad.name] = {value};
        EXPECT_EQ(Complaint(law.name, keys),
                  bad.name + (bad.is_list ? "[0]" : "") + " = " +
                      (std::isnan(value) ? "nan" : "inf") + " must be finite")
            << law.name;
      }
    }
  }
}

TEST(DelayLaw, ChecksTheListsOfAHyperExponential) {
  const auto complaint = [](const std::vector<double>& means,
                            const std::vector<double>& probabilities) {
    return Complaint(
        [&] { return DelayLaw::HyperExponential(means, probabilities); });
  };
  EXPECT_EQ(complaint({}, {}), "means must not be empty");
  EXPECT_EQ(complaint({1, 2}, {1}),
            "probabilities has 1 entries and must have 2, as means");
  EXPECT_EQ(complaint({1, 0}, {.5, .5}), "means[1] = 0 must be > 0");
  EXPECT_EQ(complaint({1, 2}, {1.5, -.5}),
            "probabilities[0] = 1.5 must be between 0 and 1");
  EXPECT_EQ(complaint({1, 2}, {.5, .4375}),
            "sum of probabilities = 0.9375 must be 1");
  EXPECT_EQ(complaint({1, 2, 3}, {.1, .2, .7}), "accepted");
}

TEST(DelayLaw, NamesAnUnknownLawAndItsKeys) {
  EXPECT_EQ(Complaint("exponental", {{"mean", {1}}}),
            "unknown distribution \"exponental\"; did you mean exponential?");
  EXPECT_EQ(Complaint("zzz", {}),
            "unknown distribution \"zzz\"; there are constant, uniform, "
            "exponential, shifted-exponential, gamma, lognormal, weibull, "
            "pareto, two-speed, hyper-exponential");
  EXPECT_EQ(Complaint("exponential", {}), "exponential needs mean");
  EXPECT_EQ(Complaint("exponential", {{"mean", {1}}, {"rate", {1}}}),
            "exponential takes no rate; it takes mean");
  EXPECT_EQ(Complaint("gamma", {{"shapes", {1}}, {"mean", {1}}}),
            "gamma takes no shapes; it takes shape and mean; did you mean "
            "shape?");
  EXPECT_EQ(Complaint("exponential", {{"mean", {1, 2}}}),
            "mean must be one number, not 2");
  EXPECT_EQ(Complaint("exponential", {{"mean", {}}}),
            "mean must be one number, not 0");
}

TEST(DelayLaw, RefusesAQuantileThatIsNoTime) {
  const auto complaint = [](double mean, std::function<double(double)> f) {
    return Complaint([&] { return DelayLaw::FromQuantile("mine", mean, f); });
  };
  EXPECT_EQ(complaint(1, nullptr), "quantile must be a function");
  EXPECT_EQ(complaint(-1, [](double u) { return u; }),
            "mean = -1 must be >= 0");
  EXPECT_EQ(complaint(1, [](double u) { return u - 1; }),
            "quantile(2^-53) = -0.9999999999999999 must be >= 0");
  const DelayLaw falls =
      DelayLaw::FromQuantile("falls", 1, [](double u) { return .5 - u; });
  EXPECT_EQ(Complaint([&] { return falls.Quantile(.75); }),
            "falls: quantile(0.75) = -0.25 must be >= 0");
}

}  // namespace
}  // namespace tortoise
