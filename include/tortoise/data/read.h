// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "tortoise/core/words.h"
#include "tortoise/data/dataset.h"

namespace tortoise {

enum class DataFormat { kAuto, kLibsvm, kCsv, kIdx };
inline constexpr Word<DataFormat> kDataFormatWords[] = {
    {DataFormat::kAuto, "auto"},
    {DataFormat::kLibsvm, "libsvm"},
    {DataFormat::kCsv, "csv"},
    {DataFormat::kIdx, "idx"}};
constexpr std::span<const Word<DataFormat>> WordsOf(DataFormat) {
  return kDataFormatWords;
}

struct ReadOptions {
  // kAuto: IDX by its first two bytes, which are 0; LIBSVM if the first line
  // has id:value or nothing after the label; else CSV.
  DataFormat format = DataFormat::kAuto;

  // CSV only: the column that holds the target, by header name or number from
  // 0. Empty: the last column. With another format it is an error.
  std::string target = {};

  // Feature columns of the data set (test data take the width of the training
  // data). LIBSVM: an id above it is an error, and missing ones are zeros.
  // CSV and IDX must have exactly as many. 0: as many as the file shows.
  std::size_t num_columns = 0;
};

/// Reads a data set, plain or gzip-compressed (told by its first bytes).
///
/// LIBSVM: `label id:value id:value ...`, separated by blanks or tabs, ids from
/// 1 to 2^32, increasing; '#' starts a comment; a row may be a label alone.
/// Sparse. CSV: comma-separated numbers; a first line with a field that is
/// neither empty nor a number is a header, whose names may be quoted; columns
/// count from 0, also in messages. Dense. IDX: unsigned bytes divided by 255,
/// rows flattened; the labels lie beside the images, with "images-idx3" in the
/// file name replaced by "labels-idx1". Dense.
///
/// In text, lines end with "\n" or "\r\n" and blank ones are skipped; a number
/// may begin with '+'; values are rounded to float, and what is too small for
/// one is 0. Text is parsed on all processors, with the same result, and the
/// same first error, on any number of them.
///
/// Throws InputError that names file, line and token: an unreadable or empty
/// file; rows without any feature or column; a number that is none or is not
/// finite (as a float, for a value); an id that is 0, repeated, decreasing or
/// above 2^32; ragged CSV rows; a truncated or damaged .gz; an IDX file whose
/// size disagrees with its header; missing labels.
[[nodiscard]] Dataset ReadDataset(const std::string& path,
                                  const ReadOptions& options = {});

/// The readers behind it, for text in memory. `name` stands in messages.
[[nodiscard]] Dataset ParseLibsvm(std::string_view text,
                                  const std::string& name,
                                  const ReadOptions& options = {});
[[nodiscard]] Dataset ParseCsv(std::string_view text, const std::string& name,
                               const ReadOptions& options = {});
[[nodiscard]] Dataset ParseIdx(std::string_view images, std::string_view labels,
                               const std::string& name,
                               const ReadOptions& options = {});

/// The bytes of a file, decompressed if they are gzip. Throws InputError, also
/// if they are more than the machine's memory.
[[nodiscard]] std::string ReadFileBytes(const std::string& path);

/// Decompresses a gzip stream of any number of members, zeros behind them
/// ignored. Throws InputError if it is truncated or damaged, or larger than the
/// machine's memory. `name` stands in messages.
[[nodiscard]] std::string Gunzip(std::string_view bytes,
                                 const std::string& name);

}  // namespace tortoise
