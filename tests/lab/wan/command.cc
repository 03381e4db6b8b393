#include "command.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

namespace isochrone::lab {
namespace {

using Words = std::vector<std::string_view>;

Words split(std::string_view line) {
  Words words;
  while (true) {
    const size_t start = line.find_first_not_of(" \t\r");
    if (start == std::string_view::npos) return words;
    line.remove_prefix(start);
    const size_t end = std::min(line.find_first_of(" \t\r"), line.size());
    words.push_back(line.substr(0, end));
    line.remove_prefix(end);
  }
}

Result<size_t> find_place(const Network& network, std::string_view name) {
  if (const auto found = network.plan().find(name)) return *found;
  return fail(fmt::format("no place '{}'", name));
}

Result<double> parse_number(std::string_view text, double most) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !(value >= 0 && value <= most))
    return fail(fmt::format("'{}' is not a number from 0 to {}", text, most));
  return value;
}

Result<double> parse_ms(std::string_view text) {
  return parse_number(text, 60'000);
}

Result<double> parse_share(std::string_view percent) {
  return parse_number(percent, 100).map([](double value) { return value / 100; });
}

// Both directions of every pair that A and B name.
Result<std::vector<Link*>> find_links(Network& network, std::string_view a, std::string_view b) {
  const auto from = find_place(network, a);
  if (!from) return fail(from.error().text);
  std::vector<Link*> links;
  const auto add = [&](size_t to) {
    links.push_back(&network.link(*from, to));
    links.push_back(&network.link(to, *from));
  };
  if (b == "*") {
    for (size_t to = 0; to < network.plan().places.size(); ++to)
      if (to != *from) add(to);
    return links;
  }
  const auto to = find_place(network, b);
  if (!to) return fail(to.error().text);
  if (*to == *from) return fail("a place is not far from itself");
  add(*to);
  return links;
}

void heal(Weather& weather) {
  weather = {.rtt_ms = weather.rtt_ms};
}

Result<std::string> set_weather(Network& network, const Words& words) {
  const std::string_view verb = words[0];
  const bool spike = verb == "spike";
  if (words.size() != (spike ? 5u : 4u)) return fail(spike ? "usage: spike A B PCT MS" : "usage: VERB A B NUMBER");
  const auto links = find_links(network, words[1], words[2]);
  if (!links) return fail(links.error().text);
  const auto value = verb == "loss" || spike ? parse_share(words[3]) : parse_ms(words[3]);
  if (!value) return fail(value.error().text);
  const auto spike_ms = spike ? parse_ms(words[4]) : 0.0;
  if (!spike_ms) return fail(spike_ms.error().text);

  for (Link* link : *links) {
    Weather& weather = link->weather;
    if (verb == "rtt") weather.rtt_ms = *value;
    if (verb == "jitter") weather.jitter_ms = *value;
    if (verb == "loss") weather.loss = *value;
    if (spike) {
      weather.spike_share = *value;
      weather.spike_ms = *spike_ms;
    }
  }
  return "ok";
}

Result<std::string> cut(Network& network, const Words& words) {
  if (words.size() == 2) {
    const auto place = find_place(network, words[1]);
    if (!place) return fail(place.error().text);
    network.set_dead(*place, true);
    return "ok";
  }
  if (words.size() != 3) return fail("usage: cut A [B]");
  const auto links = find_links(network, words[1], words[2]);
  if (!links) return fail(links.error().text);
  for (Link* link : *links) link->weather.cut = true;
  return "ok";
}

Result<std::string> heal(Network& network, const Words& words) {
  if (words.size() > 3) return fail("usage: heal [A [B]]");
  if (words.size() == 1) {
    for (const Place& place : network.plan().places) {
      const auto healed = heal(network, {words[0], place.name});
      if (!healed) return healed;
    }
    return "ok";
  }
  const auto links = find_links(network, words[1], words.size() == 3 ? words[2] : "*");
  if (!links) return fail(links.error().text);
  if (words.size() == 2) network.set_dead(*network.plan().find(words[1]), false);
  for (Link* link : *links) heal(link->weather);
  return "ok";
}

Result<std::string> show(Network& network, const Words& words) {
  if (words.size() != 3) return fail("usage: show A B");
  const auto from = find_place(network, words[1]), to = find_place(network, words[2]);
  if (!from) return fail(from.error().text);
  if (!to) return fail(to.error().text);
  const Weather& weather = network.link(*from, *to).weather;
  return fmt::format(R"({{"rtt_ms": {}, "jitter_ms": {}, "loss": {}, "spike_ms": {}, "spike_share": {}, "cut": {}}})",
                     weather.rtt_ms, weather.jitter_ms, weather.loss, weather.spike_ms, weather.spike_share,
                     weather.cut || network.dead(*from) || network.dead(*to));
}

Result<std::string> stat(Network& network, const Words& words) {
  Counters& counters = network.counters();
  const Lateness& late = counters.lateness;
  auto text = fmt::format(
      R"({{"delivered": {}, "lost": {}, "unroutable": {}, "late_us": {{"p50": {}, "p99": {}, "max": {}}}}})",
      counters.delivered, counters.lost, counters.unroutable, late.quantile_us(0.5), late.quantile_us(0.99),
      late.max_us());
  if (words.size() == 2 && words[1] == "reset") counters = {};
  return text;
}

Result<std::string> run(Network& network, const Words& words) {
  const std::string_view verb = words[0];
  if (verb == "rtt" || verb == "jitter" || verb == "loss" || verb == "spike") return set_weather(network, words);
  if (verb == "cut") return cut(network, words);
  if (verb == "heal") return heal(network, words);
  if (verb == "show") return show(network, words);
  if (verb == "stat") return stat(network, words);
  return fail(fmt::format("unknown command '{}'; rtt, jitter, loss, spike, cut, heal, show, stat", verb));
}

}  // namespace

std::string run_command(Network& network, std::string_view line) {
  const Words words = split(line);
  if (words.empty()) return "ok";
  const auto answer = run(network, words);
  return answer ? *answer : "error: " + answer.error().text;
}

}  // namespace isochrone::lab
