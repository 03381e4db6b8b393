#include "sync/state_file.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "util/regular_file.h"

namespace isochrone::sync {

namespace {

constexpr std::string_view kMagic = "isochrone-state 1";

// A descriptor that closes itself.
class File {
 public:
  explicit File(int fd) : fd_(fd) {}
  File(const std::string& path, int flags, unsigned mode = 0) : File(open(path.c_str(), flags | O_CLOEXEC, mode)) {}
  ~File() {
    if (fd_ >= 0) close(fd_);
  }
  File(const File&) = delete;
  bool ok() const { return fd_ >= 0; }
  int fd() const { return fd_; }

 private:
  int fd_;
};

bool write_all(int fd, std::string_view octets) {
  while (!octets.empty()) {
    const ssize_t n = write(fd, octets.data(), octets.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return false;
    octets.remove_prefix(static_cast<size_t>(n));
  }
  return true;
}

// The directory's entry must reach the disk too, or a crash brings the old file back.
void sync_directory_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  const File directory(slash == path.npos ? "." : path.substr(0, std::max<size_t>(slash, 1)), O_RDONLY | O_DIRECTORY);
  if (directory.ok()) fsync(directory.fd());
}

}  // namespace

Status write_atomically(const std::string& path, std::string_view octets, unsigned mode) {
  const std::string beside = path + ".new";
  const auto failed = [&](const char* what) {
    const int cause = errno;
    unlink(beside.c_str());
    return fail(fmt::format("{}: {}: {}", path, what, std::strerror(cause)));
  };
  {
    unlink(beside.c_str());  // a crash left it, or somebody put a pipe there, which nobody may ever read
    const File file(beside, O_WRONLY | O_CREAT | O_TRUNC, mode);
    if (!file.ok()) return failed("cannot create");
    if (!write_all(file.fd(), octets)) return failed("cannot write");
    if (fsync(file.fd()) != 0) return failed("cannot sync");
  }
  if (rename(beside.c_str(), path.c_str()) != 0) return failed("cannot replace");
  sync_directory_of(path);
  return {};
}

Status save_state(const std::string& path, std::string_view kind, std::string_view octets) {
  return write_atomically(path, fmt::format("{} {} {} {}\n{}", kMagic, kind, digest(octets), octets.size(), octets));
}

Result<std::string> read_file(const std::string& path) {
  const Result<int> descriptor = open_regular(path);
  if (!descriptor) return tl::unexpected(descriptor.error());
  const File file(*descriptor);
  struct stat info {};
  if (fstat(file.fd(), &info) != 0) return fail(fmt::format("cannot be read: {}", std::strerror(errno)));
  std::string octets(static_cast<size_t>(info.st_size), '\0');
  size_t have = 0;
  for (;;) {
    if (have == octets.size()) octets.resize(have + 4096);  // it may have grown since fstat
    const ssize_t n = read(file.fd(), octets.data() + have, octets.size() - have);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail(fmt::format("cannot be read: {}", std::strerror(errno)));
    if (n == 0) break;
    have += static_cast<size_t>(n);
  }
  octets.resize(have);
  return octets;
}

namespace {

// The octets behind the header, or what is wrong with the file.
Result<std::string> read_body(const std::string& path, std::string_view kind) {
  const auto whole = read_file(path);
  if (!whole) return whole;
  const std::string& octets = *whole;
  const size_t line_end = octets.find('\n');
  if (line_end == octets.npos) return fail("no header");
  const std::string head = octets.substr(0, line_end);
  std::string body = octets.substr(line_end + 1);
  if (head == fmt::format("{} {} {} {}", kMagic, kind, digest(body), body.size())) return body;
  return fail(head.starts_with(fmt::format("{} {} ", kMagic, kind)) ? "checksum or length differs" : "foreign header");
}

}  // namespace

std::optional<std::string> peek_state(const std::string& path, std::string_view kind) {
  auto body = read_body(path, kind);
  return body ? std::optional(std::move(*body)) : std::nullopt;
}

Loaded load_state(const std::string& path, std::string_view kind) {
  if (access(path.c_str(), F_OK) != 0) return {};
  auto body = read_body(path, kind);
  if (body) return {std::move(*body), {}};
  const std::string fault = body.error().text;
  const std::string aside = path + ".corrupt";
  if (rename(path.c_str(), aside.c_str()) != 0) return {std::nullopt, fmt::format("{} ({}; could not be moved)", path, fault)};
  return {std::nullopt, fmt::format("{} ({})", aside, fault)};
}

std::string digest(std::string_view octets) {
  unsigned char md[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  EVP_Digest(octets.data(), octets.size(), md, &size, EVP_sha256(), nullptr);
  std::string hex;
  for (unsigned i = 0; i < size; ++i) hex += fmt::format("{:02x}", md[i]);
  return hex;
}

}  // namespace isochrone::sync
