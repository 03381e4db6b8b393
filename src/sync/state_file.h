#pragma once
// Files that must survive a crash: written beside, synced, renamed; each with a checksum, so that half a file or a
// foreign one is never taken for state.
//
// Format: one line "isochrone-state 1 KIND SHA256-HEX LENGTH\n", then LENGTH octets.

#include <optional>
#include <string>
#include <string_view>

#include "util/result.h"

namespace isochrone::sync {

// Replaces `path` by `octets`, or leaves it as it was. Mode 0640. The error names path and cause (disk full, …).
Status write_atomically(const std::string& path, std::string_view octets, unsigned mode = 0640);

Status save_state(const std::string& path, std::string_view kind, std::string_view octets);

struct Loaded {
  std::optional<std::string> octets;  // absent: there is none that can be used
  std::string set_aside;              // where a corrupt one was moved, with the fault; empty: there was none
};
// A corrupt file, or what is no file, is renamed to PATH.corrupt (the newest is kept) and told; it is never an error to start without.
Loaded load_state(const std::string& path, std::string_view kind);

// The same for who only looks: nothing is renamed, and what cannot be used is not there.
std::optional<std::string> peek_state(const std::string& path, std::string_view kind);

// The octets of a regular file. An Error says why there are none, without the path.
Result<std::string> read_file(const std::string& path);

// Hex of SHA-256.
std::string digest(std::string_view octets);

}  // namespace isochrone::sync
