#include "wire/name.h"

#include <fmt/format.h>

#include <algorithm>

namespace isochrone::wire {
namespace {

constexpr std::string_view kEscaped = ".\\\"();@$";  // RFC 1035 §5.1: these mean something in a master file

void append_octet(std::string& text, uint8_t octet) {
  if (octet <= ' ' || octet > '~') {
    fmt::format_to(std::back_inserter(text), "\\{:03}", octet);
  } else {
    if (kEscaped.find(static_cast<char>(octet)) != kEscaped.npos) text += '\\';
    text += static_cast<char>(octet);
  }
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// The octet that an escape stands for; `rest` begins after the backslash and loses what was read.
std::optional<char> take_escaped(std::string_view& rest) {
  if (rest.empty()) return std::nullopt;
  if (!is_digit(rest[0])) {
    const char octet = rest[0];
    rest.remove_prefix(1);
    return octet;
  }
  if (rest.size() < 3 || !is_digit(rest[1]) || !is_digit(rest[2])) return std::nullopt;
  const int value = (rest[0] - '0') * 100 + (rest[1] - '0') * 10 + (rest[2] - '0');
  if (value > 255) return std::nullopt;
  rest.remove_prefix(3);
  return static_cast<char>(value);
}

std::string_view chars(NameView octets) {
  return {reinterpret_cast<const char*>(octets.data()), octets.size()};
}

// Length of the name that `octets` begins with, root label included; 0 where it is cut, too long or compressed.
// `at_label(offset)` is called for each label but the root.
template <typename AtLabel>
size_t walk(std::span<const uint8_t> octets, AtLabel at_label) {
  const size_t most = std::min(octets.size(), kMaxName);
  for (size_t at = 0; at < most; at += octets[at] + size_t{1}) {
    if (octets[at] == 0) return at + 1;
    if (octets[at] > kMaxLabel) return 0;  // RFC 1035 §4.1.4 pointer, or a label type of RFC 6891 §5
    at_label(at);
  }
  return 0;
}

constexpr size_t kBlock = 16;

// lower() of `size` octets, and as many more as fill a block; written out, so that the compiler takes them all at once.
void lower_block(const uint8_t* from, size_t size, uint8_t* to) {
  std::array<uint8_t, kBlock> block{};
  std::memcpy(block.data(), from, size);
  for (uint8_t& octet : block) octet = lower(octet);
  std::memcpy(to, block.data(), sizeof block);
}

}  // namespace

Result<Name> Name::parse(std::string_view text, const Name* origin) {
  if (text.empty()) return fail("empty name; the root is written \".\"");
  if (text == ".") return Name();

  std::string octets, label;
  const auto end_label = [&]() -> Status {
    if (label.empty()) return fail(fmt::format("\"{}\" has an empty label", text));
    if (label.size() > kMaxLabel) {
      return fail(
          fmt::format("\"{}\" has a label of {} octets; at most {} are allowed", text, label.size(), kMaxLabel));
    }
    octets += static_cast<char>(label.size());
    octets += label;
    label.clear();
    return {};
  };

  bool absolute = false;
  for (std::string_view rest = text; !rest.empty();) {
    const char c = rest.front();
    rest.remove_prefix(1);
    if (c == '.') {
      if (Status ended = end_label(); !ended) return tl::unexpected(ended.error());
      absolute = rest.empty();
    } else if (c == '\\') {
      const auto octet = take_escaped(rest);
      if (!octet) return fail(fmt::format("\"{}\" has an escape that is neither \\X nor \\DDD up to 255", text));
      label += *octet;
    } else {
      label += c;
    }
  }
  if (!absolute) {
    if (Status ended = end_label(); !ended) return tl::unexpected(ended.error());
  }
  octets += absolute || !origin ? std::string(1, '\0') : origin->octets_;
  if (octets.size() > kMaxName) {
    return fail(fmt::format("\"{}\" is a name of {} octets; at most {} are allowed", text, octets.size(), kMaxName));
  }
  return Name(std::move(octets));
}

std::optional<Name> Name::from_wire(NameView octets) {
  const size_t size = walk(octets, [](size_t) {});
  if (size == 0 || size != octets.size()) return std::nullopt;
  return Name(std::string(chars(octets)));
}

int Name::label_count() const {
  int count = 0;
  walk(wire(), [&](size_t) { ++count; });
  return count;
}

std::vector<NameView> Name::labels() const {
  std::vector<NameView> found;
  walk(wire(), [&](size_t at) { found.push_back(wire().subspan(at + 1, wire()[at])); });
  return found;
}

Name Name::parent() const {
  if (is_root()) return *this;
  return Name(octets_.substr(wire()[0] + size_t{1}));
}

Name Name::lowered() const {
  Name copy = *this;
  // Length octets are below 'A', so all can be treated alike.
  for (char& c : copy.octets_) c = static_cast<char>(lower(static_cast<uint8_t>(c)));
  return copy;
}

bool Name::is_at_or_below(const Name& ancestor) const {
  if (size() < ancestor.size()) return false;
  const size_t at = size() - ancestor.size();
  bool at_label = at == size() - 1;
  walk(wire(), [&](size_t label) { at_label |= label == at; });
  return at_label && equal(wire().subspan(at), ancestor.wire());
}

std::optional<Name> Name::child(std::string_view label) const {
  if (label.empty() || label.size() > kMaxLabel || label.size() + 1 + size() > kMaxName) return std::nullopt;
  std::string octets(1, static_cast<char>(label.size()));
  octets += label;
  octets += octets_;
  return Name(std::move(octets));
}

std::string Name::to_text() const {
  return wire::to_text(wire());
}

std::string Name::to_host_text() const {
  std::string text = to_text();
  if (text.size() > 1) text.pop_back();
  return text;
}

bool operator==(const Name& a, const Name& b) {
  return equal(a.wire(), b.wire());
}

bool operator<(const Name& a, const Name& b) {
  const auto of_a = a.labels(), of_b = b.labels();
  const auto octet_less = [](uint8_t x, uint8_t y) { return lower(x) < lower(y); };
  const auto label_less = [&](NameView x, NameView y) {
    return std::lexicographical_compare(x.begin(), x.end(), y.begin(), y.end(), octet_less);
  };
  return std::lexicographical_compare(of_a.rbegin(), of_a.rend(), of_b.rbegin(), of_b.rend(), label_less);
}

bool equal(NameView a, NameView b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](uint8_t x, uint8_t y) { return lower(x) == lower(y); });
}

