// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/parallel.h"
#include "tortoise/core/error.h"
#include "tortoise/data/read.h"

namespace tortoise {
namespace {

constexpr unsigned char kUnsignedByte = 0x08;

// An IDX file: two zero bytes, a type, the number of dimensions, the
// dimensions as big-endian 32-bit integers, the values in row-major order.
struct Idx {
  std::vector<std::uint32_t> shape{};
  std::string_view bytes{};
};

unsigned char ByteAt(std::string_view bytes, std::size_t i) {
  return static_cast<unsigned char>(bytes[i]);
}

std::uint32_t BigEndianAt(std::string_view bytes, std::size_t i) {
  std::uint32_t number = 0;
  for (std::size_t k = 0; k < 4; ++k)
    number = number << 8 | ByteAt(bytes, i + k);
  return number;
}

// Saturates, which no size of a file can equal.
std::size_t Product(const std::vector<std::uint32_t>& shape) {
  __extension__ using Wide = unsigned __int128;
  constexpr std::size_t kMax = std::numeric_limits<std::size_t>::max();
  Wide product = 1;
  bool has_zero = false;
  for (const std::uint32_t size : shape) {
    has_zero = has_zero || size == 0;
    product = std::min<Wide>(product * std::max(size, 1u), kMax);
  }
  return has_zero ? 0 : static_cast<std::size_t>(product);
}

Idx ReadIdx(std::string_view bytes, const std::string& name) {
  if (bytes.empty()) throw InputError(name, 0, "is empty");
  if (bytes.size() < 4 || bytes[0] != 0 || bytes[1] != 0) {
    throw InputError(name, 0, "is not IDX: it must begin with two zero bytes");
  }
  if (ByteAt(bytes, 2) != kUnsignedByte) {
    throw InputError(name, 0,
                     fmt::format("holds IDX values of type 0x{:02x}; only 0x08 "
                                 "(unsigned bytes) is read",
                                 ByteAt(bytes, 2)));
  }
  const std::size_t dimensions = ByteAt(bytes, 3);
  const std::size_t header = 4 + 4 * dimensions;
  if (dimensions == 0 || bytes.size() < header) {
    throw InputError(
        name, 0,
        fmt::format("its IDX header of {} dimensions is cut off or empty",
                    dimensions));
  }
  Idx idx;
  for (std::size_t d = 0; d < dimensions; ++d) {
    idx.shape.push_back(BigEndianAt(bytes, 4 + 4 * d));
  }
  idx.bytes = bytes.substr(header);
  if (Product(idx.shape) != idx.bytes.size()) {
    throw InputError(
        name, 0,
        fmt::format("its IDX header says {} ({} bytes), but {} bytes follow",
                    fmt::join(idx.shape, " x "), Product(idx.shape),
                    idx.bytes.size()));
  }
  return idx;
}

AlignedVector<float> Scaled(std::string_view bytes) {
  constexpr std::size_t kBlock = std::size_t{1} << 20;
  AlignedVector<float> values(bytes.size());
  ForEachBlock((bytes.size() + kBlock - 1) / kBlock, [&](std::size_t block) {
    const std::size_t end = std::min((block + 1) * kBlock, bytes.size());
    for (std::size_t i = block * kBlock; i < end; ++i) {
      values[i] = static_cast<float>(ByteAt(bytes, i)) / 255.0f;
    }
  });
  return values;
}

}  // namespace

Dataset ParseIdx(std::string_view images, std::string_view labels,
                 const std::string& name, const ReadOptions& options) {
  const std::string labels_name = name + " (its labels)";
  const Idx x = ReadIdx(images, name);
  if (x.shape.size() < 2) {
    throw InputError(name, 0,
                     "holds one dimension, like labels; images have more");
  }
  if (x.bytes.empty()) throw InputError(name, 0, "holds no images");
  const Idx y = ReadIdx(labels, labels_name);
  if (y.shape.size() != 1) {
    throw InputError(
        labels_name, 0,
        fmt::format("{} dimensions, labels have one", y.shape.size()));
  }
  const std::size_t rows = x.shape[0];
  if (y.shape[0] != rows) {
    throw InputError(labels_name, 0,
                     fmt::format("{} labels for {} images", y.shape[0], rows));
  }
  const std::size_t columns = x.bytes.size() / rows;
  if (options.num_columns > 0 && columns != options.num_columns) {
    throw InputError(name, 0,
                     fmt::format("has {} values per image, must be {}", columns,
                                 options.num_columns));
  }
  std::vector<double> classes(rows);
  for (std::size_t r = 0; r < rows; ++r) classes[r] = ByteAt(y.bytes, r);
  return Dataset::Dense(Scaled(x.bytes), std::move(classes), columns);
}

}  // namespace tortoise
