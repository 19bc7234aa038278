// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "tortoise/data/read.h"

#include <fmt/format.h>

#include <string>
#include <string_view>

#include "core/lines.h"
#include "tortoise/core/error.h"

namespace tortoise {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

// "label" or "label id:value ...". A comma tells the first line of a CSV file,
// "2026-01-02 10:00,5.5", from it.
bool LooksLikeLibsvm(std::string_view line) {
  line = internal::Trim(line.substr(0, line.find('#')));
  const std::size_t label_end = line.find_first_of(" \t");
  if (label_end == std::string_view::npos) return internal::LooksNumeric(line);
  const std::string_view rest = internal::Trim(line.substr(label_end));
  const std::string_view second = rest.substr(0, rest.find_first_of(" \t"));
  return second.find(':') != std::string_view::npos &&
         second.find(',') == std::string_view::npos;
}

DataFormat Recognise(std::string_view bytes) {
  // Text has no zero bytes.
  if (bytes.starts_with(std::string_view("\0\0", 2))) return DataFormat::kIdx;
  while (!bytes.empty()) {
    const std::string_view line = internal::TakeLine(&bytes);
    const std::string_view text = internal::Trim(line);
    if (text.empty() || text.starts_with('#')) continue;
    return LooksLikeLibsvm(line) ? DataFormat::kLibsvm : DataFormat::kCsv;
  }
  return DataFormat::kLibsvm;  // nothing but comments: it will say so
}

std::string LabelsPath(const std::string& path) {
  constexpr std::string_view kImages = "images-idx3";
  const std::size_t folder_end = path.find_last_of('/') + 1;  // 0 if none
  const std::size_t at = path.find(kImages, folder_end);
  if (at == std::string::npos) {
    throw InputError(path, 0,
                     fmt::format("holds IDX images; their labels are looked "
                                 "for under the same name with \"{}\" "
                                 "replaced by \"labels-idx1\", but it is not "
                                 "in the name",
                                 kImages));
  }
  return std::string(path).replace(at, kImages.size(), "labels-idx1");
}

std::string ReadLabels(const std::string& images_path) {
  const std::string path = LabelsPath(images_path);
  try {
    return ReadFileBytes(path);
  } catch (const InputError& error) {
    throw InputError(images_path, 0,
                     std::string("its labels: ") + error.what());
  }
}

std::string_view WithoutByteOrderMark(std::string_view text) {
  if (text.starts_with(kByteOrderMark)) {
    text.remove_prefix(kByteOrderMark.size());
  }
  return text;
}

}  // namespace

Dataset ReadDataset(const std::string& path, const ReadOptions& options) {
  const std::string bytes = ReadFileBytes(path);
  if (bytes.empty()) throw InputError(path, 0, "is empty");
  const std::string_view text = WithoutByteOrderMark(bytes);
  const DataFormat format =
      options.format == DataFormat::kAuto ? Recognise(text) : options.format;
  if (!options.target.empty() && format != DataFormat::kCsv) {
    throw InputError(path, 0, "is not CSV; only CSV has a target to choose");
  }
  switch (format) {
    case DataFormat::kIdx:
      return ParseIdx(bytes, ReadLabels(path), path, options);
    case DataFormat::kCsv:
      return ParseCsv(text, path, options);
    case DataFormat::kLibsvm:
    case DataFormat::kAuto:
      break;
  }
  return ParseLibsvm(text, path, options);
}

}  // namespace tortoise