NameView leading_name(std::span<const uint8_t> octets) {
  return octets.first(walk(octets, [](size_t) {}));
}

std::string to_text(NameView name) {
  std::string text;
  walk(name, [&](size_t at) {
    for (const uint8_t octet : name.subspan(at + 1, name[at])) append_octet(text, octet);
    text += '.';
  });
  return text.empty() ? "." : text;
}

bool QName::assign(NameView name) {
  const size_t taken = read(name);
  return taken != 0 && taken == name.size();
}

size_t QName::read(std::span<const uint8_t> message) {
  uint8_t count = 0;
  const size_t taken = walk(message, [&](size_t at) { label_at[count++] = static_cast<uint8_t>(at); });
  if (taken == 0) return 0;
  size = static_cast<uint8_t>(taken);
  labels = count;

  // Lower-cased a block of octets at a time, perhaps past the name's end, for which `octets` has room. Near the message's end the last
  // block overlaps the one before it.
  if (message.size() < kBlock) {
    lower_block(message.data(), message.size(), octets.data());
    return taken;
  }
  const size_t last = message.size() - kBlock;
  for (size_t at = 0; at < taken; at += kBlock) {
    const size_t from = std::min(at, last);
    lower_block(message.data() + from, kBlock, octets.data() + from);
  }
  return taken;
}

}  // namespace isochrone::wire
