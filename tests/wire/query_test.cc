#include "wire/query.h"

#include <gtest/gtest.h>

#include "hex.h"

namespace isochrone::wire {
namespace {

constexpr const char* kQuestion = "03577777 076578616d706c65 00 0001 0001";  // WWw.example. IN A
constexpr const char* kOpt = "00 0029 04d0 00000000 0000";                   // payload 1232, version 0, no options

// Of a key "k", by an algorithm "a", with a MAC of two octets.
constexpr const char* kTsig = "016b 00 00fa 00ff 00000000 0015  0161 00 0000655a0000 012c 0002 abcd 1a2b 0000 0000";

struct Datagram {
  const char* name;
  std::string packet;
  Parsed expected;
};

std::string header(const char* flags, int questions, int answers, int authority, int additional) {
  const auto count = [](int n) { return " 00" + to_hex(Octets{static_cast<uint8_t>(n)}); };
  return std::string("1a2b ") + flags + count(questions) + count(answers) + count(authority) + count(additional);
}
std::string with(std::string head, std::initializer_list<std::string> parts) {
  for (const auto& part : parts) head += " " + part;
  return head;
}
std::string opt(const char* options) {
  const Octets octets = hex(options);
  return "00 0029 04d0 00000000 00" + to_hex(Octets{static_cast<uint8_t>(octets.size())}) + options;
}

TEST(Query, IsTakenOrSentBack) {
  const std::string one = header("0100", 1, 0, 0, 0), edns = header("0100", 1, 0, 0, 1);
  const std::string record = "c00c 0006 0001 00000000 0001 00";  // some RR, its owner a pointer
  const std::string tsig = kTsig;
  const Datagram cases[] = {
      {"an ordinary question", with(one, {kQuestion}), Parsed::Ok},
      {"with EDNS", with(edns, {kQuestion, kOpt}), Parsed::Ok},
      {"of the root", with(one, {"00 0002 0001"}), Parsed::Ok},
      {"of another class", with(one, {"00 0010 0003"}), Parsed::Ok},

      // RFC 8906 §3.1.3, §3.2: flags and options of tomorrow.
      {"all flags that mean nothing in a query", with(header("07ff", 1, 0, 0, 0), {kQuestion}), Parsed::Ok},
      {"an unknown EDNS option", with(edns, {kQuestion, opt("0064 0000")}), Parsed::Ok},
      {"all EDNS flags", with(edns, {kQuestion, "00 0029 04d0 0000ffff 0000"}), Parsed::Ok},
      {"an unknown EDNS version", with(edns, {kQuestion, "00 0029 04d0 00010000 0000"}), Parsed::BadVers},
      {"whose options may mean anything", with(edns, {kQuestion, "00 0029 04d0 00ff0000 0003 000800"}),
       Parsed::BadVers},

      {"IXFR has its SOA in authority", with(header("0000", 1, 0, 1, 0), {kQuestion, record}), Parsed::Ok},
      {"an answer in a query does no harm", with(header("0000", 1, 1, 0, 1), {kQuestion, record, kOpt}), Parsed::Ok},
      {"OPT is found behind others", with(header("0000", 1, 0, 0, 2), {kQuestion, record, kOpt}), Parsed::Ok},
      {"signed", with(header("0000", 1, 0, 0, 2), {kQuestion, kOpt, tsig}), Parsed::Ok},

      {"OPT among the answers", with(header("0100", 1, 1, 0, 0), {kQuestion, kOpt}), Parsed::FormErr},
      {"OPT in authority", with(header("0100", 1, 0, 1, 0), {kQuestion, kOpt}), Parsed::FormErr},
      {"OPT in authority and where it belongs", with(header("0100", 1, 0, 1, 1), {kQuestion, kOpt, kOpt}), Parsed::FormErr},
      {"TSIG among the answers", with(header("0100", 1, 1, 0, 0), {kQuestion, tsig}), Parsed::FormErr},

      {"nothing", "", Parsed::Drop},
      {"eleven octets", "1a2b 0100 0001 0000 0000 00", Parsed::Drop},
      {"an answer", with(header("8400", 1, 0, 0, 0), {kQuestion}), Parsed::Drop},
      {"an answer with another opcode", header("a800", 0, 0, 0, 0), Parsed::Drop},

      {"IQUERY", header("0800", 0, 0, 0, 0), Parsed::NotImp},
      {"NOTIFY", with(header("2400", 1, 0, 0, 0), {kQuestion}), Parsed::NotImp},
      {"UPDATE", with(header("2800", 1, 0, 0, 0), {kQuestion}), Parsed::NotImp},
      {"UPDATE with EDNS", with(header("2800", 1, 0, 0, 1), {kQuestion, kOpt}), Parsed::NotImp},
      {"opcode 15 and then nonsense", header("7800", 9, 9, 9, 9) + "ffff", Parsed::NotImp},

      {"no question", header("0100", 0, 0, 0, 0), Parsed::FormErr},
      {"no question, EDNS without a cookie", with(header("0100", 0, 0, 0, 1), {kOpt}), Parsed::FormErr},
      {"a cookie alone", with(header("0100", 0, 0, 0, 1), {opt("000a 0008 2464c4abcf10c957")}), Parsed::CookieOnly},
      {"two questions", with(header("0100", 2, 0, 0, 0), {kQuestion, kQuestion}), Parsed::FormErr},
      {"the question is missing", one, Parsed::FormErr},
      {"cut in the name", with(one, {"03577777 0765"}), Parsed::FormErr},
      {"cut before the class", with(one, {"03577777 00 0001 00"}), Parsed::FormErr},
      {"a name that points to itself", with(one, {"c00c 0001 0001"}), Parsed::FormErr},
      {"a name that points into the header", with(one, {"0161 c000 0001 0001"}), Parsed::FormErr},
      {"an extended label", with(one, {"41 00 0001 0001"}), Parsed::FormErr},
      {"octets after the end", with(one, {kQuestion, "00"}), Parsed::FormErr},
      {"more records said than sent", with(edns, {kQuestion}), Parsed::FormErr},
      {"65,535 answers said", with("1a2b 0100 0001 ffff ffff ffff", {kQuestion}), Parsed::FormErr},

      {"two OPT", with(header("0100", 1, 0, 0, 2), {kQuestion, kOpt, kOpt}), Parsed::FormErr},
      {"an OPT of a name", with(edns, {kQuestion, "0161 00 0029 04d0 00000000 0000"}), Parsed::FormErr},
      {"an OPT of a pointer to the root", with(edns, {kQuestion, "c018 0029 04d0 00000000 0000"}), Parsed::FormErr},
      {"OPT cut", with(edns, {kQuestion, "00 0029 04d0 00000000 0004 0003"}), Parsed::FormErr},
      {"an option runs over", with(edns, {kQuestion, opt("0003 0001")}), Parsed::FormErr},
      {"half an option header", with(edns, {kQuestion, opt("0003 00")}), Parsed::FormErr},
      {"ECS with bits beyond its prefix", with(edns, {kQuestion, opt("0008 0007 0001 17 00 c00003")}), Parsed::FormErr},
      {"a cookie of nine octets", with(edns, {kQuestion, opt("000a 0009 2464c4abcf10c95700")}), Parsed::FormErr},
      {"TSIG of class IN", with(edns, {kQuestion, "016b 00 00fa 0001 00000000 0015  0161 00 0000655a0000 012c 0002 abcd 1a2b 0000 0000"}),
       Parsed::FormErr},
      {"TSIG with a TTL", with(edns, {kQuestion, "016b 00 00fa 00ff 00000001 0015  0161 00 0000655a0000 012c 0002 abcd 1a2b 0000 0000"}),
       Parsed::FormErr},
      {"TSIG whose MAC is longer than it", with(edns, {kQuestion, "016b 00 00fa 00ff 00000000 0015  0161 00 0000655a0000 012c 0009 abcd 1a2b 0000 0000"}),
       Parsed::FormErr},
      {"TSIG with octets behind its other data", with(edns, {kQuestion, "016b 00 00fa 00ff 00000000 0016  0161 00 0000655a0000 012c 0002 abcd 1a2b 0000 0000 00"}),
       Parsed::FormErr},
      {"TSIG of nothing", with(edns, {kQuestion, "016b 00 00fa 00ff 00000000 0000"}), Parsed::FormErr},
      {"TSIG is not the last", with(header("0000", 1, 0, 0, 2), {kQuestion, tsig, kOpt}), Parsed::FormErr},
  };
  for (const Datagram& c : cases) {
    // An exact copy on the heap, so that a sanitizer sees a read past it.
    const Octets packet = hex(c.packet);
    Query query;
    EXPECT_EQ(parse_query(packet, query), c.expected) << c.name;
  }
}

TEST(Query, ARuntHasNoFlagsOfTheOneBefore) {
  Query query;
  EXPECT_EQ(parse_query(hex(with(header("8400", 1, 0, 0, 0), {kQuestion})), query), Parsed::Drop);
  EXPECT_EQ(query.flags, 0x8400);
  EXPECT_EQ(parse_query(hex("0102 03"), query), Parsed::Drop);
  EXPECT_EQ(query.flags, 0);
}

TEST(Query, AnotherOpcodesOptIsSeenWhereTheMessageIsSound) {
  struct {
    const char* name;
    std::string packet;
    bool opt;
  } cases[] = {
      {"NOTIFY", with(header("2000", 1, 0, 0, 1), {kQuestion, kOpt}), true},
      {"UPDATE, its prerequisites among the answers", with(header("2800", 1, 1, 0, 1), {kQuestion, "c00c 00ff 00fe 00000000 0000", kOpt}), true},
      {"opcode 15", with(header("7800", 1, 0, 0, 1), {kQuestion, kOpt}), true},
      {"cut", with(header("7800", 1, 0, 0, 2), {kQuestion, kOpt}), false},
      {"octets after the end", with(header("7800", 1, 0, 0, 1), {kQuestion, kOpt, "00"}), false},
  };
  for (const auto& c : cases) {
    Query query;
    EXPECT_EQ(parse_query(hex(c.packet), query), Parsed::NotImp) << c.name;
    EXPECT_EQ(query.edns.present, c.opt) << c.name;
    EXPECT_TRUE(query.question.empty()) << c.name;
  }
}

TEST(Query, EveryCutIsRefusedAndNoneIsOverrun) {
  const Octets whole = hex(with(header("0100", 1, 0, 0, 1), {kQuestion, opt("0003 0000 0008 0007 0001 18 00 c00002")}));
  for (size_t n = 0; n < whole.size(); ++n) {
    const Octets cut(whole.begin(), whole.begin() + static_cast<long>(n));
    Query query;
    EXPECT_EQ(parse_query(cut, query), n < kHeaderSize ? Parsed::Drop : Parsed::FormErr) << n;
  }
  Query query;
  EXPECT_EQ(parse_query(whole, query), Parsed::Ok);
}

TEST(Query, FieldsOfAQuestion) {
  const Octets packet = hex(with(header("0110", 1, 0, 0, 1), {"03577777 074578616d706c45 00 001c 0001", kOpt}));
  Query query;
  ASSERT_EQ(parse_query(packet, query), Parsed::Ok);
  EXPECT_EQ(query.id, 0x1a2b);
  EXPECT_EQ(query.opcode(), Opcode::Query);
  EXPECT_TRUE(query.recursion_desired());
  EXPECT_EQ(query.flags, 0x0110);
  EXPECT_EQ(query.qtype, Type::AAAA);
  EXPECT_EQ(query.qclass, Class::IN);
  EXPECT_EQ(to_text(query.qname.suffix(0)), "www.example.");
  EXPECT_EQ(to_hex(query.question), "03577777074578616d706c4500001c0001") << "as sent, capitals too";
  EXPECT_FALSE(query.has_tsig);
}

// The same Query is used for packet after packet.
TEST(Query, NothingIsLeftFromTheOneBefore) {
  const Octets rich = hex(with(header("0110", 1, 0, 0, 2),
                               {kQuestion, opt("0003 0000 0008 0007 0001 18 00 c00002 000a 0008 2464c4abcf10c957"),
                                kTsig}));
  const Octets poor = hex(header("0000", 0, 0, 0, 0));
  Query query;
  ASSERT_EQ(parse_query(rich, query), Parsed::Ok);
  EXPECT_TRUE(query.has_tsig && query.edns.present && query.edns.nsid && query.edns.subnet && query.edns.cookie);
  ASSERT_EQ(parse_query(poor, query), Parsed::FormErr);
  EXPECT_TRUE(query.question.empty());
  EXPECT_EQ(query.qtype, Type{});
  EXPECT_FALSE(query.has_tsig || query.edns.present || query.edns.nsid || query.edns.subnet || query.edns.cookie);
}

// What is known when it turns out to be malformed goes into the answer.
TEST(Query, AFormErrKeepsWhatWasSound) {
  const Octets packet = hex(with(header("0100", 1, 0, 0, 1), {kQuestion, opt("0008 0007 0001 17 00 c00003")}));
  Query query;
  ASSERT_EQ(parse_query(packet, query), Parsed::FormErr);
  EXPECT_FALSE(query.question.empty());
  EXPECT_TRUE(query.edns.present);
  EXPECT_FALSE(query.edns.subnet);
}

}  // namespace
}  // namespace isochrone::wire
