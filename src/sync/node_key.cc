#include "sync/node_key.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace isochrone::sync {

using nlohmann::json;

namespace {

constexpr int kNodeKeyFormat = 1;
constexpr size_t kMostFault = 2000;

}  // namespace

std::string encode(const NodeKey& key) {
  const json out{{"format", kNodeKeyFormat}, {"node", key.node},         {"region", key.region},     {"version", key.version},
                 {"run", key.run},           {"revision", key.revision}, {"manifest", key.manifest}, {"refused", key.refused},
                 {"fault", key.fault.substr(0, kMostFault)}, {"answers", key.answers}, {"vantages", key.vantages}, {"loaded_at", key.loaded_at}};
  return out.dump(-1, ' ', false, json::error_handler_t::replace);
}

Result<NodeKey> decode_node_key(std::string_view text) {
  const json in = json::parse(text, nullptr, false);
  try {
    if (const int64_t format = in.at("format"); format != kNodeKeyFormat) return fail(fmt::format("a node's key of format {}", format));
    return NodeKey{in.at("node"),    in.at("region"), in.at("version"), in.at("run"),      in.at("revision"), in.value("manifest", ""),
                   in.at("refused"), in.at("fault"),  in.at("answers"), in.at("vantages"), in.at("loaded_at")};
  } catch (const json::exception&) {
    return fail("a node's key that is not understood");
  }
}

}  // namespace isochrone::sync
