#include "zone/master_file.h"

#include <algorithm>
#include <filesystem>
#include <optional>

#include <fmt/format.h>

#include "zone/generate.h"
#include "zone/rdata.h"
#include "zone/text.h"
#include "zone/tokenizer.h"
#include "zone/words.h"

namespace isochrone::zone {

namespace {

using wire::Type;

// What goes on through all files of one zone.
class Parser {
 public:
  Parser(const LoadInclude& load, const RecordSink& sink, Problems& problems)
      : load_(load), sink_(sink), problems_(problems) {}

  void parse(std::string_view text, const std::string& file) {
    open_.push_back(&file);
    Tokenizer tokenizer(text, file, problems_);
    Entry entry;
    while (tokenizer.next(entry)) {
      const size_t errors_before = problems_.errors();
      if (entry.broken) {
        note_broken(entry.tokens);
      } else if (is_directive(entry)) {
        directive(entry.tokens);
      } else {
        record(entry);
        if (problems_.errors() != errors_before) note_unread(entry);
      }
    }
    open_.pop_back();
  }

  void set_apex(wire::NameView apex) {
    std::copy(apex.begin(), apex.end(), origin_.octets.begin());
    origin_.size = apex.size();
    apex_ = origin_;
  }

  Unread unread() const { return unread_; }

 private:
  using Tokens = std::span<const Token>;

  // ── records ──

  static bool is_directive(const Entry& entry) {
    return !entry.starts_blank && !entry.tokens[0].quoted && entry.tokens[0].text.starts_with('$');
  }

  void record(const Entry& entry) {
    Tokens tokens = entry.tokens;
    const Where where = where_of(tokens[0]);
    if (!entry.starts_blank) {
      if (!set_owner(tokens[0])) return;
      tokens = tokens.subspan(1);
    }
    if (owner_.size == 0) return error(tokens[0], "no owner", "expected a name before the first record");
    record_of_owner(tokens, entry.tokens.back(), where);
  }

  bool set_owner(const Token& token) {
    if (const Fault wrong = parse_name(token.text, origin_.view(), owner_)) {
      owner_.size = 0;
      error(token, fmt::format("'{}' {}", token.text, wrong), "expected a name");
      return false;
    }
    return true;
  }

  // [TTL] [class] type RDATA, or [class] [TTL] type RDATA.
  void record_of_owner(Tokens tokens, const Token& last, const Where& where) {
    std::optional<wire::Ttl> ttl;
    bool class_seen = false;
    size_t next = 0;
    for (; next < tokens.size(); ++next) {
      const Token& word = tokens[next];
      if (!ttl && !word.text.empty() && word.text[0] >= '0' && word.text[0] <= '9') {
        ttl = parse_ttl(word.text);
        if (!ttl) return error(word, fmt::format("'{}' is not a TTL", word.text), "expected seconds or e.g. '1h30m', at most 2147483647");
      } else if (const ClassWord kind = class_seen ? ClassWord::None : class_word(word.text); kind == ClassWord::Other) {
        return error(word, fmt::format("class {}", word.text), "expected IN: no other class is served");
      } else if (kind == ClassWord::In) {
        class_seen = true;
      } else {
        break;
      }
    }
    if (next == tokens.size()) return error_behind(last, "the line ends without a type", "expected a type and its data");
    const auto type = type_of(tokens[next]);
    if (!type) return;
    RdataText text{tokens.subspan(next + 1), origin_.view(), *open_.back(), last.line, last.end_column()};
    if (!parse_rdata(*type, text, rdata_, problems_)) return remember_ttl(ttl);
    remember_ttl(ttl);
    ttl = ttl_of(ttl, *type);
    if (!ttl) return error(tokens[next], "no TTL", "expected one before the type, or '$TTL <seconds>' above");
    sink_({owner_.view(), *type, *ttl, rdata_, where});
  }

  std::optional<Type> type_of(const Token& token) {
    if (token.text == last_type_text_ && !last_type_text_.empty()) return last_type_;
    const auto type = wire::parse_type(token.text);
    if (token.quoted) {
      error(token, fmt::format("\"{}\" where a type should be", token.text), "expected it without quotes");
      return std::nullopt;
    }
    if (!type) {
      error(token, fmt::format("unknown type '{}'", token.text), suggest_type(token.text));
      return std::nullopt;
    }
    if (wire::is_meta(*type)) {
      error(token, fmt::format("{} is not a type of data", token.text), "expected a type such as A, AAAA or NS");
      return std::nullopt;
    }
    last_type_text_ = token.text;
    last_type_ = *type;
    return type;
  }

