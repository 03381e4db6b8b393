// Any octets as a value of any key that a node watches, come at once and one after another: what is no good is counted and said,
// and the node goes on. The first octet says of which key; then the value, which may hold the next one behind "\n\n".

#include "check.h"
#include "cluster/view.h"
#include "sync/revision.h"
#include "target.h"

namespace isochrone {
namespace {

std::string key_of(const sync::Keys& keys, uint8_t which) {
  switch (which % 6) {
    case 0: return keys.config();
    case 1: return keys.node("ns1");   // the reader's own
    case 2: return keys.node("ns2");
    case 3: return keys.vantage("tokyo");
    case 4: return keys.observed("west", "ns2");
    default: return keys.drain("west");
  }
}

void look_at(const cluster::Todo& todo) {
  if (todo.fetch) {
    CHECK(todo.fetch->number > 7);  // what is served is never left for an older one
    CHECK(sync::decode_head(sync::encode(*todo.fetch)) == *todo.fetch);
  }
  for (const auto& [report, age] : todo.reports) CHECK(report.vantage == "tokyo" && age >= Duration::zero());
  for (const health::ObservationReport& report : todo.observations) CHECK(report.region == "west");
  if (todo.drains) CHECK(sync::Drains::restore(todo.drains->save()).has_value());
  for (const auto& [about, text] : todo.complaints) CHECK(!about.empty());
}

void look_at_manifest(std::string_view text) {
  const auto manifest = sync::decode_manifest(text);
  if (!manifest) return;
  for (const sync::RevisionFile& file : manifest->files) CHECK(file.stays || sync::is_inner_path(file.path));
  const std::string kept = sync::encode(*manifest);
  const auto again = sync::decode_manifest(kept);
  CHECK(again.has_value() && sync::encode(*again) == kept);
}

}  // namespace

FUZZ_TARGET(etcd) {
  const sync::Keys keys("c");
  Time now = Time() + 1h;
  cluster::Revision served;
  served.head.number = 7;
  cluster::View view(keys, "ns1", 1, served, now);

  std::string_view rest(reinterpret_cast<const char*>(data), size);
  look_at_manifest(rest);
  std::vector<sync::KeyValue> all;
  while (!rest.empty()) {
    const std::string key = key_of(keys, static_cast<uint8_t>(rest.front()));
    const size_t end = std::min(rest.find("\n\n"), rest.size());
    all.push_back({key, std::string(rest.substr(1, std::max<size_t>(end, 1) - 1)), 1});
    rest.remove_prefix(std::min(end + 2, rest.size()));
  }
  look_at(view.all(all, now));
  for (const sync::KeyValue& one : all) look_at(view.changed({one.key, one.value}, now += 1s));
  look_at(view.beat(now += 10s));
  CHECK(view.serving()->head.number == 7);
  (void)view.status(now, 0);
  return 0;
}

}  // namespace isochrone
