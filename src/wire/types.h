#pragma once
// The numbers of the protocol, by their IANA names.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace isochrone::wire {

// Seconds, host order; RFC 2181 §8: 0 to 2^31 - 1.
using Ttl = uint32_t;

// RFC 1035 §3.2.2 and the IANA registry. Any other value is legal too (RFC 3597).
enum class Type : uint16_t {
  A = 1, NS = 2, MD = 3, MF = 4, CNAME = 5, SOA = 6, MB = 7, MG = 8, MR = 9, PTR = 12, HINFO = 13, MINFO = 14, MX = 15,
  TXT = 16, RP = 17, AFSDB = 18, X25 = 19, ISDN = 20, RT = 21, NSAP_PTR = 23, SIG = 24, KEY = 25, PX = 26, GPOS = 27, AAAA = 28,
  LOC = 29, NXT = 30, SRV = 33, NAPTR = 35, KX = 36, CERT = 37, DNAME = 39, SINK = 40, OPT = 41, APL = 42, DS = 43, SSHFP = 44, IPSECKEY = 45,
  RRSIG = 46, NSEC = 47, DNSKEY = 48, DHCID = 49, NSEC3 = 50, NSEC3PARAM = 51, TLSA = 52, SMIMEA = 53, HIP = 55, NINFO = 56,
  RKEY = 57, TALINK = 58, CDS = 59, CDNSKEY = 60, OPENPGPKEY = 61, CSYNC = 62, ZONEMD = 63, SVCB = 64, HTTPS = 65, DSYNC = 66,
  SPF = 99, NID = 104, L32 = 105, L64 = 106, LP = 107, EUI48 = 108, EUI64 = 109, TKEY = 249, TSIG = 250, IXFR = 251, AXFR = 252,
  MAILB = 253, MAILA = 254, ANY = 255, URI = 256, CAA = 257, AVC = 258, DOA = 259, AMTRELAY = 260, RESINFO = 261, WALLET = 262,
  TA = 32768, DLV = 32769,
};

enum class Class : uint16_t { IN = 1, CH = 3, HS = 4, NONE = 254, ANY = 255 };

enum class Opcode : uint8_t { Query = 0, IQuery = 1, Status = 2, Notify = 4, Update = 5, Dso = 6 };

// BadVers and BadCookie need EDNS: the upper eight bits travel in OPT (RFC 6891 §6.1.3).
enum class Rcode : uint16_t {
  NoError = 0, FormErr = 1, ServFail = 2, NxDomain = 3, NotImp = 4, Refused = 5, YxDomain = 6, NotAuth = 9,
  BadVers = 16, BadCookie = 23,
};

// RFC 8914 §4, those we send.
enum class ExtendedError : uint16_t {
  Other = 0, StaleAnswer = 3, ForgedAnswer = 4, Blocked = 15, NotReady = 14, NotAuthoritative = 20, NotSupported = 21,
  NoReachableAuthority = 22, NetworkError = 23, Synthesized = 29,
};

// EDNS option codes (RFC 5001, 7871, 7873, 7828, 8914).
enum class Option : uint16_t { Nsid = 3, ClientSubnet = 8, Cookie = 10, Keepalive = 11, Padding = 12, Error = 15 };

// "A", "TYPE65280". Any case is understood; nullopt where it is no type. Meta types (ANY, OPT, AXFR) are understood.
std::optional<Type> parse_type(std::string_view text);
std::string to_text(Type type);
std::string to_text(Rcode rcode);

// Types that are questions or protocol, never data: 0, OPT, and 128–255 (RFC 6895 §3.1).
bool is_meta(Type type);

}  // namespace isochrone::wire
