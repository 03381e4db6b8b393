// isochrone status: what the node knows and does, for a terminal or as JSON.

#include <algorithm>
#include <chrono>
#include <iostream>
#include <thread>

#include <fmt/format.h>

#include "cli/client.h"
#include "cli/cluster_text.h"
#include "cli/command.h"
#include "cli/json_text.h"
#include "cli/table.h"

namespace isochrone::cli {

using nlohmann::json;

namespace {

struct StatusOptions {
  bool as_json = false;
  bool watch = false;
  bool all = false;
  bool cluster = false;
};

constexpr size_t kPoolsShown = 20;

Colour colour_of(const std::string& verdict) {
  if (verdict == "up") return Colour::Good;
  return verdict == "down" ? Colour::Bad : Colour::Odd;
}

std::string head(const json& s) {
  const json& config = s["config"];
  std::string out = fmt::format("{} {}{}, version {}, up {}\n", paint("isochrone", Colour::Bold), s["node"].get<std::string>(),
                                s["region"] == "" ? "" : " in " + s["region"].get<std::string>(),
                                s["version"].get<std::string>(), span(s["uptime"]));
  out += fmt::format("snapshot {}, {} old; configuration {} old, last load {}\n", s["snapshot"]["generation"].get<uint64_t>(),
                     span(s["snapshot"]["age"]), span(config["age"]),
                     config["last_reload_ok"].get<bool>() ? paint("good", Colour::Good) : paint("FAILED", Colour::Bad));
  if (config["from_last_good"].get<bool>()) out += paint("serving the last good load: the files were bad at the start\n", Colour::Bad);
  if (config["error"] != "") out += paint(config["error"].get<std::string>(), Colour::Bad);
  for (const json& notice : s["notices"]) out += paint("! " + notice.get<std::string>(), Colour::Odd) + "\n";
  return out;
}

std::string zones(const json& s) {
  Table table({"zone", "serial", "records", "services"});
  for (const json& zone : s["zones"])
    table.row({zone["name"].get<std::string>(), {std::to_string(zone["serial"].get<uint32_t>()), Colour::None, true},
               {std::to_string(zone["records"].get<uint32_t>()), Colour::None, true},
               {std::to_string(zone["services"].get<uint32_t>()), Colour::None, true}});
  return table.empty() ? "" : "\n" + table.text();
}

// ", drained", ", 40 % drained".
std::string drained_text(const json& gateway) {
  const double gone = gateway["gone"];
  return gone < 1 ? fmt::format(", {:.0f} % drained", gone * 100) : ", drained";
}

// Of a pool in the pool: "up", "up, IPv6 down".
Cell pool_state(const json& gateway) {
  const json verdicts = gateway.value("pool_verdicts", json::object());
  const std::string v4 = verdicts.value("ipv4", ""), v6 = verdicts.value("ipv6", "");
  std::string text = v4.empty() ? v6 : v4;
  if (!v4.empty() && !v6.empty() && v4 != v6) text += ", IPv6 " + v6;
  const bool drained = gateway["drained"].get<bool>();
  return {text + (drained ? drained_text(gateway) : ""), drained ? Colour::Odd : colour_of(v4 == "down" || v6 == "down" ? "down" : v4.empty() ? v6 : v4)};
}

// "up", "down: connection refused …", "1 of 2 up", "drained".
Cell state(const json& gateway) {
  if (!gateway["enabled"].get<bool>()) return {"disabled", Colour::Odd};
  if (gateway.contains("pool")) return pool_state(gateway);
  size_t up = 0, unknown = 0;
  std::string reason;
  for (const json& address : gateway["addresses"]) {
    up += address["verdict"] == "up";
    unknown += address["verdict"] == "unknown";
    if (address["verdict"] == "down" || address["failing"].get<bool>())
      for (const json& sight : address["vantages"])
        if (reason.empty()) reason = sight["reason"];
  }
  const size_t all = gateway["addresses"].size();
  const std::string verdict = up ? "up" : unknown == all ? "unknown" : "down";
  std::string text = up && up < all ? fmt::format("{} of {} up", up, all) : verdict;
  if (gateway["drained"].get<bool>()) text += drained_text(gateway);
  if (!reason.empty()) text += ": " + reason;
  if (gateway.contains("load")) text += fmt::format(", load {:.0f} % of its limit", gateway["load"].get<double>() * 100);
  if (gateway.value("relief_ms", 0.0) > 0) text += fmt::format(", sheds who loses less than {:.1f} ms", gateway["relief_ms"].get<double>());
  return {text, gateway["drained"].get<bool>() ? Colour::Odd : colour_of(verdict)};
}

// The least of what the own vantage or, failing that, any vantage measures to the gateway's addresses.
Cell rtt(const json& gateway) {
  double best = 1e9;
  for (const json& address : gateway["addresses"])
    for (const json& sight : address["vantages"])
      if (sight["rtt_ms"].is_number()) best = std::min(best, sight["rtt_ms"].get<double>());
  return {best < 1e9 ? fmt::format("{:.1f} ms", best) : "–", Colour::None, true};
}

std::string pools(const json& s, bool all) {
  Table table({"pool", "region", "rtt", "weight", "addresses", "state"});
  size_t shown = 0;
  bool any_failing = false;
  for (const json& pool : s["pools"]) {
    if (!all && shown++ == kPoolsShown) break;
    std::string name = pool["name"];
    for (const json& gateway : pool["gateways"]) {
      std::string addresses;
      for (const json& address : gateway["addresses"]) {
        addresses += (addresses.empty() ? "" : " ") + address["address"].get<std::string>();
        any_failing |= address["verdict"] == "down" || address["failing"].get<bool>();
      }
      if (gateway.contains("pool")) addresses = "pool " + gateway["pool"].get<std::string>();
      table.row({name, gateway["region"].get<std::string>(), rtt(gateway),
                 {std::to_string(gateway["weight"].get<uint32_t>()), Colour::None, true}, addresses, state(gateway)});
      name.clear();
    }
  }
  std::string out = table.empty() ? "" : "\n" + table.text();
  if (s["pools"].size() > kPoolsShown && !all)
    out += fmt::format("… and {} more pools (--all)\n", s["pools"].size() - kPoolsShown);
  if (any_failing) out += "what a gateway's last probes showed: isochrone probe receipts ADDRESS\n";
  return out;
}

// "2s ago", "1.2h ago, frozen", "1s ago, suspect: left out", "never".
Cell trust(const json& vantage) {
  const std::string heard = vantage["last_heard"].is_number() ? span(vantage["last_heard"]) + " ago" : "never";
  if (vantage["suspect"].get<bool>()) return {heard + ", suspect: left out", Colour::Bad};
  const std::string stage = vantage["stage"];
  const bool is_old = vantage["stale"].get<bool>() || stage == "frozen";
  if (!is_old) return {heard};
  return {heard == "never" ? heard : heard + ", " + (stage == "fresh" ? "stale" : stage), Colour::Odd};
}

std::string vantages(const json& s) {
  std::vector<std::string> regions;
  for (const json& vantage : s["vantages"])
    for (const json& estimate : vantage["estimates"])
      if (std::find(regions.begin(), regions.end(), estimate["region"].get<std::string>()) == regions.end())
        regions.push_back(estimate["region"]);
  std::vector<std::string> titles{"vantage"};
  titles.insert(titles.end(), regions.begin(), regions.end());
  titles.insert(titles.end(), {"regret", "heard"});
  Table table(titles);
  for (const json& vantage : s["vantages"]) {
    std::vector<Cell> cells{vantage["name"].get<std::string>()};
    for (const std::string& region : regions) {
      std::string text;
      for (const json& estimate : vantage["estimates"])
        if (text.empty() && estimate["region"] == region && estimate["held_ms"].is_number())
          text = fmt::format("{:.1f}", estimate["held_ms"].get<double>());
      cells.push_back({text.empty() ? "–" : text, Colour::None, true});
    }
    const json& regret = vantage["regret_ms"];
    cells.push_back({fmt::format("{:.1f}", std::max(regret["ipv4"].get<double>(), regret["ipv6"].get<double>())), Colour::None, true});
    cells.push_back(trust(vantage));
    table.row(std::move(cells));
  }
  return table.empty() ? "" : "\nlatency in ms, as each vantage has it\n" + table.text();
}

// A line for each region whose gateways may measure their clients.
std::string observed(const json& s) {
  const json& observed = s["observed"];
  Table table({"observed by", "networks", "moved", "clipped", "reports", "heard"});
  for (const json& gateway : observed["gateways"]) {
    const auto count = [&](const char* name) { return Cell{std::to_string(gateway[name].get<uint64_t>()), Colour::None, true}; };
    std::string reports = std::to_string(gateway["reports"].get<uint64_t>());
    const auto refused = gateway["refused"].get<uint64_t>();
    if (refused != 0) reports += fmt::format(", {} refused", refused);
    table.row({gateway["region"].get<std::string>(), count("networks"), count("moved"), count("clipped"),
               {reports, refused != 0 ? Colour::Odd : Colour::None},
               {gateway["last_heard"].is_number() ? span(gateway["last_heard"]) + " ago" : "never"}});
  }
  return table.empty() ? "" : fmt::format("\nclients measured by the gateways: {} networks\n", observed["networks"].get<uint64_t>()) + table.text();
}

// A line for each pool that ever left an address.
std::string failovers(const json& s, bool all) {
  Table table({"pool", "last failover", "at most", "ago", "region", "address", "so far"});
  size_t shown = 0;
  for (const json& pool : s["pools"]) {
    const json& last = pool["last_failover"];
    if (last.is_null() || (!all && shown == kPoolsShown)) continue;
    ++shown;
    const double took = last["took"], limit = pool["failover_limit"];
    const auto late = pool["late_failovers"].get<uint64_t>();
    table.row({pool["name"].get<std::string>(),
               {fmt::format("{:.2f} s", took), took > limit ? Colour::Bad : Colour::Good, true},
               {at_most(limit), Colour::None, true},
               {span(last["age"]), Colour::None, true},
               last["region"].get<std::string>(),
               last["address"].get<std::string>(),
               {fmt::format("{}{}", pool["failovers"].get<uint64_t>(), late ? fmt::format(", {} late", late) : ""),
                late ? Colour::Bad : Colour::None}});
  }
  return table.empty() ? "" : "\nfailovers, from the first failed probe to the published answer\n" + table.text();
}

std::string prediction(const json& s) {
  if (!s.contains("prediction")) return "";
  const json& p = s["prediction"];
  const std::string fallback = p["fallback"].get<std::string>();
  std::string out = fmt::format("\nprediction for {} places ", p["places"].get<uint64_t>());
  if (!fallback.empty()) return out + paint("by distance alone", Colour::Odd) + ": " + fallback + "\n";
  out += fmt::format("from {} observations; a row not measured is off by {:.1f} ms (median); fitted in {}\n",
                     p["observations"].get<uint64_t>(), p["held_out_error_ms"].get<double>(), span(p["fit"]));
  const uint64_t networks = p["networks"].get<uint64_t>(), clipped = p["clipped"].get<uint64_t>();
  if (networks == 0) return out;
  if (p["networks_refused"].get<bool>())
    return out + paint(fmt::format("  {} networks that gateways see are left out: measured rows are predicted worse with them\n", networks), Colour::Odd);
  return out + fmt::format("  and from {} networks that gateways see{}\n", networks,
                           clipped == 0 ? "" : paint(fmt::format("; {} cells are held back by steering.correction", clipped), Colour::Odd));
}

std::string drains(const json& s) {
  std::string out;
  for (const json& drain : s["drains"])
    out += fmt::format("{} {}: {} ({}, {} ago{})\n", paint("drained", Colour::Odd), drain["target"].get<std::string>(),
                       drain["reason"].get<std::string>(), drain["by"].get<std::string>(), span(drain["age"]),
                       drain["expires_in"].is_number() ? ", ends in " + span(drain["expires_in"]) : "");
  return out.empty() ? "" : "\n" + out;
}

int show(const Program& program, const StatusOptions& options) {
  const auto client = Client::open(program.config_file());
  if (!client) return std::cerr << client.error().text << "\n", kCouldNotRun;
  for (;;) {
    const auto reply = client->get("/api/v1/status");
    if (!reply) return std::cerr << reply.error().text << "\n", kCouldNotRun;
    if (!reply->ok()) return std::cerr << reply->error() << "\n", kCouldNotRun;
    const json& s = reply->body;
    if (options.cluster && !s.contains("cluster")) return std::cerr << "this node is alone: its file has no `cluster`\n", kCouldNotRun;
    if (options.watch && colours()) std::cout << "\x1b[H\x1b[2J";
    if (options.as_json) std::cout << json_text(options.cluster ? s["cluster"] : s);
    else if (options.cluster) std::cout << nodes_text(s);
    else std::cout << head(s) << cluster_text(s) << zones(s) << pools(s, options.all) << vantages(s) << observed(s) << prediction(s) << failovers(s, options.all) << drains(s);
    if (!std::cout.flush()) return kFine;  // told in the end, where it is a fault
    if (!options.watch && options.cluster) return is_well(s["cluster"]) ? kFine : kProblem;
    if (!options.watch) return s["config"]["last_reload_ok"].get<bool>() ? kFine : kProblem;
    std::this_thread::sleep_for(std::chrono::seconds(1));
  }
}

}  // namespace

void add_status(Program& program) {
  CLI::App* command = add_command(program, "status", "what the node knows and does; exit status 1 after a failed reload");
  auto options = std::make_shared<StatusOptions>();
  command->add_flag("--json", options->as_json, "as JSON");
  command->add_flag("--cluster", options->cluster, "every node of the cluster; exit status 1 where not all is well");
  command->add_flag("--watch", options->watch, "again every second");
  command->add_flag("--all", options->all, "all pools, however many");
  command->callback([&program, options] { program.run = [&program, options] { return show(program, *options); }; });
}

}  // namespace isochrone::cli
