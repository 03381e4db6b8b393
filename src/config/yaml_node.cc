// What a Node is read as: the rules of scalars, and the words of every complaint.

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>

#include "config/yaml.h"
#include "util/utf8.h"

namespace isochrone::config {

namespace {

// As much of it as a message has room for.
std::string shown(std::string_view text) {
  constexpr size_t kShown = 60;
  return std::string(cut_utf8(text, kShown)) + (text.size() > kShown ? "…" : "");
}

template <typename T>
bool whole_number(std::string_view text, T& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

const Node* Node::find(std::string_view key) const {
  for (const Node* child : children_)
    if (child->key_ == key) return child;
  return nullptr;
}

Place Node::place() const {
  return {file_->name(), line_, column_};
}
Place Node::key_place() const {
  return {file_->name(), key_line_, key_column_};
}

std::string Node::path() const {
  if (parent_ == nullptr) return {};
  const std::string above = parent_->path();
  if (parent_->kind_ == Kind::List) return fmt::format("{}[{}]", above, index_);
  return above.empty() ? shown(key_) : above + "." + shown(key_);
}

std::string Node::describe() const {
  switch (kind_) {
    case Kind::Null:
      return "nothing";
    case Kind::List:
      return "a list";
    case Kind::Map:
      return "a map";
    case Kind::Text:
      break;
  }
  return "'" + shown(text_) + "'";
}

void Node::error(std::string what, std::string expected) const {
  file_->problems().error(place(), path(), std::move(what), std::move(expected));
}

void Node::warn(std::string what, std::string expected) const {
  file_->problems().warn(place(), path(), std::move(what), std::move(expected));
}

void Node::key_error(std::string what, std::string expected) const {
  file_->problems().error(key_place(), path(), std::move(what), std::move(expected));
}

bool Node::expect(Kind kind) const {
  if (kind_ == kind) return true;
  const std::string_view wanted = kind == Kind::Map ? "a map" : kind == Kind::List ? "a list" : "text";
  // A brace or bracket that begins a text is YAML's own: DESIGN §3 wants the hint.
  const bool forgot_quotes = kind == Kind::Text && flow_;
  error("is " + describe(), fmt::format("expected {}{}", wanted, forgot_quotes ? "; quote it: \"{…}\"" : ""));
  return false;
}

std::optional<std::string> Node::text(std::string_view what) const {
  if (kind_ == Kind::Text) {
    if (!text_.empty()) return text_;
    error("is empty", fmt::format("expected {}", what));
    return std::nullopt;
  }
  error("is " + describe(), fmt::format("expected {}{}", what,
                                        kind_ == Kind::Map    ? "; quote it where it has braces or a colon"
                                        : kind_ == Kind::List ? "; quote it where it has brackets"
                                                              : ""));
  return std::nullopt;
}

std::optional<bool> Node::boolean() const {
  if (kind_ == Kind::Text) {
    for (std::string_view yes : {"true", "on", "yes"})
      if (text_ == yes) return true;
    for (std::string_view no : {"false", "off", "no"})
      if (text_ == no) return false;
  }
  error("is " + describe(), "expected true or false");
  return std::nullopt;
}

std::optional<int64_t> Node::integer(int64_t least, int64_t most) const {
  int64_t value = 0;
  if (kind_ == Kind::Text && whole_number(text_, value) && value >= least && value <= most) return value;
  error("is " + describe(), fmt::format("expected a whole number from {} to {}", least, most));
  return std::nullopt;
}

std::optional<double> Node::number(double least, double most) const {
  double value = 0;
  if (kind_ == Kind::Text && whole_number(text_, value) && std::isfinite(value) && value >= least && value <= most)
    return value;
  error("is " + describe(), fmt::format("expected a number from {} to {}", least, most));
  return std::nullopt;
}

std::optional<Duration> Node::duration() const {
  if (kind_ == Kind::Text)
    if (const auto duration = parse_duration(text_)) return duration;
  error("is " + describe(), "expected a duration: one number and ms, s, m, h or d, as in \"2s\"");
  return std::nullopt;
}

std::optional<IpAddress> Node::address() const {
  if (kind_ == Kind::Text)
    if (const auto address = IpAddress::parse(text_)) return address;
  error("is " + describe(), "expected an IPv4 or IPv6 address");
  return std::nullopt;
}

std::optional<Prefix> Node::prefix() const {
  bool host_bits = false;
  if (kind_ == Kind::Text)
    if (const auto prefix = Prefix::parse(text_, &host_bits)) return prefix;
  if (host_bits) error(describe() + " has bits set beyond the prefix length", did_you_mean_without_host_bits(text_));
  else error("is " + describe(), "expected a prefix, as in 192.0.2.0/24 or \"2001:db8::/32\"");
  return std::nullopt;
}

std::optional<Endpoint> Node::endpoint() const {
  if (kind_ == Kind::Text)
    if (const auto endpoint = Endpoint::parse(text_); endpoint && endpoint->port != 0) return endpoint;
  error("is " + describe(), "expected an address and a port, as in \"192.0.2.1:53\" or \"[2001:db8::1]:53\"");
  return std::nullopt;
}

std::optional<std::string> Node::file_path() const {
  const auto path = text("a path");
  if (!path) return std::nullopt;
  const std::filesystem::path folder = file_->folder();
  if (folder == ".") return std::filesystem::path(*path).lexically_normal().string();
  return (folder / *path).lexically_normal().string();
}

std::optional<size_t> Node::one_of(const std::vector<std::string_view>& words, std::string_view or_else) const {
  if (kind_ == Kind::Text) {
    const auto found = std::find(words.begin(), words.end(), text_);
    if (found != words.end()) return static_cast<size_t>(found - words.begin());
  }
  std::string expected = kind_ == Kind::Text ? did_you_mean(text_, words) : "";
  if (expected.empty()) expected = fmt::format("expected {}{}{}", fmt::join(words, ", "), or_else.empty() ? "" : " or ", or_else);
  error("is " + describe(), expected);
  return std::nullopt;
}

std::vector<const Node*> Node::list_or_one(std::string_view expected) const {
  if (kind_ == Kind::List && children_.empty() && !expected.empty()) error("is an empty list", std::string(expected));
  if (kind_ == Kind::List) return children_;
  if (kind_ != Kind::Null) return {this};
  expect(Kind::List);
  return {};
}

std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& candidates) {
  const std::string_view near = nearest(word, candidates);
  return near.empty() ? "" : fmt::format("did you mean '{}'?", near);
}

std::string did_you_mean_without_host_bits(std::string_view text) {
  const size_t slash = text.find('/');
  int len = 0;
  std::from_chars(text.data() + slash + 1, text.data() + text.size(), len);
  return fmt::format("did you mean {}?", Prefix::make(*IpAddress::parse(text.substr(0, slash)), len).to_text());
}

Map::Map(const Node* node) : node_(node != nullptr && node->expect(Node::Kind::Map) ? node : nullptr) {}

Map::~Map() {
  if (node_ == nullptr || any_) return;
  constexpr int kSuggested = 100;  // a file of a million wrong keys is no slip of the keyboard
  int unknown = 0;
  for (const Node* child : node_->children()) {
    if (std::find(known_.begin(), known_.end(), child->key()) != known_.end()) continue;
    std::string expected = ++unknown <= kSuggested ? did_you_mean(child->key(), known_) : "";
    if (expected.empty()) expected = fmt::format("expected one of {}", fmt::join(known_, ", "));
    child->key_error("unknown key", std::move(expected));
  }
}

const Node* Map::find(std::string_view key) {
  known_.push_back(key);
  return node_ != nullptr ? node_->find(key) : nullptr;
}

const Node* Map::require(std::string_view key, std::string_view expected) {
  const Node* child = find(key);
  if (child == nullptr && node_ != nullptr)
    node_->error(fmt::format("has no '{}'", key), fmt::format("expected {}", expected));
  return child;
}

void Map::not_built(std::string_view key, std::string_view what) {
  // Not among the known ones: it is nothing to suggest.
  const Node* child = node_ != nullptr ? node_->find(key) : nullptr;
  if (child == nullptr) return;
  known_.push_back(key);
  child->key_error(fmt::format("{} is not built yet", what), "leave it out");
}

void Map::misplaced(std::string_view key, std::string_view why) {
  const Node* child = node_ != nullptr ? node_->find(key) : nullptr;
  if (child == nullptr) return;
  known_.push_back(key);
  child->key_error("out of place here", std::string(why));
}

std::string Map::text(std::string_view key, std::string fallback) {
  const Node* child = find(key);
  return child != nullptr ? child->text().value_or(std::move(fallback)) : fallback;
}

bool Map::boolean(std::string_view key, bool fallback) {
  const Node* child = find(key);
  return child != nullptr ? child->boolean().value_or(fallback) : fallback;
}

int64_t Map::integer(std::string_view key, int64_t fallback, int64_t least, int64_t most) {
  const Node* child = find(key);
  return child != nullptr ? child->integer(least, most).value_or(fallback) : fallback;
}

Duration Map::duration(std::string_view key, Duration fallback, Duration least, Duration most) {
  const Node* child = find(key);
  const auto duration = child != nullptr ? child->duration() : std::nullopt;
  if (!duration) return fallback;
  if (*duration >= least && *duration <= most) return *duration;
  child->error("is " + child->describe(),
               fmt::format("expected a duration from {} to {}", isochrone::to_text(least), isochrone::to_text(most)));
  return fallback;
}

uint16_t Map::share(std::string_view key, int least) {
  const Node* child = find(key);
  const auto text = child != nullptr ? child->text("a share, as in 30%") : std::nullopt;
  if (!text) return 0;
  int per_cent = 0;
  const char* const end = text->data() + text->size();
  const auto [rest, fault] = std::from_chars(text->data(), end, per_cent);
  if (fault == std::errc() && rest + 1 == end && *rest == '%' && per_cent >= least && per_cent <= 100) return static_cast<uint16_t>(per_cent * 10);
  child->error("is " + child->describe(), fmt::format("expected whole per cents from {}% to 100%, as in 30%", least));
  return 0;
}

std::string Map::file_path(std::string_view key, std::string fallback) {
  const Node* child = find(key);
  return child != nullptr ? child->file_path().value_or(std::move(fallback)) : fallback;
}

}  // namespace isochrone::config
