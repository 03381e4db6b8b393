// What a zone costs: zone_bench [records]. Prints records/s, octets per record and nanoseconds per find.
// Not a test; build it in a release tree with `ninja tests/zone/zone_bench`.

#include <sys/mman.h>
#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <random>

#include <fmt/format.h>

#include "zone_text.h"

namespace {

using namespace isochrone;

double cpu_seconds() {
  timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

size_t kib_of(const char* field) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with(field)) return std::stoul(line.substr(line.find(':') + 1));
  return 0;
}

// The master file of the peers' comparison, in pages of its own as a mapped file would be.
std::string_view write_text(int records) {
  const size_t size = static_cast<size_t>(records) * 40 + 4096;
  auto* text = static_cast<char*>(mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  char* to = fmt::format_to(text, "$TTL 300\n{}", zone::kSoaAndNs);
  for (int i = 0; i < records; ++i)
    to = fmt::format_to(to, "h{:07} 300 IN A 10.{}.{}.{}\n", i, i >> 16 & 255, i >> 8 & 255, i & 255);
  return {text, static_cast<size_t>(to - text)};
}

// Names of the form <prefix><seven digits>.example., the digits drawn from `different` numbers below `records`.
double nanoseconds_per_find(const zone::Zone& zone, std::string_view pattern, int records, int different) {
  constexpr int kRounds = 2'000'000;
  std::mt19937 random(1);
  std::vector<std::array<char, 8>> digits(static_cast<size_t>(different));
  for (auto& some : digits) fmt::format_to_n(some.data(), 7, "{:07}", random() % static_cast<unsigned>(records));
  // Batches, as a worker has them: a name is not looked up in the instant in which it was written.
  std::array<wire::QName, 16> batch;
  batch.fill(zone::qname(fmt::format(fmt::runtime(pattern), "0000000")));
  const size_t at = pattern.find('{') + 1;
  size_t exact = 0;
  const double begin = cpu_seconds();
  for (size_t i = 0; i < kRounds; i += batch.size()) {
    for (size_t j = 0; j < batch.size(); ++j) std::memcpy(&batch[j].octets[at], digits[(i + j) % digits.size()].data(), 7);
    for (const wire::QName& qname : batch) exact += zone.find(qname, qname.labels - 1).exact;
  }
  const double end = cpu_seconds();
  if (exact == kRounds + 1) std::puts("");  // keeps the loop
  return (end - begin) * 1e9 / kRounds;
}

void services(int count) {
  const double begin = cpu_seconds();
  const wire::Name apex = zone::name("example.");
  Problems problems;
  zone::ZoneBuilder builder(apex, 7);
  zone::parse_into(builder, zone::kSoaAndNs, apex, problems);
  const uint8_t address[4] = {192, 0, 2, 1};
  for (int i = 0; i < count; ++i) {
    const auto service = zone::name(fmt::format("service{}.example.", i));
    builder.set_pool(service.wire(), static_cast<zone::PoolId>(i % 1000), {"services.csv", static_cast<uint32_t>(i), 1});
    for (int region = 0; region < 4; ++region)
      builder.add({zone::name(fmt::format("service{}-region{}-01.regional.example.", i, region)).wire(), wire::Type::A, 30, address, {"services.csv", 1, 1}});
  }
  const double added = cpu_seconds();
  const auto zone = builder.build(problems);
  fmt::print("{} services: names made {:.3f} s, built {:.3f} s, {:.1f} MiB\n", count, added - begin, cpu_seconds() - added,
             static_cast<double>(zone->memory()) / 1048576);
}

}  // namespace

int main(int argc, char** argv) {
  const int records = argc > 1 ? std::atoi(argv[1]) : 1'000'000;
  const std::string_view text = write_text(records);
  const size_t before = kib_of("VmRSS");
  const wire::Name apex = zone::name("example.");
  Problems problems;
  const double begin = cpu_seconds();
  zone::ZoneBuilder builder(apex, 7);
  zone::parse_into(builder, text, apex, problems);
  const double parsed = cpu_seconds();
  const auto zone = builder.build(problems);
  const double built = cpu_seconds();
  if (!zone) return std::fputs(problems.to_text().c_str(), stderr), 1;
  fmt::print("{} records: parsed {:.3f} s, built {:.3f} s, {:.0f} records/s\n", zone->record_count(), parsed - begin,
             built - parsed, zone->record_count() / (built - begin));
  fmt::print("memory: zone {:.1f} MiB ({:.1f} octets a record), RSS {:.1f} MiB, peak {:.1f} MiB, text {:.1f} MiB of it\n",
             static_cast<double>(zone->memory()) / 1048576, static_cast<double>(zone->memory()) / zone->record_count(),
             static_cast<double>(kib_of("VmRSS")) / 1024, static_cast<double>(kib_of("VmHWM")) / 1024,
             static_cast<double>(before) / 1024);
  const struct {
    const char *what, *pattern;
    int different;
  } finds[] = {{"hit, 1,000 names", "h{}.example.", 1000},
               {"hit, 200,000 names", "h{}.example.", 200'000},
               {"NXDOMAIN, 1,000 names", "x{}.example.", 1000},
               {"NXDOMAIN, 200,000 names", "x{}.example.", 200'000},
               {"NXDOMAIN, 3 labels", "a.b.x{}.example.", 1000}};
  for (const auto& find : finds)
    fmt::print("find: {}: {:.1f} ns\n", find.what, nanoseconds_per_find(*zone, find.pattern, records, find.different));
  services(100'000);
}
