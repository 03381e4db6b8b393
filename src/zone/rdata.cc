#include "zone/rdata.h"

#include <sys/socket.h>

#include <algorithm>

#include <fmt/format.h>

#include "zone/rdata_fields.h"
#include "zone/rdata_ldns.h"
#include "zone/rdata_own.h"

namespace isochrone::zone {

namespace {

using wire::Type;

constexpr RdataFields::Mnemonic kCertificates[] = {{"PKIX", 1}, {"SPKI", 2}, {"PGP", 3}, {"IPKIX", 4}, {"ISPKI", 5}, {"IPGP", 6},
                                                   {"ACPKIX", 7}, {"IACPKIX", 8}, {"URI", 253}, {"OID", 254}};
constexpr RdataFields::Mnemonic kSchemes[] = {{"NOTIFY", 1}};

bool is_generic(const RdataText& text) {
  return !text.tokens.empty() && !text.tokens[0].quoted && text.tokens[0].text == "\\#";
}

void soa(RdataFields& fields) {
  fields.name("primary name server");
  fields.name("mailbox");
  fields.u32("serial");
  for (const char* what : {"refresh", "retry", "expire", "minimum"}) fields.seconds(what);
}

void naptr(RdataFields& fields) {  // RFC 3403 §4.1
  for (const char* what : {"order", "preference"}) fields.u16(what);
  for (const char* what : {"flags string", "services string", "regular expression"}) fields.string(what);
  fields.name("replacement");
}

void rrsig(RdataFields& fields) {  // RFC 4034 §3.2
  fields.type("type covered");
  fields.algorithm();
  fields.u8("number of labels");
  fields.seconds("original TTL");
  fields.timestamp("expiration");
  fields.timestamp("inception");
  fields.u16("key tag");
  fields.name("signer");
  fields.base64("signature");
}

void key(RdataFields& fields, bool may_be_none) {  // RFC 4034 §2.2
  fields.u16("flags value");
  fields.u8("protocol");
  fields.algorithm();
  fields.base64("key", may_be_none);
}

void nsec3param(RdataFields& fields) {  // RFC 5155 §4.3; NSEC3 begins so too (§3.3)
  fields.u8("hash algorithm");
  fields.u8("flags value");
  fields.u16("number of iterations");
  fields.hex_word("salt");
}

void two_names(RdataFields& fields) {
  for (const char* what : {"name", "second name"}) fields.name(what);
}

void preferred_host(RdataFields& fields) {
  fields.u16("preference");
  fields.name("host");
}

void zonemd(RdataFields& fields) {  // RFC 8976 §2.2: a digest of twelve octets at least
  fields.u32("serial");
  for (const char* what : {"scheme", "hash algorithm"}) fields.u8(what);
  fields.hex("digest", 12);
}

void dsync(RdataFields& fields) {  // RFC 9859 §2.1
  fields.type("type");
  fields.word(1, "scheme", UINT8_MAX, kSchemes);
  fields.u16("port");
  fields.name("target");
}

void doa(RdataFields& fields) {  // draft-durand-doa-over-dns
  for (const char* what : {"enterprise", "kind"}) fields.u32(what);
  fields.u8("location");
  fields.string("media type");
  const Token* data = fields.next();
  if (data && data->text == "-") fields.take("data");
  else fields.base64("data");
}

void certificate_digest(RdataFields& fields) {  // RFC 6698 §2.2
  for (const char* what : {"usage", "selector", "matching type"}) fields.u8(what);
  fields.hex("certificate association data");
}

// Types that hardly anybody has. False: the type is none that is read here.
bool read_rare(Type type, RdataFields& fields) {
  switch (type) {
    case Type::X25: fields.string("address"); break;
    case Type::ISDN:
      fields.string("address");
      if (fields.next()) fields.string("subaddress");
      break;
    case Type::NSAP_PTR: fields.name("name"); break;
    case Type::GPOS:
      for (const char* what : {"longitude", "latitude", "altitude"}) fields.string(what);
      break;
    case Type::LOC: read_loc(fields); break;
    case Type::CERT:
      fields.word(2, "certificate type", UINT16_MAX, kCertificates);
      fields.u16("key tag");
      fields.algorithm();
      fields.base64("certificate");
      break;
    case Type::SINK:  // draft-eastlake-kitchen-sink, as BIND reads it
      for (const char* what : {"meaning", "coding", "subcoding"}) fields.u8(what);
      fields.base64("data", true);
      break;
    case Type::APL: read_apl(fields); break;
    case Type::IPSECKEY: read_ipseckey(fields); break;
    case Type::DHCID: fields.base64("data"); break;
    case Type::SMIMEA: certificate_digest(fields); break;
    case Type::HIP: read_hip(fields); break;
    case Type::NINFO: fields.strings(); break;
    case Type::RKEY: key(fields, false); break;
    case Type::TALINK: two_names(fields); break;
    case Type::OPENPGPKEY: fields.base64("key"); break;
    case Type::CSYNC:
      fields.u32("serial");
      fields.u16("flags value");
      fields.bitmap();
      break;
    case Type::ZONEMD: zonemd(fields); break;
    case Type::DSYNC: dsync(fields); break;
    case Type::SPF: fields.strings(); break;
    case Type::NID:
    case Type::L64:
      fields.u16("preference");
      fields.groups(4, 2, ':', "identifier");
      break;
    case Type::L32:
      fields.u16("preference");
      fields.address(AF_INET, "IPv4 locator");
      break;
    case Type::LP: preferred_host(fields); break;
    case Type::EUI48: fields.groups(6, 1, '-', "EUI-48 address"); break;
    case Type::EUI64: fields.groups(8, 1, '-', "EUI-64 address"); break;
    case Type::URI:
      for (const char* what : {"priority", "weight"}) fields.u16(what);
      fields.text("target");
      break;
    case Type::AVC: fields.strings(); break;
    case Type::DOA: doa(fields); break;
    case Type::AMTRELAY: read_amtrelay(fields); break;
    case Type::RESINFO:
    case Type::WALLET: fields.strings(); break;
    case Type::TA:
    case Type::DLV: read_ds(fields); break;
    default: return false;
  }
  return true;
}

bool read_fields(Type type, RdataFields& fields) {
  switch (type) {
    case Type::A: fields.address(AF_INET, "IPv4 address"); break;
    case Type::AAAA: fields.address(AF_INET6, "IPv6 address"); break;
    case Type::NS: fields.name("name server"); break;
    case Type::CNAME:
    case Type::DNAME:
    case Type::PTR:
    case Type::MD:
    case Type::MF:
    case Type::MB:
    case Type::MG:
    case Type::MR: fields.name("name"); break;
    case Type::SOA: soa(fields); break;
    case Type::MX:
      fields.u16("preference");
      fields.name("mail server");
      break;
    case Type::AFSDB:
    case Type::RT:
    case Type::KX: preferred_host(fields); break;
    case Type::PX:
      fields.u16("preference");
      two_names(fields);
      break;
    case Type::RP:
    case Type::MINFO: two_names(fields); break;
    case Type::SRV:
      for (const char* what : {"priority", "weight", "port"}) fields.u16(what);
      fields.name("target");
      break;
    case Type::NAPTR: naptr(fields); break;
    case Type::TXT: fields.strings(); break;
    case Type::HINFO:
      for (const char* what : {"CPU", "operating system"}) fields.string(what);
      break;
    case Type::DS:
    case Type::CDS: read_ds(fields); break;
    case Type::DNSKEY:
    case Type::CDNSKEY: key(fields, false); break;
    case Type::KEY: key(fields, true); break;
    case Type::RRSIG:
    case Type::SIG: rrsig(fields); break;
    case Type::NSEC:
      fields.name("next name");
      fields.bitmap();
      break;
    case Type::NSEC3:
      nsec3param(fields);
      fields.base32_word("hash of the next name");
      fields.bitmap();
      break;
    case Type::NSEC3PARAM: nsec3param(fields); break;
    case Type::SSHFP:
      for (const char* what : {"algorithm", "fingerprint type"}) fields.u8(what);
      fields.hex("fingerprint");
      break;
    case Type::TLSA: certificate_digest(fields); break;
    case Type::CAA: read_caa(fields); break;
    case Type::SVCB:
    case Type::HTTPS: read_svcb(fields); break;
    default: return read_rare(type, fields);
  }
  return true;
}

}  // namespace

bool parse_rdata(Type type, const RdataText& text, std::vector<uint8_t>& rdata, Problems& problems) {
  rdata.clear();
  if (is_generic(text)) return parse_generic_rdata(type, text, rdata, problems);
  RdataFields fields(type, text, rdata, problems);
  return read_fields(type, fields) ? fields.finish() : parse_rdata_by_ldns(type, text, rdata, problems);
}

}  // namespace isochrone::zone
