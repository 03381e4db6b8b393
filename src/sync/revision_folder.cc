#include "sync/revision_folder.h"

#include <fcntl.h>
#include <stdio.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>

#include <fmt/format.h>

#include "sync/chunks.h"
#include "sync/state_file.h"

namespace isochrone::sync {

namespace fs = std::filesystem;

namespace {

using Piece = std::function<Result<std::string>(const std::string& digest)>;

Status cannot(const std::string& path, const std::error_code& error) { return fail(fmt::format("{}: {}", path, error.message())); }

bool is_same(const std::string& path, const RevisionFile& file) {
  std::error_code error;
  if (fs::file_size(path, error) != file.size || error) return false;
  const auto octets = read_file(path);
  return octets && digest(*octets) == file.digest;
}

Status link_own(const RevisionFile& file, const std::string& path, const std::string& own_folder) {
  const std::string own = place_of(file, own_folder);
  if (!is_same(own, file))
    return fail(fmt::format("{}: is not here, or not as it was pushed (SHA-256 {}): bring that file to this node", own, file.digest));
  std::error_code error;
  const fs::path from_root = fs::absolute(own, error);
  if (!error) fs::create_symlink(from_root, path, error);
  return error ? cannot(path, error) : Status();
}

// Pieces that the file of the same name has there are not asked for.
Status write_pieces(const RevisionFile& file, const std::string& path, const std::string& before, const Piece& piece) {
  std::ofstream out(path, std::ios::binary);
  const std::string old = read_file(before).value_or("");
  std::map<std::string, std::string_view> known;
  for (const std::string_view part : cut(old)) known.emplace(digest(part), part);
  std::string octets;
  for (const std::string& name : file.chunks) {
    if (const auto at = known.find(name); at != known.end()) {
      octets += at->second;
    } else {
      const auto part = piece(name);
      if (!part) return tl::unexpected(part.error());
      octets += *part;
    }
    if (octets.size() > file.size) break;
  }
  if (octets.size() != file.size || digest(octets) != file.digest) return fail(fmt::format("{}: its pieces do not make the file that was pushed", file.path));
  out.write(octets.data(), static_cast<std::streamsize>(octets.size()));
  out.close();
  return out ? Status() : fail(fmt::format("{}: cannot be written: {}", path, std::strerror(errno)));
}

Status write_one(const RevisionFile& file, const std::string& folder, const std::string& known, const std::string& own_folder, const Piece& piece) {
  const std::string path = place_in(folder, file.path), before = known.empty() ? "" : place_in(known, file.path);
  std::error_code error;
  fs::create_directories(fs::path(path).parent_path(), error);
  if (error) return cannot(path, error);
  if (file.stays) return link_own(file, path, own_folder);
  if (!before.empty() && is_same(before, file)) {
    fs::copy_file(before, path, error);  // no link: whoever edits one must not change the other
    if (!error) return {};
  }
  return write_pieces(file, path, before, piece);
}

Status write_all(const Manifest& manifest, const std::string& folder, const std::string& known, const std::string& own_folder, const Piece& piece) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) return cannot(folder, error);
  for (const std::string& needed : {manifest.zones, manifest.probes}) fs::create_directories(folder + "/" + needed, error);
  for (const RevisionFile& file : manifest.files)
    if (const Status written = write_one(file, folder, known, own_folder, piece); !written) return written;
  return {};
}

// What was there is at `written` afterwards, for the caller to remove.
Status put_in_place(const std::string& written, const std::string& folder) {
  std::error_code error;
  if (fs::exists(folder, error)) {
    if (::renameat2(AT_FDCWD, written.c_str(), AT_FDCWD, folder.c_str(), RENAME_EXCHANGE) == 0) return {};
    fs::remove_all(folder, error);  // a file system that cannot exchange two
  }
  fs::rename(written, folder, error);
  return error ? cannot(folder, error) : Status();
}

}  // namespace

Result<RevisionFile> describe_file(const std::string& path, std::string inner, bool stays,
                                   const std::function<Status(const std::string& digest, std::string_view piece)>& piece) {
  const auto octets = read_file(path);
  if (!octets) return fail(fmt::format("{}: {}", path, octets.error().text));
  RevisionFile file{std::move(inner), octets->size(), digest(*octets), {}, stays};
  if (stays) return file;
  for (const std::string_view part : cut(*octets)) {
    file.chunks.push_back(digest(part));
    if (const Status taken = piece(file.chunks.back(), part); !taken) return tl::unexpected(taken.error());
  }
  return file;
}

std::string place_in(const std::string& folder, const std::string& path) { return folder + (path.starts_with('/') ? "" : "/") + path; }

// What is on the disk may have rotted, or been edited by somebody who meant another file.
Status check_revision(const Manifest& manifest, const std::string& folder) {
  for (const RevisionFile& file : manifest.files)
    if (const std::string path = place_in(folder, file.path); !is_same(path, file)) return fail(fmt::format("{}: is not as it was pushed", path));
  return {};
}

std::string place_of(const RevisionFile& file, const std::string& own_folder) {
  return file.path.starts_with('/') ? file.path : own_folder + "/" + file.path;
}

Status write_revision(const Manifest& manifest, const std::string& folder, const std::string& known, const std::string& own_folder, const Piece& piece) {
  const std::string beside = folder + ".new";
  std::error_code error;
  fs::remove_all(beside, error);
  Status done = write_all(manifest, beside, known, own_folder, piece);
  if (done) done = put_in_place(beside, folder);
  fs::remove_all(beside, error);
  return done;
}

}  // namespace isochrone::sync