  void remember_ttl(std::optional<wire::Ttl> ttl) {
    if (ttl) last_ttl_ = ttl;
  }

  // RFC 2308 §4: $TTL; else RFC 1035 §5.1: the last one stated; an SOA without any has its MINIMUM.
  std::optional<wire::Ttl> ttl_of(std::optional<wire::Ttl> stated, Type type) {
    if (type == Type::SOA && !stated && !default_ttl_ && !last_ttl_) {
      const uint8_t* minimum = rdata_.data() + rdata_.size() - 4;
      last_ttl_ = wire::Ttl{minimum[0]} << 24 | wire::Ttl{minimum[1]} << 16 | wire::Ttl{minimum[2]} << 8 | minimum[3];
    }
    if (stated) return stated;
    return default_ttl_ ? default_ttl_ : last_ttl_;
  }

  // ── what cannot be read ──

  // Its type is the first word that is one.
  void note_unread(const Entry& entry) {
    for (const Token& word : Tokens(entry.tokens).subspan(entry.starts_blank ? 0 : 1)) {
      const auto type = wire::parse_type(word.text);
      if (!type) continue;
      if (type == Type::SOA) unread_.soa = true;  // it can only be the apex's
      if (type == Type::NS && (owner_.size == 0 || wire::equal(owner_.view(), apex_.view()))) unread_.ns = true;
      return;
    }
  }

  // Where a parenthesis is not closed, these are the words of many records.
  void note_broken(Tokens tokens) {
    for (const Token& word : tokens) {
      const auto type = wire::parse_type(word.text);
      if (type == Type::SOA) unread_.soa = true;
      if (type == Type::NS) unread_.ns = true;
    }
  }

  // ── directives ──

  void directive(Tokens tokens) {
    const Token& word = tokens[0];
    const Tokens arguments = tokens.subspan(1);
    if (equal_ignoring_case(word.text, "$ORIGIN")) {
      if (has(tokens, 1, 1, "expected '$ORIGIN <name>'")) origin(arguments[0]);
    } else if (equal_ignoring_case(word.text, "$TTL")) {
      if (has(tokens, 1, 1, "expected '$TTL <seconds>'")) default_ttl(arguments[0]);
    } else if (equal_ignoring_case(word.text, "$INCLUDE")) {
      if (has(tokens, 1, 2, "expected '$INCLUDE <file> [<origin>]'")) include(arguments);
    } else if (equal_ignoring_case(word.text, "$GENERATE")) {
      if (has(tokens, 4, SIZE_MAX, "expected '$GENERATE <start>-<stop>[/<step>] <owner> [<TTL>] [<class>] <type> <data>'"))
        generate(tokens);
    } else {
      error(word, fmt::format("unknown directive '{}'", word.text), suggest_directive(word.text));
    }
  }

  bool has(Tokens tokens, size_t least, size_t most, const char* expected) {
    const size_t arguments = tokens.size() - 1;
    if (arguments < least) {
      error_behind(tokens.back(), fmt::format("{} ends too early", tokens[0].text), expected);
      return false;
    }
    if (arguments <= most) return true;
    error(tokens[most + 1], fmt::format("'{}' is too much for {}", tokens[most + 1].text, tokens[0].text), expected);
    return false;
  }

  bool origin(const Token& token) {
    NameBuffer name;
    if (const Fault wrong = parse_name(token.text, origin_.view(), name)) {
      error(token, fmt::format("'{}' {}", token.text, wrong), "expected a name");
      return false;
    }
    origin_ = name;
    return true;
  }

  void default_ttl(const Token& token) {
    const auto ttl = parse_ttl(token.text);
    if (!ttl) return error(token, fmt::format("'{}' is not a TTL", token.text), "expected seconds or e.g. '1h30m', at most 2147483647");
    default_ttl_ = ttl;
  }

