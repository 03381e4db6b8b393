#pragma once
// Master-file text (RFC 1035 §5, RFC 2308 §4, RFC 3597 §5) → records in the order they are written.
//
//   text ─► Tokenizer ─► entries ─┬─► record:    [owner] [TTL] [class] type RDATA ─► sink
//                                 └─► directive: $ORIGIN, $TTL, $INCLUDE (more text), $GENERATE (more entries)
//
// What concerns more than one record is ZoneBuilder's business.

#include <functional>
#include <string>
#include <string_view>

#include "util/problem.h"
#include "util/result.h"
#include "wire/name.h"
#include "zone/record.h"

namespace isochrone::zone {

struct MasterFile {
  std::string_view text;  // all of it
  std::string file;       // for messages; $INCLUDE paths are relative to where it lies
  wire::Name origin;      // what relative names are completed with at the beginning: the apex
};

// The text of an included file, good until parse_master_file() returns. `path` is joined with the directory of the
// file that includes it.
using LoadInclude = std::function<Result<std::string_view>(const std::string& path)>;

// Called for each record, which is good during the call.
using RecordSink = std::function<void(const Record&)>;

inline constexpr size_t kMaxIncludeDepth = 20;    // files in files; deeper is a mistake
inline constexpr size_t kMaxIncluded = 10'000;    // files of one zone, each time it is included: nine in each of nine in each … never end

// Everything that is wrong goes to `problems`; records around a mistake are delivered all the same, so that one run
// finds them all. `origin` is the apex of what is returned.
Unread parse_master_file(const MasterFile& file, const LoadInclude& load, const RecordSink& sink, Problems& problems);

}  // namespace isochrone::zone
