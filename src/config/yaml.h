#pragma once
// YAML as DESIGN §3 wants it, and nothing else of YAML: maps, lists and text, each with its place in the file. The one
// place that knows yaml-cpp.
//
//   text ─► parse_yaml ─► Node tree ─► Map, Node::text(), Node::duration(), …: each reports what is wrong by itself
//
// Refused while parsing: anchors, aliases, tags, merge keys, null keys, keys that are not text, a second document, zero
// octets, what is no UTF-8, nesting deeper than kMaxDepth, files over kMaxYaml. Of duplicate keys the first is kept and the
// others are reported. Scalars stay text until somebody asks for a type.

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "util/duration.h"
#include "util/ip.h"
#include "util/problem.h"

namespace isochrone::config {

inline constexpr size_t kMaxYaml = 8 << 20;  // octets; as many cost yaml-cpp a second: large lists come as CSV
inline constexpr int kMaxDepth = 32;

class YamlFile;

// One value. Owned by its YamlFile; good while that lives. Readers answer nullopt after they have reported a problem.
class Node {
 public:
  enum class Kind : uint8_t { Null, Text, List, Map };

  Kind kind() const { return kind_; }
  const std::string& key() const { return key_; }                         // of the map it stands in; empty in a list
  const std::string& written() const { return text_; }                    // of text, as it stands; else empty
  const std::vector<const Node*>& children() const { return children_; }  // in the order written
  const Node* find(std::string_view key) const;                           // a map's child; null where there is none
  Place place() const;                                                    // of the value
  Place key_place() const;                                                // of its key; of itself in a list
  std::string path() const;                                               // "services.contoso.gateways.westus2[1]"

  // "a map", "a list", "nothing", or the text in quotes: for messages.
  std::string describe() const;
  void error(std::string what, std::string expected = {}) const;
  void warn(std::string what, std::string expected = {}) const;
  void key_error(std::string what, std::string expected = {}) const;  // the same, placed at the key

  // `what`: what the text means, for the message ("a host name").
  std::optional<std::string> text(std::string_view what = "text") const;
  std::optional<bool> boolean() const;                                // true false on off yes no
  std::optional<int64_t> integer(int64_t least, int64_t most) const;  // decimal; 010 is ten
  std::optional<double> number(double least, double most) const;      // finite
  std::optional<Duration> duration() const;
  std::optional<IpAddress> address() const;
  std::optional<Prefix> prefix() const;
  std::optional<Endpoint> endpoint() const;      // port 1–65535
  std::optional<std::string> file_path() const;  // relative to the folder of the file it stands in
  // Index into `words`; a near miss is suggested. `or_else`: what the caller takes besides, "a number".
  std::optional<size_t> one_of(const std::vector<std::string_view>& words, std::string_view or_else = {}) const;

  // A list's elements; of text or a map: itself alone. Nothing, reported, for null. With `expected` an empty list is
  // reported, too.
  std::vector<const Node*> list_or_one(std::string_view expected = {}) const;
  bool expect(Kind kind) const;  // reports where it is another

 private:
  friend class YamlFile;
  friend class TreeBuilder;
  const YamlFile* file_ = nullptr;
  const Node* parent_ = nullptr;
  Kind kind_ = Kind::Null;
  bool flow_ = false;  // { } or [ ]: perhaps text whose quotes were forgotten
  uint32_t line_ = 0, column_ = 0, key_line_ = 0, key_column_ = 0;
  uint32_t index_ = 0;  // in its list
  std::string key_, text_;
  std::vector<const Node*> children_;
};

// A parsed file. Problems found while it is read go to the Problems it was parsed with, which must outlive it.
class YamlFile {
 public:
  YamlFile(std::string name, Problems& problems) : name_(std::move(name)), problems_(problems) {}
  YamlFile(const YamlFile&) = delete;

  const std::string& name() const { return name_; }
  std::string folder() const;  // "." where the name has none
  Problems& problems() const { return problems_; }
  const Node& root() const { return *root_; }

 private:
  friend class TreeBuilder;
  std::string name_;
  Problems& problems_;
  std::deque<Node> nodes_;  // a deque: nodes stay where they are
  const Node* root_ = nullptr;
};

// Null, with the reason in `problems`, where the text is no YAML or breaks a rule of those refused while parsing. The root
// is a map.
std::unique_ptr<YamlFile> parse_yaml(std::string name, std::string_view text, Problems& problems);

// Reads a map key by key; whatever was not asked for is unknown. `node` null or no map: as if every key were absent.
class Map {
 public:
  explicit Map(const Node* node);
  Map(const Map&) = delete;
  // Reports the unknown keys.
  ~Map();

  const Node* node() const { return node_; }
  const Node* find(std::string_view key);                                // null: absent
  const Node* require(std::string_view key, std::string_view expected);  // absent is reported
  // The key is known but what it asks for is not there yet.
  void not_built(std::string_view key, std::string_view what);
  // The key is known and out of place here: "path", "is for http and https probes".
  void misplaced(std::string_view key, std::string_view why);
  // Every key is a name the operator chose.
  void allow_any() { any_ = true; }

  // Values with the default of an absent (or broken, and reported) key.
  std::string text(std::string_view key, std::string fallback = {});
  bool boolean(std::string_view key, bool fallback);
  int64_t integer(std::string_view key, int64_t fallback, int64_t least, int64_t most);
  Duration duration(std::string_view key, Duration fallback, Duration least, Duration most);
  // "30%" in thousandths; `least`: whole per cents.
  uint16_t share(std::string_view key, int least);
  std::string file_path(std::string_view key, std::string fallback = {});

 private:
  const Node* node_;
  bool any_ = false;
  std::vector<std::string_view> known_;
};

// "did you mean 'x'?", or "" where nothing is near.
std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& candidates);
// "did you mean 192.0.2.0/24?", of a text that Prefix::parse() refused for its host bits.
std::string did_you_mean_without_host_bits(std::string_view text);

}  // namespace isochrone::config
