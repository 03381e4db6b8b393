#pragma once
// A revision's files in a folder: read into a manifest, or written from one. Any thread, one at a time per folder.

#include <functional>
#include <string>
#include <string_view>

#include "sync/revision.h"
#include "util/result.h"

namespace isochrone::sync {

// Of the file `inner` ("zones/a.yaml") read from `path`: size, digest, and the pieces unless it stays where it is.
// `piece` is handed each piece with its digest; an Error ends it.
Result<RevisionFile> describe_file(const std::string& path, std::string inner, bool stays,
                                   const std::function<Status(const std::string& digest, std::string_view piece)>& piece);

// Where a revision's file is in its folder: as its path says, from the folder's root.
std::string place_in(const std::string& folder, const std::string& path);

// Every file as the manifest has it; the Error names the first that is not.
Status check_revision(const Manifest& manifest, const std::string& folder);

// Where a file that stays is on this machine: below `own_folder`, or from the root.
std::string place_of(const RevisionFile& file, const std::string& own_folder);

// Writes all files below `folder`: beside it first, so that one that is there is whole until it is replaced. One that `known` (the folder of another revision; may be
// empty) has with the same size is taken from there if its digest is right; what stays becomes a link to the machine's
// own, whose digest must be right too. An Error names the file; `folder` is as it was then.
Status write_revision(const Manifest& manifest, const std::string& folder, const std::string& known, const std::string& own_folder,
                      const std::function<Result<std::string>(const std::string& digest)>& piece);

}  // namespace isochrone::sync
