// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <span>
#include <stdexcept>
#include <utility>
#include <vector>

#include "core/parallel.h"
#include "data/streams.h"
#include "tortoise/data/generate.h"

namespace tortoise {
namespace {

constexpr std::size_t kSide = 28;
constexpr std::size_t kPixels = kSide * kSide;

struct Point {
  double x = 0.0;
  double y = 0.0;
};

// A part of a digit in a box of side 1, x to the right and y down: an arc of
// an ellipse, or a straight line.
struct Stroke {
  Point center{};
  Point radius{};
  double from = 0.0;  // degrees, clockwise from the right
  double to = 0.0;
  bool is_line = false;    // then from `center` to `radius`
  bool is_option = false;  // drawn in half of the rows
};

constexpr Stroke Arc(double x, double y, double rx, double ry, double from,
                     double to) {
  return {.center = {x, y}, .radius = {rx, ry}, .from = from, .to = to};
}

constexpr Stroke Line(double x0, double y0, double x1, double y1) {
  return {.center = {x0, y0}, .radius = {x1, y1}, .is_line = true};
}

constexpr Stroke Option(Stroke stroke) {
  stroke.is_option = true;
  return stroke;
}

constexpr std::size_t kMostStrokes = 3;
using Glyph = std::array<Stroke, kMostStrokes>;  // unused ones are points
constexpr Stroke kNone = Line(0.0, 0.0, 0.0, 0.0);

constexpr std::array<Glyph, 10> kGlyphs = {{
    {Arc(0.5, 0.5, 0.28, 0.42, 0, 360), kNone, kNone},
    {Line(0.55, 0.08, 0.55, 0.92), Option(Line(0.32, 0.3, 0.55, 0.08)),
     Option(Line(0.35, 0.92, 0.75, 0.92))},
    {Arc(0.5, 0.31, 0.27, 0.23, 190, 400), Line(0.707, 0.458, 0.22, 0.91),
     Line(0.22, 0.91, 0.8, 0.91)},
    {Arc(0.48, 0.29, 0.24, 0.21, 200, 450),
     Arc(0.48, 0.71, 0.28, 0.21, 270, 520), kNone},
    {Line(0.58, 0.08, 0.2, 0.63), Line(0.2, 0.63, 0.82, 0.63),
     Line(0.62, 0.36, 0.62, 0.94)},
    {Line(0.74, 0.1, 0.33, 0.1), Line(0.33, 0.1, 0.28, 0.49),
     Arc(0.47, 0.66, 0.28, 0.26, 222, 500)},
    {Arc(0.76, 0.65, 0.5, 0.57, 260, 180), Arc(0.5, 0.68, 0.24, 0.23, 0, 360),
     kNone},
    {Line(0.22, 0.12, 0.78, 0.12), Line(0.78, 0.12, 0.42, 0.92),
     Option(Line(0.38, 0.5, 0.74, 0.5))},
    {Arc(0.5, 0.29, 0.21, 0.2, 0, 360), Arc(0.5, 0.7, 0.25, 0.22, 0, 360),
     kNone},
    {Arc(0.5, 0.32, 0.24, 0.23, 0, 360), Arc(0.24, 0.35, 0.5, 0.57, 0, 80),
     kNone},
}};

// How one row's digit is written: maps the box to pixels.
class Hand {
 public:
  explicit Hand(RandomSequence* random) {
    const double angle = random->Uniform(-0.2, 0.2);
    const double slant = random->Uniform(-0.2, 0.45);
    const double width = random->Uniform(14.0, 23.0);
    const double height = random->Uniform(16.0, 23.0);
    const double c = std::cos(angle);
    const double s = std::sin(angle);
    // Scale, then slant to the right (y points down), then rotate.
    xx_ = c * width;
    xy_ = (-c * slant - s) * height;
    yx_ = s * width;
    yy_ = (-s * slant + c) * height;
    shift_ = {13.5 + random->Uniform(-2.5, 2.5),
              13.5 + random->Uniform(-2.5, 2.5)};
    bend_ = {random->Uniform(-0.06, 0.06), random->Uniform(-0.06, 0.06)};
    phase_ = {random->Uniform(0.0, 1.0), random->Uniform(0.0, 1.0)};
    half_thickness_ = random->Uniform(0.6, 1.5);
  }

  [[nodiscard]] Point operator()(Point p) const {
    constexpr double kTurn = 2.0 * std::numbers::pi;
    const double x = p.x - 0.5 + bend_.x * std::sin(kTurn * (p.y + phase_.x));
    const double y = p.y - 0.5 + bend_.y * std::sin(kTurn * (p.x + phase_.y));
    return {shift_.x + xx_ * x + xy_ * y, shift_.y + yx_ * x + yy_ * y};
  }

  [[nodiscard]] double half_thickness() const { return half_thickness_; }

