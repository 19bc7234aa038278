// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include <fmt/format.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <system_error>

#include "tortoise/core/error.h"
#include "tortoise/data/read.h"

namespace tortoise {
namespace {

constexpr std::size_t kStep = std::size_t{1} << 20;

// A gzip file can hold a thousand times its size, and a device never ends:
// more than this is refused before the kernel starts to kill.
std::size_t PhysicalMemory() {
  const auto pages = sysconf(_SC_PHYS_PAGES);
  const auto page = sysconf(_SC_PAGESIZE);
  if (pages <= 0 || page <= 0) return std::size_t{1} << 34;
  return static_cast<std::size_t>(pages) * static_cast<std::size_t>(page);
}

[[noreturn]] void ThrowTooLarge(const std::string& name) {
  throw InputError(name, 0, "holds more than fits in this machine's memory");
}

[[noreturn]] void ThrowUnreadable(const std::string& path, int error) {
  throw InputError(path, 0,
                   "cannot be read: " + std::generic_category().message(error));
}

bool IsGzip(std::string_view bytes) { return bytes.starts_with("\x1f\x8b"); }

// Makes room for more bytes after the first `used`, in all for `least`.
void Grow(std::size_t used, std::size_t least, std::string* bytes,
          const std::string& name) {
  constexpr std::size_t kLeast = std::size_t{1} << 12;
  const std::size_t limit = PhysicalMemory();
  if (used >= limit || least > limit) ThrowTooLarge(name);
  const std::size_t wanted = std::max({least, kLeast, used + used / 2});
  try {
    bytes->resize(std::min(limit, wanted));
  } catch (const std::bad_alloc&) {
    ThrowTooLarge(name);
  }
}

// zlib's state of one gzip stream, freed at the end.
class Inflater {
 public:
  explicit Inflater(std::string_view bytes) : rest_(bytes) {
    constexpr int kGzipOnly = 15 + 16;
    if (inflateInit2(&stream_, kGzipOnly) != Z_OK) throw std::bad_alloc();
  }
  ~Inflater() { inflateEnd(&stream_); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  // Decompresses into [begin, begin + size) until that is full or a member
  // or the input ends. Returns zlib's status; `*made` is the bytes written.
  int Inflate(char* begin, std::size_t size, std::size_t* made) {
    // zlib counts with 32 bits.
    const auto in = static_cast<uInt>(std::min(rest_.size(), kStep));
    const auto out = static_cast<uInt>(std::min(size, kStep));
    // zlib's interface predates const; it does not write to its input.
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(rest_.data()));
    stream_.avail_in = in;
    stream_.next_out = reinterpret_cast<Bytef*>(begin);
    stream_.avail_out = out;
    const int status = inflate(&stream_, Z_NO_FLUSH);
    rest_.remove_prefix(in - stream_.avail_in);
    *made = out - stream_.avail_out;
    return status;
  }

  void NextMember() { inflateReset(&stream_); }
  [[nodiscard]] std::string_view rest() const { return rest_; }
  [[nodiscard]] const char* message() const { return stream_.msg; }

 private:
  z_stream stream_{};
  std::string_view rest_;
};

// Whether another member follows. Tapes and some tools pad with zeros.
bool HasNextMember(std::string_view rest, const std::string& name) {
  if (rest.find_first_not_of('\0') == std::string_view::npos) return false;
  if (!IsGzip(rest) && rest != "\x1f") {
    throw InputError(name, 0, "has bytes after the end of its gzip data");
  }
  return true;
}

}  // namespace

std::string Gunzip(std::string_view bytes, const std::string& name) {
  // A first guess: text shrinks to about a quarter.
  const std::size_t least = std::min(4 * bytes.size(), std::size_t{1} << 26);
  Inflater inflater(bytes);
  std::string text;
  std::size_t used = 0;
  while (true) {
    if (used == text.size()) Grow(used, least, &text, name);
    std::size_t made = 0;
    const std::size_t before = inflater.rest().size();
    const int status =
        inflater.Inflate(text.data() + used, text.size() - used, &made);
    used += made;
    if (status == Z_STREAM_END) {
      if (!HasNextMember(inflater.rest(), name)) break;
      inflater.NextMember();
    } else if (status != Z_OK && status != Z_BUF_ERROR) {
      const char* why = inflater.message();
      throw InputError(name, 0,
                       fmt::format("damaged gzip data{}{}", why ? ": " : "",
                                   why ? why : ""));
    } else if (made == 0 && inflater.rest().size() == before) {
      throw InputError(name, 0, "truncated gzip data");
    }
  }
  text.resize(used);
  return text;
}

std::string ReadFileBytes(const std::string& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) {
    ThrowUnreadable(path, EISDIR);
  }
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(
      std::fopen(path.c_str(), "rb"),
      [](std::FILE* f) { return std::fclose(f); });
  if (!file) ThrowUnreadable(path, errno);
  std::string bytes;
  // One byte more than a regular file has, so that one read sees its end.
  const auto size = std::filesystem::file_size(path, ignored);
  if (!ignored) Grow(0, size + 1, &bytes, path);
  std::size_t used = 0;
  while (true) {
    if (used == bytes.size()) Grow(used, kStep, &bytes, path);
    const std::size_t got =
        std::fread(bytes.data() + used, 1, bytes.size() - used, file.get());
    used += got;
    if (std::ferror(file.get()) != 0) ThrowUnreadable(path, errno);
    if (got == 0) break;
  }
  bytes.resize(used);
  return IsGzip(bytes) ? Gunzip(bytes, path) : bytes;
}

}  // namespace tortoise
