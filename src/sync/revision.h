#pragma once
// One revision of a cluster's configuration, as values and as JSON (format 1). Pure.
//
//   head      live/config: which revision is in force; the same text is its entry in the history
//   manifest  the files of the revision; its pieces are named in the head
//   pieces    data/chunk/DIGEST (chunks.h)
//
// What is read may be anybody's: a path that leads out of its folder, a size that is absurd or a format of later days is
// an Error.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "util/result.h"

namespace isochrone::sync {

inline constexpr int kRevisionFormat = 1;
inline constexpr uint64_t kMostRevisionOctets = uint64_t{2} << 30;
// A larger file stays where it is, on every node, and only its digest travels. So do MMDB files.
inline constexpr uint64_t kMostTravelling = 64 << 20;

struct RevisionFile {
  std::string path;                   // below the configuration's folder, "zones/a.yaml"; of one that stays: also from the root
  uint64_t size = 0;
  std::string digest;                 // SHA-256, hex
  std::vector<std::string> chunks;    // digests, in order
  bool stays = false;                 // each node has it at the same place; no chunks
  bool operator==(const RevisionFile&) const = default;
};

struct Manifest {
  std::string zones = "zones", probes = "probes";  // the two folders
  std::string serials;                // of the zones, as all nodes serve them; opaque here
  std::vector<RevisionFile> files;    // sorted by path; no path twice
};

struct RevisionHead {
  uint64_t number = 0;                // from 1, one more with each push and each rollback
  std::string who, why;
  int64_t at = 0;                     // Unix time of who pushed
  uint64_t copy_of = 0;               // of a rollback: the revision whose files these are
  std::string manifest;               // digest of the manifest's text
  std::vector<std::string> chunks;    // of the manifest's text
  uint64_t octets = 0;                // of all files, before compression
  bool operator==(const RevisionHead&) const = default;
};

std::string encode(const RevisionHead& head);
Result<RevisionHead> decode_head(std::string_view text);
std::string encode(const Manifest& manifest);
Result<Manifest> decode_manifest(std::string_view text);

// No part "..", none empty, not from the root.
bool is_inner_path(std::string_view path);

}  // namespace isochrone::sync