 private:
  double xx_ = 0.0;
  double xy_ = 0.0;
  double yx_ = 0.0;
  double yy_ = 0.0;
  Point shift_{};
  Point bend_{};   // of a wave that runs along the other axis
  Point phase_{};  // of that wave
  double half_thickness_ = 0.0;
};

// The pixels, from `first` to `last`, whose centers lie within `reach` of
// `low` to `high`.
std::pair<std::size_t, std::size_t> Covered(double low, double high,
                                            double reach) {
  constexpr double kLast = kSide - 1;
  const double first = std::clamp(std::ceil(low - reach), 0.0, kLast);
  const double last = std::clamp(std::floor(high + reach), 0.0, kLast);
  return {static_cast<std::size_t>(first), static_cast<std::size_t>(last)};
}

// Draws a segment with round ends: a pixel is as dark as the stroke covers of
// it, about 1/2 + half thickness - distance.
void DrawSegment(Point a, Point b, double half_thickness,
                 std::span<float> image) {
  const double reach = half_thickness + 0.5;
  const auto [left, right] =
      Covered(std::min(a.x, b.x), std::max(a.x, b.x), reach);
  const auto [top, bottom] =
      Covered(std::min(a.y, b.y), std::max(a.y, b.y), reach);
  const Point along = {b.x - a.x, b.y - a.y};
  const double length2 = std::max(along.x * along.x + along.y * along.y, 1e-12);
  for (std::size_t row = top; row <= bottom; ++row) {
    for (std::size_t column = left; column <= right; ++column) {
      const double dx = static_cast<double>(column) - a.x;
      const double dy = static_cast<double>(row) - a.y;
      const double t =
          std::clamp((dx * along.x + dy * along.y) / length2, 0.0, 1.0);
      const double distance = std::hypot(dx - t * along.x, dy - t * along.y);
      const double ink = std::clamp(reach - distance, 0.0, 1.0);
      float& pixel = image[row * kSide + column];
      pixel = std::max(pixel, static_cast<float>(ink));
    }
  }
}

void DrawStroke(const Stroke& stroke, const Hand& hand,
                std::span<float> image) {
  constexpr int kSegments = 16;  // lines too: a hand bends them
  Point before;
  for (int k = 0; k <= kSegments; ++k) {
    const double t = static_cast<double>(k) / kSegments;
    const double angle =
        (stroke.from + t * (stroke.to - stroke.from)) * std::numbers::pi / 180;
    const Point p =
        stroke.is_line
            ? Point{std::lerp(stroke.center.x, stroke.radius.x, t),
                    std::lerp(stroke.center.y, stroke.radius.y, t)}
            : Point{stroke.center.x + stroke.radius.x * std::cos(angle),
                    stroke.center.y + stroke.radius.y * std::sin(angle)};
    const Point now = hand(p);
    if (k > 0) DrawSegment(before, now, hand.half_thickness(), image);
    before = now;
  }
}

// Draws one row into `image`, which holds zeros, and returns its label.
double DrawRow(RandomSequence random, double noise, std::span<float> image) {
  const std::size_t digit = random.Index(kGlyphs.size());
  const Hand hand(&random);
  for (const Stroke& stroke : kGlyphs[digit]) {
    const bool is_drawn = !stroke.is_option || random.Uniform() < 0.5;
    const bool is_none = stroke.is_line && stroke.radius.y == 0.0;
    if (is_drawn && !is_none) DrawStroke(stroke, hand, image);
  }
  if (noise > 0.0) {
    for (float& pixel : image) {
      const double noisy = static_cast<double>(pixel) + noise * random.Normal();
      pixel = static_cast<float>(std::clamp(noisy, 0.0, 1.0));
    }
  }
  return static_cast<double>(digit);
}

}  // namespace

Dataset GenerateDigits(const DigitsOptions& options) {
  if (options.rows < 1) {
    throw std::invalid_argument("digits: rows = 0 must be >= 1");
  }
  if (!std::isfinite(options.noise) || options.noise < 0.0) {
    throw std::invalid_argument(fmt::format(
        "digits: noise = {} must be >= 0 and finite", options.noise));
  }
  AlignedVector<float> values;
  if (options.rows > values.max_size() / kPixels) {
    throw std::invalid_argument("digits: rows x 784 values are too many");
  }
  values.resize(options.rows * kPixels);
  std::vector<double> labels(options.rows);
  ForEachBlock(internal::NumRowBlocks(options.rows), [&](std::size_t block) {
    const std::size_t begin = block * internal::kRowsPerBlock;
    const std::size_t end =
        std::min(begin + internal::kRowsPerBlock, options.rows);
    for (std::size_t row = begin; row < end; ++row) {
      labels[row] = DrawRow(
          internal::RowSequence(options.seed, row, internal::Drawn::kDigitsRow),
          options.noise, {values.data() + row * kPixels, kPixels});
    }
  });
  return Dataset::Dense(std::move(values), std::move(labels), kPixels);
}

}  // namespace tortoise
