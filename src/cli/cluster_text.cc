#include "cli/cluster_text.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/table.h"

namespace isochrone::cli {

using nlohmann::json;

std::string cluster_text(const json& s) {
  if (!s.contains("cluster")) return "";
  const json& c = s["cluster"];
  std::string out = fmt::format("cluster {}: revision {}", c["name"].get<std::string>(), c["revision"].get<uint64_t>());
  if (c["who"] != "") out += fmt::format(" by {}", c["who"].get<std::string>());
  if (c["pushed"].is_number()) out += fmt::format(", {} ago", span(c["pushed"]));
  if (c["why"] != "") out += fmt::format(" ({})", c["why"].get<std::string>());
  out += fmt::format("; {} nodes\n", c["nodes"].size());
  if (!c["reached"].get<bool>())
    out += paint(fmt::format("etcd has been away for {}: {}; serving on with what is known", span(c["away"]), c["trouble"].get<std::string>()), Colour::Bad) + "\n";
  else if (c["trouble"] != "")
    out += paint(fmt::format("what this node tells the others is not taken: {}", c["trouble"].get<std::string>()), Colour::Bad) + "\n";
  if (c["fault"] != "") out += paint(c["fault"].get<std::string>(), Colour::Bad) + "\n";
  if (c["named_twice"].get<bool>()) out += paint("another node has this node's name", Colour::Bad) + "\n";
  if (c["diverges"].get<bool>()) out += paint("nodes that serve the same revision would answer differently", Colour::Bad) + "\n";
  return out;
}

std::string nodes_text(const json& s) {
  const json& c = s["cluster"];
  Table table({"node", "region", "version", "revision", "answers", "heard", "vantages"});
  std::string faults;
  for (const json& node : c["nodes"]) {
    const bool behind = node["revision"] != c["revision"];
    std::string vantages;
    for (const json& vantage : node["vantages"]) vantages += (vantages.empty() ? "" : " ") + vantage.get<std::string>();
    table.row({node["name"].get<std::string>(), node["region"].get<std::string>(), node["version"].get<std::string>(),
               {std::to_string(node["revision"].get<uint64_t>()), behind ? Colour::Bad : Colour::None, true}, node["answers"].get<std::string>(),
               span(node["heard"]) + " ago", vantages});
    if (node["fault"] != "") faults += paint(fmt::format("{}: {}", node["name"].get<std::string>(), node["fault"].get<std::string>()), Colour::Bad) + "\n";
  }
  return cluster_text(s) + (table.empty() ? "" : "\n" + table.text()) + faults;
}

bool is_well(const json& c) {
  return c["reached"].get<bool>() && c["trouble"] == "" && c["refused"] == 0 && !c["named_twice"].get<bool>() && !c["diverges"].get<bool>() &&
         std::all_of(c["nodes"].begin(), c["nodes"].end(), [&](const json& node) { return node["revision"] == c["revision"] && node["refused"] == 0; });
}

}  // namespace isochrone::cli
