// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <tbb/global_control.h>
#include <unistd.h>
#include <zlib.h>

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tortoise/core/error.h"
#include "tortoise/data/dataset.h"

namespace tortoise {

/// A folder of its own for a test, removed with all it holds at its end.
class TestFolder {
 public:
  TestFolder() {
    std::string name =
        (std::filesystem::temp_directory_path() / "tortoise-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) {
      throw std::runtime_error("no temporary folder");
    }
    path_ = name;
  }
  ~TestFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;

  /// Writes a file and returns its path.
  std::string Write(const std::string& name, std::string_view bytes) const {
    const std::string path = Path(name);
    std::ofstream file(path, std::ios::binary);
    file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    return path;
  }
  std::string Path(const std::string& name) const {
    return (path_ / name).string();
  }

 private:
  std::filesystem::path path_;
};

/// One gzip member.
inline std::string Gzip(std::string_view bytes) {
  z_stream stream{};
  deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, bytes.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int status = deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  if (status != Z_STREAM_END) throw std::runtime_error("deflate failed");
  return out;
}

/// Expects an InputError at this line (0: none) with this text in it.
inline void ExpectInputError(const std::function<void()>& read,
                             std::size_t line, const std::string& text) {
  try {
    read();
    ADD_FAILURE() << "no error; expected: " << text;
  } catch (const InputError& error) {
    EXPECT_EQ(error.line(), line) << error.what();
    EXPECT_THAT(error.what(), testing::HasSubstr(text));
  }
}

/// While it lives, parallel code runs on this many threads at most.
class ThreadLimit {
 public:
  explicit ThreadLimit(std::size_t threads)
      : control_(tbb::global_control::max_allowed_parallelism, threads) {}

 private:
  tbb::global_control control_;
};

/// All that a data set holds, so that two can be compared.
struct Contents {
  bool is_sparse = false;
  std::size_t num_columns = 0;
  std::vector<double> labels{};
  std::vector<std::vector<std::pair<std::size_t, float>>> rows{};

  bool operator==(const Contents&) const = default;
};

inline Contents ContentsOf(const Dataset& data) {
  Contents contents{.is_sparse = data.is_sparse(),
                    .num_columns = data.num_columns()};
  contents.labels.assign(data.labels().begin(), data.labels().end());
  contents.rows.resize(data.num_rows());
  for (std::size_t row = 0; row < data.num_rows(); ++row) {
    auto& entries = contents.rows[row];
    if (data.is_sparse()) {
      const SparseRow x = data.Row(row);
      for (std::size_t k = 0; k < x.index.size(); ++k) {
        entries.emplace_back(x.index[k], x.value[k]);
      }
    } else {
      for (const float value : data.DenseRow(row)) {
        entries.emplace_back(entries.size(), value);
      }
    }
  }
  return contents;
}

}  // namespace tortoise
