// MMDB: the one place that knows libmaxminddb.

#include <fmt/format.h>
#include <maxminddb.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstring>
#include <memory>
#include <unordered_map>

#include "config/places.h"

namespace isochrone::config {

namespace {

struct Close {
  void operator()(MMDB_s* db) const {
    MMDB_close(db);
    delete db;
  }
};

using Database = std::unique_ptr<MMDB_s, Close>;

using Path = std::initializer_list<const char*>;

// The first of the paths that is there: the usual nested schema, then the flat one.
std::optional<MMDB_entry_data_s> find(MMDB_entry_s entry, std::initializer_list<Path> paths) {
  for (const Path& path : paths) {
    std::vector<const char*> keys(path);
    keys.push_back(nullptr);
    MMDB_entry_data_s data;
    if (MMDB_aget_value(&entry, &data, keys.data()) == MMDB_SUCCESS && data.has_data) return data;
  }
  return std::nullopt;
}

// Flat files write numbers as text, too.
std::optional<double> number(const std::optional<MMDB_entry_data_s>& data) {
  if (!data) return std::nullopt;
  switch (data->type) {
    case MMDB_DATA_TYPE_DOUBLE: return data->double_value;
    case MMDB_DATA_TYPE_FLOAT: return data->float_value;
    case MMDB_DATA_TYPE_UINT16: return data->uint16;
    case MMDB_DATA_TYPE_UINT32: return data->uint32;
    case MMDB_DATA_TYPE_UTF8_STRING: {
      std::string_view text(data->utf8_string, data->data_size);
      if (text.starts_with("AS")) text.remove_prefix(2);
      double value = 0;
      const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
      if (error == std::errc() && stop == text.data() + text.size()) return value;
    }
  }
  return std::nullopt;
}

PlacedNetwork read_entry(const MMDB_entry_s& entry) {
  PlacedNetwork out;
  const auto latitude = number(find(entry, {{"location", "latitude"}, {"latitude"}, {"lat"}}));
  const auto longitude = number(find(entry, {{"location", "longitude"}, {"longitude"}, {"lng"}, {"lon"}}));
  if (latitude && longitude && std::abs(*latitude) <= 90 && std::abs(*longitude) <= 180) {
    out.latitude = static_cast<float>(*latitude);
    out.longitude = static_cast<float>(*longitude);
    out.located = true;
  }
  const auto country = find(entry, {{"country", "iso_code"}, {"country_code"}, {"country"}});
  if (country && country->type == MMDB_DATA_TYPE_UTF8_STRING && country->data_size == 2)
    out.country = {country->utf8_string[0], country->utf8_string[1]};
  const auto as = number(find(entry, {{"autonomous_system_number"}, {"asn"}, {"as_number"}}));
  if (as && *as >= 1 && *as <= UINT32_MAX) out.as_number = static_cast<uint32_t>(*as);
  return out;
}

class Walker {
 public:
  Walker(const PlacesConfig& source, const MMDB_s& db, std::vector<PlacedNetwork>& out, Problems& problems)
      : source_(source), db_(db), out_(out), problems_(problems) {}

  void walk() { visit(0, {}, 0); }

 private:
  void fault(std::string what) {
    if (!broken_) problems_.error(source_.place, "places.mmdb", fmt::format("{} {}", source_.path, what), "is the file whole?");
    broken_ = true;
  }

  // A broken file may point anywhere, in circles too: no deeper than an address is long, no more nodes than it has.
  void visit(uint32_t node, std::array<uint8_t, 16> bits, int depth) {
    const int most = db_.metadata.ip_version == 4 ? 32 : 128;
    if (broken_) return;
    if (depth >= most || ++visited_ > db_.metadata.node_count) return fault("has a tree that does not end");
    MMDB_search_node_s found;
    if (MMDB_read_node(&db_, node, &found) != MMDB_SUCCESS) return fault("has a broken tree");
    descend(found.left_record_type, found.left_record, found.left_record_entry, bits, depth + 1);
    bits[static_cast<size_t>(depth) / 8] = static_cast<uint8_t>(bits[static_cast<size_t>(depth) / 8] | 0x80 >> depth % 8);
    descend(found.right_record_type, found.right_record, found.right_record_entry, bits, depth + 1);
  }

  void descend(uint8_t type, uint64_t record, const MMDB_entry_s& entry, const std::array<uint8_t, 16>& bits, int len) {
    if (type == MMDB_RECORD_TYPE_DATA) return add(entry, bits, len);
    if (type == MMDB_RECORD_TYPE_INVALID) return fault("has a broken record");
    if (type != MMDB_RECORD_TYPE_SEARCH_NODE) return;
    // IPv4 lies below ::/96; the other ways there are aliases of it.
    if (len >= 16 && len <= 96 && is_alias(bits, len)) return;
    visit(static_cast<uint32_t>(record), bits, len);
  }

