#include "config/yaml.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <sstream>

#include "util/utf8.h"

namespace isochrone::config {

namespace {

// A rule of ours that a file breaks; thrown through yaml-cpp's parser and caught in parse_yaml().
struct Refusal {
  YAML::Mark mark;
  std::string key, what, expected;
};

// yaml-cpp's words, and what an operator did to get them.
struct Meant {
  std::string_view said, expected;
  bool is_of_a_tab = false;  // where one is in the line's indentation
};
const std::array<Meant, 9> kMeant{{
    {YAML::ErrorMsg::UNKNOWN_ANCHOR, "a * begins an alias, which is not understood: quote the text, as in \"*\""},
    {YAML::ErrorMsg::ALIAS_NOT_FOUND, "a * begins an alias, which is not understood: quote the text, as in \"*\""},
    {YAML::ErrorMsg::UNKNOWN_TOKEN, "a text cannot begin like this: quote it, as in \"@\""},
    {YAML::ErrorMsg::MAP_VALUE, "expected key: value, with a blank behind the colon; quote a text with a colon in it", true},
    {YAML::ErrorMsg::TAB_IN_INDENTATION, "expected blanks", true},
    {YAML::ErrorMsg::END_OF_MAP, "expected the next key below the one before it", true},
    {YAML::ErrorMsg::END_OF_SEQ, "expected the next element below the one before it", true},
    {YAML::ErrorMsg::END_OF_MAP_FLOW, "expected a } for every {"},
    {YAML::ErrorMsg::END_OF_SEQ_FLOW, "expected a ] for every ["},
}};

Meant meant_by(std::string_view said) {
  const auto known = std::find_if(kMeant.begin(), kMeant.end(), [said](const Meant& m) { return m.said == said; });
  return known != kMeant.end() ? *known : Meant{said, ""};
}

// The column of a tab in the indentation of a line, both from 0; nullopt where there is none.
std::optional<size_t> find_tab(std::string_view text, int line) {
  for (; line > 0; --line) text.remove_prefix(std::min(text.find('\n'), text.size() - 1) + 1);
  const size_t tab = text.find('\t');
  return tab == text.npos || text.find_first_not_of(" \t") < tab ? std::nullopt : std::optional(tab);
}

// Where `text` is no text, "" where it is: what is wrong with it.
const char* fault_of(std::string_view text, size_t& at) {
  at = text.find('\0');
  if (at != text.npos) return "it holds a zero octet";
  at = valid_utf8(text);
  return at != text.size() ? "it holds octets that are no UTF-8" : "";
}

}  // namespace

// yaml-cpp's events become the tree; the rules that hold for every file are applied on the way.
class TreeBuilder : public YAML::EventHandler {
 public:
  TreeBuilder(YamlFile& file, std::string_view text) : file_(file), text_(text) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (file_.root_ != nullptr)
      refuse(mark, "a second document", "expected one document a file: no line of three hyphens after the first");
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    check(mark, "", anchor);
    if (wants_key()) refuse(mark, "a key that is nothing", "expected text before the colon; quote it if it is meant");
    add(mark, Node::Kind::Null);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    refuse(mark, "an alias (*)", "aliases are not understood: write the value again, or quote the text");
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    check(mark, tag, anchor);
    if (value.find('\0') != value.npos) refuse(mark, "a zero octet", "no text has one");
    if (wants_key()) return take_key(mark, value);
    Node& node = add(mark, Node::Kind::Text);
    node.text_ = value;
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value style) override {
    open(mark, tag, anchor, style, Node::Kind::List);
  }
  void OnSequenceEnd() override { open_.pop_back(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value style) override {
    open(mark, tag, anchor, style, Node::Kind::Map);
  }
  void OnMapEnd() override {
    Node& map = *open_.back().node;
    // By key, so that find() and the test for duplicates cost a logarithm in a map of thousands.
    std::vector<const Node*> sorted = map.children_;
    std::stable_sort(sorted.begin(), sorted.end(), [](auto* a, auto* b) { return a->key_ < b->key_; });
    std::vector<const Node*> kept;
    for (const Node* child : sorted)
      if (kept.empty() || child->key_ != kept.back()->key_) kept.push_back(child);
      else child->key_error("duplicate key", fmt::format("it is already in line {}", kept.back()->key_line_));
    if (kept.size() != sorted.size()) {
      std::sort(kept.begin(), kept.end(), [](auto* a, auto* b) { return a->index_ < b->index_; });
      map.children_ = std::move(kept);
    }
    open_.pop_back();
  }

  bool empty() const { return file_.root_ == nullptr; }

 private:
  struct Open {
    Node* node;
    bool has_key = false;
    std::string key;
    YAML::Mark key_mark;
  };

  [[noreturn]] void refuse(const YAML::Mark& mark, std::string what, std::string expected) {
    throw Refusal{mark, open_.empty() ? "" : open_.back().node->path(), std::move(what), std::move(expected)};
  }
  bool wants_key() const {
    return !open_.empty() && open_.back().node->kind_ == Node::Kind::Map && !open_.back().has_key;
  }
  void check(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    if (anchor != 0) refuse(mark, "an anchor (&)", "anchors are not understood: quote the text if it is meant");
    // yaml-cpp says "?" of plain and "!" of quoted scalars; a lone "!" before a scalar is seen in the text only.
    const auto at = static_cast<size_t>(mark.pos);
    if ((tag != "?" && tag != "!" && !tag.empty()) || (at < text_.size() && text_[at] == '!'))
      refuse(mark, "a tag (!)", "tags are not understood: quote the text if it is meant");
  }
  void take_key(const YAML::Mark& mark, const std::string& key) {
    if (key == "<<") refuse(mark, "a merge key (<<)", "merge keys are not understood: write the values again");
    if (key.size() > 255) refuse(mark, "a key of more than 255 octets", "");
    Open& top = open_.back();
    top.has_key = true;
    top.key = key;
    top.key_mark = mark;
  }
  Node& add(const YAML::Mark& mark, Node::Kind kind) {
    Node& node = file_.nodes_.emplace_back();
    node.file_ = &file_;
    node.kind_ = kind;
    node.line_ = node.key_line_ = static_cast<uint32_t>(mark.line + 1);
    node.column_ = node.key_column_ = static_cast<uint32_t>(mark.column + 1);
    if (open_.empty()) {
      file_.root_ = &node;
      return node;
    }
    Open& top = open_.back();
    node.parent_ = top.node;
    if (top.node->kind_ == Node::Kind::Map) {
      node.key_ = std::move(top.key);
      node.key_line_ = static_cast<uint32_t>(top.key_mark.line + 1);
      node.key_column_ = static_cast<uint32_t>(top.key_mark.column + 1);
      // yaml-cpp places the value of "key:" that is nothing at the next token.
      if (kind == Node::Kind::Null) node.line_ = node.key_line_, node.column_ = node.key_column_;
      top.has_key = false;
    }
    node.index_ = static_cast<uint32_t>(top.node->children_.size());
    top.node->children_.push_back(&node);
    return node;
  }
  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YAML::EmitterStyle::value style,
            Node::Kind kind) {
    check(mark, tag, anchor);
    if (wants_key()) refuse(mark, "a key that is not text", "expected text before the colon; quote it: \"{…}\"");
    if (open_.size() >= kMaxDepth) refuse(mark, fmt::format("nested deeper than {} levels", kMaxDepth), "");
    Node& node = add(mark, kind);
    node.flow_ = style == YAML::EmitterStyle::Flow;
    open_.push_back({&node, false, {}, {}});
  }

