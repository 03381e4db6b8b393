#pragma once
// The files that one load reads, remembered: what the watcher watches and what "did anything change?" is asked of.

#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "util/result.h"

namespace isochrone::config {

// A 64-bit digest of octets, fed piece by piece: equal octets give equal digests however they are cut. Not
// cryptographic: it tells an edit from none, not friend from foe.
class Digest {
 public:
  void add(std::string_view octets);
  uint64_t value() const;

 private:
  uint64_t state_ = 0x9e3779b97f4a7c15;
  uint64_t word_ = 0;    // octets of an unfinished word
  unsigned filled_ = 0;  // how many of them
  uint64_t length_ = 0;
};

// A text file line by line, of any length, in memory of one buffer. Reading, not mapping: a mapped file that somebody
// cuts meanwhile ends the process.
class LineStream {
 public:
  static constexpr size_t kMaxLine = 64 * 1024;  // a row of 255 regions has 4 KiB

  LineStream(std::FILE* file, Digest& digest);
  // The next line without its end (LF or CRLF); good until the next call. nullopt: the end, or too long a line.
  std::optional<std::string_view> next();
  uint32_t line() const { return line_; }  // number of the line last given, from 1
  bool too_long() const { return too_long_; }
  bool failed() const { return failed_; }  // a read error

 private:
  bool refill();
  void skip_byte_order_mark();
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  std::unique_ptr<std::FILE, Close> file_;
  Digest* digest_;
  std::vector<char> buffer_;
  size_t begin_ = 0, end_ = 0;
  uint32_t line_ = 0;
  bool ended_ = false, too_long_ = false, failed_ = false;
};

class Files {
 public:
  // Everything is read from below `root` ("": as it stands), under its own absolute path; names and messages do not
  // show it.
  explicit Files(std::string root = {}) : root_(std::move(root)) {}

  static constexpr size_t kMaxText = size_t{2} << 30;  // a zone file of 1,000,000 records has 60 MB

  // The whole of a regular file of at most `limit` octets.
  Result<std::string> read(const std::string& path, size_t limit = kMaxText);
  Result<LineStream> open(const std::string& path);
  // Only for the digest.
  Status skim(const std::string& path);
  // Paths of a folder's files with this ending, sorted by name; hidden ones are left out.
  Result<std::vector<std::string>> list(const std::string& folder, std::string_view ending);

  // Where a file lies that is named so.
  std::string located(const std::string& path) const;

  const std::vector<std::string>& names() const { return names_; }  // each once, in the order read
  // Of all names and contents, each file as it was read first.
  uint64_t digest() const { return digest_.value(); }

 private:
  // Where its contents are to be added.
  Digest& remember(const std::string& path);
  std::string root_;
  std::vector<std::string> names_;
  Digest digest_, again_;  // again_: of what is read a second time; nobody asks for it
};

}  // namespace isochrone::config