  bool is_alias(const std::array<uint8_t, 16>& bits, int len) const {
    if (db_.metadata.ip_version == 4) return false;
    const Prefix here = Prefix::make(IpAddress::v6(bits.data()), len);
    for (const Prefix& block : folding_blocks())
      if (here == block) return true;
    static const Prefix kTeredo = *Prefix::parse("2001::/32");  // another alias that databases have
    return here == kTeredo;
  }

  void add(const MMDB_entry_s& entry, const std::array<uint8_t, 16>& bits, int len) {
    const auto known = entries_.find(entry.offset);
    PlacedNetwork network = known != entries_.end() ? known->second : entries_.emplace(entry.offset, read_entry(entry)).first->second;
    if (!network.located && network.country[0] == 0 && network.as_number == 0) return;
    network.prefix = prefix_of(bits, len);
    // Neighbours of one place are one network: half as many blocks, and wider scopes.
    while (!out_.empty() && is_sibling(out_.back(), network)) {
      network.prefix = Prefix::make(out_.back().prefix.address, network.prefix.len - 1);
      out_.pop_back();
    }
    if (out_.size() == kMostPlacedNetworks) return fault(fmt::format("has more networks than the {} there may be", kMostPlacedNetworks));
    out_.push_back(network);
  }

  Prefix prefix_of(const std::array<uint8_t, 16>& bits, int len) const {
    if (db_.metadata.ip_version == 4) return Prefix::make(IpAddress::v4(uint32_t{bits[0]} << 24 | uint32_t{bits[1]} << 16 | uint32_t{bits[2]} << 8 | bits[3]), len);
    const bool v4 = len >= 96 && std::all_of(bits.begin(), bits.begin() + 12, [](uint8_t b) { return b == 0; });
    if (v4) return Prefix::make(IpAddress::v4(uint32_t{bits[12]} << 24 | uint32_t{bits[13]} << 16 | uint32_t{bits[14]} << 8 | bits[15]), len - 96);
    return Prefix::make(IpAddress::v6(bits.data()), len);
  }

  static bool is_sibling(const PlacedNetwork& a, const PlacedNetwork& b) {
    return a.prefix.len == b.prefix.len && a.prefix.len != 0 && a.prefix.family() == b.prefix.family() &&
           a.prefix.address.masked(a.prefix.len - 1) == b.prefix.address.masked(b.prefix.len - 1) && a.prefix != b.prefix &&
           a.located == b.located && a.latitude == b.latitude && a.longitude == b.longitude && a.country == b.country &&
           a.as_number == b.as_number;
  }

  const PlacesConfig& source_;
  const MMDB_s& db_;
  std::vector<PlacedNetwork>& out_;
  Problems& problems_;
  std::unordered_map<uint32_t, PlacedNetwork> entries_;  // by offset: many networks share one
  uint32_t visited_ = 0;
  bool broken_ = false;
};

// The library maps the file that it opens, and a mapped file that somebody cuts meanwhile ends the process: it is given a
// copy in memory, which nobody else knows of.
Result<Database> open_copy(std::string_view octets) {
  const int fd = ::memfd_create("places", MFD_CLOEXEC);
  if (fd < 0) return fail(fmt::format("cannot be read: {}", std::strerror(errno)));
  const std::unique_ptr<const int, void (*)(const int*)> closing(&fd, [](const int* open) { ::close(*open); });
  while (!octets.empty()) {
    const ssize_t written = ::write(fd, octets.data(), octets.size());
    if (written <= 0) return fail(fmt::format("cannot be read: {}", std::strerror(errno)));
    octets.remove_prefix(static_cast<size_t>(written));
  }
  auto db = std::make_unique<MMDB_s>();
  const int status = MMDB_open(fmt::format("/proc/self/fd/{}", fd).c_str(), MMDB_MODE_MMAP, db.get());
  if (status != MMDB_SUCCESS) return fail(fmt::format("is no MMDB file: {}", MMDB_strerror(status)));
  return Database(db.release());
}

}  // namespace

void read_places_mmdb(const PlacesConfig& source, Files& files, std::vector<PlacedNetwork>& out, Problems& problems) {
  const auto error = [&](std::string what) { problems.error(source.place, "places.mmdb", fmt::format("{} {}", source.path, what)); };
  const Result<std::string> octets = files.read(source.path);
  if (!octets) return error(octets.error().text);
  const auto db = open_copy(*octets);
  if (!db) return error(db.error().text);
  std::vector<PlacedNetwork> read;
  Walker(source, **db, read, problems).walk();
  out.insert(out.end(), read.begin(), read.end());
}

}  // namespace isochrone::config
