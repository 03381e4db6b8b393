#include "wire/name.h"

#include <gtest/gtest.h>

#include "hex.h"

namespace isochrone::wire {
namespace {

Name name(std::string_view text) {
  return Name::parse(text).value();
}

TEST(Name, PresentationFormatBothWays) {
  const std::string label63(63, 'x');
  struct {
    const char* name;
    std::string text;
    std::string wire;
    std::string back;  // empty: as `text`
  } cases[] = {
      {"root", ".", "00", ""},
      {"absolute", "www.example.", "03777777 07 6578616d706c65 00", ""},
      {"taken as absolute", "www.example", "03777777 07 6578616d706c65 00", "www.example."},
      {"case is kept", "WwW.", "03 577757 00", ""},
      {"an escaped dot is no separator", "a\\.b.c.", "03 612e62 01 63 00", ""},
      {"decimal escapes", "\\000\\255\\046.", "03 00ff2e 00", "\\000\\255\\.."},
      {"an escaped letter is itself", "\\w.", "01 77 00", "w."},
      {"what a master file would take for syntax", "\\@\\$\\;\\(\\)\\\"\\\\.", "07 40243b2829225c 00", ""},
      {"space", "a\\032b.", "03 612062 00", ""},
      {"longest label", label63 + ".", "3f" + to_hex(Octets(63, 'x')) + "00", ""},
  };
  for (const auto& c : cases) {
    const auto parsed = Name::parse(c.text);
    ASSERT_TRUE(parsed) << c.name << ": " << parsed.error().text;
    EXPECT_EQ(to_hex(parsed->wire()), to_hex(hex(c.wire))) << c.name;
    EXPECT_EQ(parsed->to_text(), c.back.empty() ? c.text : c.back) << c.name;
    EXPECT_EQ(Name::from_wire(parsed->wire()), *parsed) << c.name;
  }
}

TEST(Name, MistakesAreNamed) {
  const std::string label50(50, 'x');
  const std::string octets250 = label50 + "." + label50 + "." + label50 + "." + label50 + "." + std::string(45, 'y');
  struct {
    const char* name;
    std::string text;
    const char* says;
  } cases[] = {
      {"nothing", "", "empty name"},
      {"two dots", "a..b.", "empty label"},
      {"a leading dot", ".a.", "empty label"},
      {"only dots", "..", "empty label"},
      {"label too long", std::string(64, 'x'), "label of 64 octets; at most 63"},
      {"name too long", octets250 + ".aaaaaaaa.", "name of 260 octets; at most 255"},
      {"escape too great", "\\256.", "escape"},
      {"escape cut", "a\\25", "escape"},
      {"escape of nothing", "a\\", "escape"},
  };
  for (const auto& c : cases) {
    const auto parsed = Name::parse(c.text);
    ASSERT_FALSE(parsed) << c.name;
    EXPECT_NE(parsed.error().text.find(c.says), std::string::npos) << c.name << ": " << parsed.error().text;
  }
}

TEST(Name, RelativeNamesAreCompletedWithTheOrigin) {
  const Name origin = name("example.org.");
  EXPECT_EQ(Name::parse("www", &origin)->to_text(), "www.example.org.");
  EXPECT_EQ(Name::parse("www.", &origin)->to_text(), "www.");
  EXPECT_EQ(Name::parse(".", &origin)->to_text(), ".");
  EXPECT_EQ(Name::parse("a.b\\.", &origin)->to_text(), "a.b\\..example.org.");
}

TEST(Name, LongestNameFitsAndOneMoreDoesNot) {
  const std::string label(63, 'a');
  const std::string text253 = label + "." + label + "." + label + "." + std::string(61, 'b');
  ASSERT_TRUE(Name::parse(text253));
  EXPECT_EQ(Name::parse(text253)->size(), kMaxName);
  EXPECT_FALSE(Name::parse(text253 + "b"));
  EXPECT_FALSE(name(text253).child("c"));
}

TEST(Name, FromWireTakesAWholeUncompressedNameOnly) {
  for (const char* bad : {"", "01", "0161", "016100 00", "40 00", "c00c", "0161c000"}) {
    EXPECT_FALSE(Name::from_wire(hex(bad))) << bad;
  }
}

TEST(Name, FamilyTree) {
  const Name www = name("www.Example.org.");
  EXPECT_EQ(www.label_count(), 3);
  EXPECT_EQ(www.labels().size(), 3u);
  EXPECT_EQ(www.parent(), name("example.ORG."));
  EXPECT_EQ(Name().parent(), Name());
  EXPECT_EQ(www.lowered().to_text(), "www.example.org.");
  EXPECT_EQ(name("org.").child("a.b")->to_text(), "a\\.b.org.");
  EXPECT_FALSE(Name().child(""));
  EXPECT_FALSE(Name().child(std::string(64, 'x')));
  EXPECT_TRUE(name("*.org.").is_wildcard());
  EXPECT_FALSE(name("*a.org.").is_wildcard());
  EXPECT_FALSE(name("a.*.org.").is_wildcard());

  EXPECT_TRUE(www.is_at_or_below(www));
  EXPECT_TRUE(www.is_at_or_below(name("eXample.org.")));
  EXPECT_TRUE(www.is_at_or_below(Name()));
  EXPECT_FALSE(name("org.").is_at_or_below(www));
  EXPECT_FALSE(name("notexample.org.").is_at_or_below(name("example.org.")));
  // Octets that look like a suffix without a label beginning there.
  EXPECT_FALSE(name("x\\003org.").is_at_or_below(name("org.")));
}

// RFC 4034 §6.1 gives this very list.
TEST(Name, CanonicalOrder) {
  const char* sorted[] = {"example.",   "a.example.",       "yljkjljk.a.example.", "Z.a.example.",    "zABC.a.EXAMPLE.",
                          "z.example.", "\\001.z.example.", "*.z.example.",        "\\200.z.example."};
  for (size_t i = 0; i < std::size(sorted); ++i) {
    for (size_t j = 0; j < std::size(sorted); ++j) {
      EXPECT_EQ(name(sorted[i]) < name(sorted[j]), i < j) << sorted[i] << " " << sorted[j];
    }
  }
  EXPECT_EQ(name("A.example."), name("a.EXAMPLE."));
  EXPECT_NE(name("\\193.example."), name("\\225.example."));  // only ASCII has case
}

TEST(QName, IsTakenApartAndLowered) {
  QName qname;
  ASSERT_TRUE(qname.assign(name("WWW.@[`{.Example.").wire()));
  EXPECT_EQ(to_text(qname.suffix(0)), "www.\\@[`{.example.");
  EXPECT_EQ(to_text(qname.suffix(2)), "example.");
  EXPECT_EQ(to_text(qname.suffix(3)), ".");
  EXPECT_EQ(qname.labels, 3);
  EXPECT_EQ(qname.size, 18);
}

// Every octet, at every place within the words that lower-casing works on.
TEST(QName, LowersLikeLower) {
  for (size_t shift = 0; shift < 8; ++shift) {
    for (int first = 0; first < 256; first += 32) {
      Octets wire(1, static_cast<uint8_t>(shift + 32));
      wire.insert(wire.end(), shift, 'Q');
      for (int i = 0; i < 32; ++i) wire.push_back(static_cast<uint8_t>(first + i));
      wire.push_back(0);
      QName qname;
      ASSERT_TRUE(qname.assign(wire));
      for (size_t i = 0; i < wire.size(); ++i) ASSERT_EQ(qname.octets[i], lower(wire[i])) << shift << " " << first;
    }
  }
}

TEST(QName, ReadsNoFurtherThanTheName) {
  QName qname;
  EXPECT_EQ(qname.read(hex("0161 00 ffffffffff")), 3u);
  EXPECT_EQ(qname.size, 3);
  EXPECT_EQ(qname.read(hex("00")), 1u);
  EXPECT_EQ(qname.labels, 0);
  for (const char* bad : {"", "05 6162", "0161 c00c", "41 00", "80 00"}) EXPECT_EQ(qname.read(hex(bad)), 0u) << bad;

  Octets wire;  // 127 labels of one octet make 255 octets, the most there can be
  for (int i = 0; i < 127; ++i) wire.insert(wire.end(), {1, 'a'});
  wire.push_back(0);
  EXPECT_TRUE(qname.assign(wire));
  EXPECT_EQ(qname.labels, 127);
  wire.insert(wire.begin(), {1, 'a'});
  EXPECT_FALSE(qname.assign(wire));
}

}  // namespace
}  // namespace isochrone::wire
