#include "config/files.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "util/from_root.h"
#include "util/regular_file.h"

namespace isochrone::config {

namespace {

// One round of a multiply-and-fold mixer, as in wyhash: 128-bit product, halves xored.
uint64_t mix(uint64_t a, uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(a) * b;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

Result<std::FILE*> open_stream(const std::string& path) {
  const Result<int> descriptor = open_regular(path);
  if (!descriptor) return tl::unexpected(descriptor.error());
  if (std::FILE* file = ::fdopen(*descriptor, "rb")) return file;
  const int cause = errno;
  ::close(*descriptor);
  return fail(fmt::format("cannot be read: {}", std::strerror(cause)));
}

// Hands pieces to `take` until it says that it has enough, and closes the file. False: it could not be read.
template <typename Take>
bool read_pieces(std::FILE* file, Take take) {
  std::vector<char> buffer(1 << 16);
  size_t got = 0;
  do got = std::fread(buffer.data(), 1, buffer.size(), file);
  while (got != 0 && take(std::string_view(buffer.data(), got)));
  const bool failed = std::ferror(file) != 0;
  std::fclose(file);
  return !failed;
}

}  // namespace

void Digest::add(std::string_view octets) {
  length_ += octets.size();
  size_t at = 0;
  while (at < octets.size()) {
    if (filled_ == 0 && octets.size() - at >= 8) {
      uint64_t word = 0;
      std::memcpy(&word, octets.data() + at, 8);
      state_ = mix(state_ ^ word, 0xa0761d6478bd642f);
      at += 8;
      continue;
    }
    word_ |= uint64_t{static_cast<unsigned char>(octets[at++])} << (8 * filled_);
    if (++filled_ < 8) continue;
    state_ = mix(state_ ^ word_, 0xa0761d6478bd642f);
    word_ = 0;
    filled_ = 0;
  }
}

uint64_t Digest::value() const {
  return mix(mix(state_ ^ word_, 0xe7037ed1a0b428db) ^ length_, 0x8ebc6af09c88c6e3);
}

LineStream::LineStream(std::FILE* file, Digest& digest) : file_(file), digest_(&digest), buffer_(1 << 20) {}

std::optional<std::string_view> LineStream::next() {
  if (line_ == 0 && begin_ == 0 && !ended_) skip_byte_order_mark();
  for (size_t searched = begin_;;) {
    if (const void* found = std::memchr(buffer_.data() + searched, '\n', end_ - searched)) {
      const size_t stop = static_cast<size_t>(static_cast<const char*>(found) - buffer_.data());
      std::string_view line(buffer_.data() + begin_, stop - begin_);
      begin_ = stop + 1;
      ++line_;
      if (line.ends_with('\r')) line.remove_suffix(1);
      return line;
    }
    const size_t pending = end_ - begin_;
    if (pending > kMaxLine) {
      too_long_ = true;
      ++line_;
      return std::nullopt;
    }
    if (!ended_ && refill()) {
      searched = begin_ + pending;
      continue;
    }
    if (pending == 0 || failed_) return std::nullopt;
    const std::string_view last(buffer_.data() + begin_, pending);
    begin_ = end_;
    ++line_;
    return last.ends_with('\r') ? last.substr(0, pending - 1) : last;
  }
}

// What spreadsheets put before UTF-8.
void LineStream::skip_byte_order_mark() {
  constexpr std::string_view kMark = "\xef\xbb\xbf";
  if (refill() && std::string_view(buffer_.data(), end_).starts_with(kMark)) begin_ = kMark.size();
}

bool LineStream::refill() {
  std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
  end_ -= begin_;
  begin_ = 0;
  const size_t got = std::fread(buffer_.data() + end_, 1, buffer_.size() - end_, file_.get());
  digest_->add({buffer_.data() + end_, got});
  end_ += got;
  if (got != 0) return true;
  ended_ = true;
  failed_ = std::ferror(file_.get()) != 0;
  return false;
}

Result<std::string> Files::read(const std::string& path, size_t limit) {
  Digest& digest = remember(path);
  const Result<std::FILE*> file = open_stream(located(path));
  if (!file) return tl::unexpected(file.error());
  std::string text;
  const bool whole = read_pieces(*file, [&](std::string_view piece) {
    text += piece;
    return text.size() <= limit;
  });
  if (!whole) return fail("cannot be read: input/output error");
  if (text.size() > limit) return fail(fmt::format("larger than {} octets", limit));
  digest.add(text);
  return text;
}

Result<LineStream> Files::open(const std::string& path) {
  Digest& digest = remember(path);
  const Result<std::FILE*> file = open_stream(located(path));
  if (!file) return tl::unexpected(file.error());
  return LineStream(*file, digest);
}

Status Files::skim(const std::string& path) {
  Digest& digest = remember(path);
  const Result<std::FILE*> file = open_stream(located(path));
  if (!file) return tl::unexpected(file.error());
  const bool whole = read_pieces(*file, [&](std::string_view piece) {
    digest.add(piece);
    return true;
  });
  if (!whole) return fail("cannot be read: input/output error");
  return {};
}

Result<std::vector<std::string>> Files::list(const std::string& folder, std::string_view ending) {
  std::error_code error;
  std::vector<std::string> paths;
  std::filesystem::directory_iterator entries(located(folder), error), end;
  for (; !error && entries != end; entries.increment(error)) {
    const std::string name = entries->path().filename().string();
    if (name.ends_with(ending) && !name.starts_with('.'))
      paths.push_back((std::filesystem::path(folder) / name).string());
  }
  if (error) return fail(fmt::format("cannot be read: {}", error.message()));
  std::sort(paths.begin(), paths.end());
  return paths;
}

std::string Files::located(const std::string& path) const {
  if (root_.empty()) return path;
  return (std::filesystem::path(root_) / from_root(path).relative_path()).string();
}

Digest& Files::remember(const std::string& path) {
  if (std::find(names_.begin(), names_.end(), path) != names_.end()) return again_;
  names_.push_back(path);
  digest_.add(path);
  digest_.add("\n");
  return digest_;
}

}  // namespace isochrone::config