  YamlFile& file_;
  std::string_view text_;
  std::vector<Open> open_;
};

std::unique_ptr<YamlFile> parse_yaml(std::string name, std::string_view text, Problems& problems) {
  auto file = std::make_unique<YamlFile>(std::move(name), problems);
  if (text.size() > kMaxYaml) {
    problems.error({file->name()}, "", fmt::format("larger than {} MiB", kMaxYaml >> 20),
                   "large lists belong in CSV files");
    return nullptr;
  }
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  size_t where = 0;
  if (const std::string_view fault = fault_of(text, where); !fault.empty()) {
    const std::string_view before = text.substr(0, where);
    const auto line = static_cast<uint32_t>(1 + std::count(before.begin(), before.end(), '\n'));
    const auto column = static_cast<uint32_t>(where - (before.rfind('\n') + 1) + 1);
    problems.error({file->name(), line, column}, "", fmt::format("not a text file: {}", fault), "expected YAML in UTF-8");
    return nullptr;
  }
  bool whole = true;
  const auto broken = [&](Place place, const std::string& key, std::string what, std::string expected) {
    problems.error(std::move(place), key, std::move(what), std::move(expected));
    whole = false;
  };
  auto at = [&](const YAML::Mark& mark) {
    if (mark.is_null()) return Place{file->name()};
    return Place{file->name(), static_cast<uint32_t>(mark.line + 1), static_cast<uint32_t>(mark.column + 1)};
  };
  TreeBuilder builder(*file, text);
  try {
    std::istringstream in{std::string(text)};
    YAML::Parser parser(in);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const Refusal& refusal) {
    broken(at(refusal.mark), refusal.key, refusal.what, refusal.expected);
  } catch (const YAML::Exception& e) {
    const Meant meant = meant_by(e.msg);
    Place place = at(e.mark);
    const auto tab = meant.is_of_a_tab && place.line != 0 ? find_tab(text, e.mark.line) : std::nullopt;
    if (tab) place.column = static_cast<uint32_t>(*tab + 1);
    if (tab) broken(place, "", "not YAML: a tab in the indentation", "expected blanks");
    else broken(place, "", "not YAML: " + e.msg, std::string(meant.expected));
  } catch (const std::exception& e) {
    broken({file->name()}, "", fmt::format("not YAML: {}", e.what()), "");
  }
  if (!whole) return nullptr;
  if (builder.empty() || file->root().kind() == Node::Kind::Null) {
    problems.error({file->name(), 1, 1}, "", "empty", "expected a map");
    return nullptr;
  }
  if (!file->root().expect(Node::Kind::Map)) return nullptr;
  return file;
}

std::string YamlFile::folder() const {
  const std::string folder = std::filesystem::path(name_).parent_path().string();
  return folder.empty() ? "." : folder;
}

}  // namespace isochrone::config
