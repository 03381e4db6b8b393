#include "sync/revision.h"

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace isochrone::sync {

using nlohmann::json;

namespace {

constexpr size_t kMostText = 4096;  // of who and why

bool is_digest(std::string_view text) {
  return text.size() == 64 && std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

std::string digest_in(const json& in) {
  const auto& text = in.get_ref<const std::string&>();
  if (!is_digest(text)) throw std::invalid_argument("a digest that is none");
  return text;
}

std::vector<std::string> digests_in(const json& in) {
  std::vector<std::string> out;
  for (const json& one : in) out.push_back(digest_in(one));
  return out;
}

uint64_t natural(const json& in, uint64_t most) {
  if (!in.is_number_unsigned() || in.get<uint64_t>() > most) throw std::out_of_range(fmt::format("a number beyond {}", most));
  return in.get<uint64_t>();
}

std::string short_text(const json& in) {
  const auto& text = in.get_ref<const std::string&>();
  if (text.size() > kMostText) throw std::out_of_range("a text without end");
  return text;
}

RevisionFile decode_file(const json& in) {
  RevisionFile file;
  file.path = short_text(in.at("path"));
  file.size = natural(in.at("size"), kMostRevisionOctets);
  file.digest = digest_in(in.at("digest"));
  file.stays = in.value("stays", false);
  if (!file.stays) file.chunks = digests_in(in.at("chunks"));
  const bool from_root = file.stays && file.path.starts_with('/');
  if (!is_inner_path(from_root ? std::string_view(file.path).substr(1) : file.path))
    throw std::invalid_argument(fmt::format("'{}' leads out of the folder", file.path));
  return file;
}

// `read` may throw: what it reads is not ours.
template <typename Read>
auto from_json(std::string_view what, std::string_view text, Read read) -> Result<decltype(read(json()))> {
  const json in = json::parse(text, nullptr, false);
  if (!in.is_object()) return fail(fmt::format("{}: not JSON", what));
  try {
    const auto format = in.at("format").get<int64_t>();
    if (format != kRevisionFormat) return fail(fmt::format("{}: has format {}; this isochrone reads format {}", what, format, kRevisionFormat));
    return read(in);
  } catch (const std::exception& error) {
    return fail(fmt::format("{}: {}", what, error.what()));
  }
}

std::string text_of(const json& out) { return out.dump(-1, ' ', false, json::error_handler_t::replace); }

}  // namespace

bool is_inner_path(std::string_view path) {
  while (!path.empty()) {
    const size_t slash = path.find('/');
    const std::string_view part = path.substr(0, slash);
    if (part.empty() || part == "." || part == ".." || part.find('\0') != part.npos) return false;
    if (slash == path.npos) return true;
    path.remove_prefix(slash + 1);
  }
  return false;
}

std::string encode(const RevisionHead& head) {
  return text_of({{"format", kRevisionFormat}, {"revision", head.number}, {"who", head.who}, {"why", head.why}, {"at", head.at}, {"copy_of", head.copy_of},
                  {"manifest", head.manifest}, {"chunks", head.chunks}, {"octets", head.octets}});
}

Result<RevisionHead> decode_head(std::string_view text) {
  return from_json("the revision's head", text, [](const json& in) {
    RevisionHead head;
    head.number = natural(in.at("revision"), INT64_MAX);
    if (head.number == 0) throw std::out_of_range("revision 0");
    head.who = short_text(in.at("who"));
    head.why = short_text(in.at("why"));
    head.at = static_cast<int64_t>(natural(in.at("at"), INT64_MAX));
    head.copy_of = natural(in.at("copy_of"), head.number - 1);
    head.manifest = digest_in(in.at("manifest"));
    head.chunks = digests_in(in.at("chunks"));
    head.octets = natural(in.at("octets"), kMostRevisionOctets);
    return head;
  });
}

std::string encode(const Manifest& manifest) {
  json files = json::array();
  for (const RevisionFile& file : manifest.files) {
    json one{{"path", file.path}, {"size", file.size}, {"digest", file.digest}};
    if (file.stays) one["stays"] = true;
    else one["chunks"] = file.chunks;
    files.push_back(std::move(one));
  }
  return text_of({{"format", kRevisionFormat}, {"zones", manifest.zones}, {"probes", manifest.probes}, {"serials", manifest.serials},
                  {"files", std::move(files)}});
}

Result<Manifest> decode_manifest(std::string_view text) {
  return from_json("the revision's manifest", text, [](const json& in) {
    Manifest manifest{short_text(in.at("zones")), short_text(in.at("probes")), in.at("serials"), {}};
    if (!is_inner_path(manifest.zones) || !is_inner_path(manifest.probes)) throw std::invalid_argument("a folder that leads out of its folder");
    uint64_t octets = 0;
    for (const json& one : in.at("files")) {
      manifest.files.push_back(decode_file(one));
      if (!manifest.files.back().stays) octets += manifest.files.back().size;
      if (octets > kMostRevisionOctets) throw std::out_of_range("more octets than a revision may have");
    }
    if (!std::ranges::is_sorted(manifest.files, std::ranges::less_equal(), &RevisionFile::path))
      throw std::invalid_argument("files are not sorted, or one stands twice");
    return manifest;
  });
}

}  // namespace isochrone::sync