  // Afterwards origin and owner are what they were (RFC 1035 §5.1); the TTLs go on.
  void include(Tokens arguments) {
    const Token& token = arguments[0];
    const std::string path = (std::filesystem::path(*open_.back()).parent_path() / token.text).lexically_normal().string();
    if (std::ranges::any_of(open_, [&](const std::string* open) { return std::filesystem::path(*open).lexically_normal() == path; }))
      return error(token, fmt::format("'{}' includes itself", path), "expected a file that is not being read already");
    if (open_.size() > kMaxIncludeDepth)
      return error(token, fmt::format("more than {} files include each other", kMaxIncludeDepth), "expected fewer");
    if (included_ == kMaxIncluded) return;  // that is said already
    if (++included_ == kMaxIncluded)
      return error(token, fmt::format("the zone includes {} files", kMaxIncluded), "expected fewer; no more are read");
    const NameBuffer saved_origin = origin_, saved_owner = owner_;
    if (arguments.size() == 2 && !origin(arguments[1])) return;
    const auto text = load_ ? load_(path) : fail("files cannot be included here");
    if (text) {
      parse(*text, path);
      last_type_text_ = {};
    } else {
      error(token, fmt::format("cannot include '{}'", path), text.error().text);
      unread_ = {true, true};
    }
    origin_ = saved_origin;
    owner_ = saved_owner;
  }

  // tokens: $GENERATE range owner … data. As in BIND the data of one quoted string are what is in the quotes.
  void generate(Tokens tokens) {
    const auto range = parse_generate_range(tokens[1].text);
    if (!range) return error(tokens[1], range.error().text, {});
    const size_t errors_before = problems_.errors();
    const NameBuffer saved_owner = owner_;
    for (uint64_t value = range->start; value <= range->stop; value += range->step) {
      generate_one(tokens, static_cast<uint32_t>(value));
      if (problems_.errors() != errors_before) break;  // the others would fail alike
    }
    owner_ = saved_owner;
    last_type_text_ = {};
  }

  void generate_one(Tokens tokens, uint32_t value) {
    std::vector<std::string> words;  // what the tokens below look into
    words.reserve(tokens.size());
    std::vector<Token> made;
    for (const Token& token : tokens.subspan(2)) {
      auto word = expand_generate(token.text, value);
      if (!word) return error(token, word.error().text, {});
      words.push_back(std::move(*word));
      made.push_back(token);
      made.back().text = words.back();
    }
    std::string data;
    if (made.back().quoted) {
      data = unescape_quotes(made.back().text);
      const Token quoted = made.back();
      made.pop_back();
      Tokenizer tokenizer(data, *open_.back(), problems_);
      Entry entry;
      while (tokenizer.next(entry)) {
        if (entry.broken) return;
        for (Token token : entry.tokens) {
          token.line = quoted.line;
          token.column = quoted.column;
          made.push_back(token);
        }
      }
    }
    if (!set_owner(made[0])) return;
    record_of_owner(Tokens(made).subspan(1), made.back(), where_of(tokens[0]));
    last_type_text_ = {};
  }

  // ── places ──

  Where where_of(const Token& token) const { return {*open_.back(), token.line, token.column}; }

  void error(const Token& token, std::string what, std::string expected) {
    problems_.error(where_of(token).place(), {}, std::move(what), std::move(expected));
  }
  void error_behind(const Token& token, std::string what, std::string expected) {
    problems_.error({*open_.back(), token.line, token.end_column()}, {}, std::move(what), std::move(expected));
  }

  const LoadInclude& load_;
  const RecordSink& sink_;
  Problems& problems_;
  std::vector<const std::string*> open_;  // the files being read, the innermost last
  size_t included_ = 0;
  NameBuffer apex_, origin_, owner_;
  Unread unread_;
  std::optional<wire::Ttl> default_ttl_, last_ttl_;
  std::string_view last_type_text_;  // most records have the type of the one before
  Type last_type_{};
  std::vector<uint8_t> rdata_;
};

}  // namespace

Unread parse_master_file(const MasterFile& file, const LoadInclude& load, const RecordSink& sink, Problems& problems) {
  Parser parser(load, sink, problems);
  parser.set_apex(file.origin.wire());
  parser.parse(file.text, file.file);
  return parser.unread();
}

}  // namespace isochrone::zone
