// The rules of the three kinds of files, word for word: each row changes one file of a small good installation.

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <functional>
#include <initializer_list>

#include "../util/folder.h"
#include "config/load.h"

namespace isochrone::config {
namespace {

const char* const kNode = "node: ns1\nlisten: 127.0.0.1:5300\n";
const char* const kProbes = R"(regions:
  west: {at: [47, -119]}
  east: {at: [52, 4]}
probes:
  web: {kind: https}
)";
const char* const kZone = R"(zone: z.example
records: z.zone
defaults: {probe: web}
services:
  app: {gateways: {west: 192.0.2.1, east: 198.51.100.1}}
)";
const char* const kRecords = "$TTL 60\n@ SOA ns h 1 2 3 4 5\n@ NS ns\nns A 192.0.2.53\n";

// A folder with an installation in it, gone with the value.
class Installation {
 public:
  Installation() {
    write("isochrone.yaml", kNode);
    write("probes/probes.yaml", kProbes);
    write("zones/z.yaml", kZone);
    write("zones/z.zone", kRecords);
  }

  void write(const std::string& file, const std::string& text) { folder_.write(file, text); }
  std::string path(const std::string& file) const { return folder_ / file; }

  // Every problem, paths relative to the folder.
  std::string problems() {
    Problems found;
    world = nullptr;
    if (const auto config = load_node_config(path("isochrone.yaml"), found)) world = load_world(*config, found);
    EXPECT_EQ(world == nullptr, !found.ok());
    std::string text = found.to_text();
    const std::string prefix = folder_ / "";
    for (size_t at = 0; (at = text.find(prefix, at)) != std::string::npos;) text.erase(at, prefix.size());
    return text;
  }

  std::shared_ptr<const World> world;

 private:
  Folder folder_;
};

struct Rule {
  const char* name;
  const char* file;
  std::string text;
  const char* problems;
};

void check(const std::vector<Rule>& table) {
  for (const Rule& row : table) {
    Installation installation;
    installation.write(row.file, row.text);
    EXPECT_EQ(installation.problems(), row.problems) << row.name;
  }
}

std::string zone_with(const std::string& rest) {
  return "zone: z.example\nrecords: z.zone\n" + rest;
}
std::string app(const std::string& service) {
  return zone_with("defaults: {probe: web}\nservices:\n  app: " + service + "\n");
}
std::string records_with(const std::string& more) {
  return kRecords + more;
}

TEST(Rules, TheSmallInstallationIsGood) {
  EXPECT_EQ(Installation().problems(), "");
}

TEST(Rules, OfTheNode) {
  check({
      {"no name", "isochrone.yaml", "listen: 127.0.0.1:53\n",
       "isochrone.yaml:1:1: has no 'node'; expected this machine's name\n"},
      {"unknown key", "isochrone.yaml", std::string(kNode) + "lissten: x\n",
       "isochrone.yaml:3:1: lissten: unknown key; did you mean 'listen'?\n"},
      {"all of them at once", "isochrone.yaml", "node: a/b\nlisten: 53\nworkers: many\n",
       "isochrone.yaml:1:7: node: is 'a/b'; expected letters, digits, '-', '_' and '.'\n"
       "isochrone.yaml:2:9: listen: is '53'; expected an address and a port, as in \"192.0.2.1:53\" or "
       "\"[2001:db8::1]:53\"\n"
       "isochrone.yaml:3:10: workers: is 'many'; expected a whole number from 1 to 1024\n"},
      {"a cluster and nobody to ask for the plan", "isochrone.yaml", "node: t\ncluster: {name: prod, etcd: [\"http://127.0.0.1:2379\"]}\n",
       "isochrone.yaml:1:1: has no 'listen'; expected addresses and ports, as in [\"0.0.0.0:53\", \"[::]:53\"]; or 'report', where this "
       "machine only measures: it has its plan from nodes\n"},
      {"admin for everybody", "isochrone.yaml", std::string(kNode) + "admin: 0.0.0.0:9353\n",
       "isochrone.yaml:3:8: admin: '0.0.0.0:9353' is not a loopback address; a listener elsewhere needs TLS: "
       "{listen: ADDRESS, tls: {cert: FILE, key: FILE}}\n"},
      {"later features", "isochrone.yaml", std::string(kNode) + "keys: {}\nrate-limit: {}\n",
       "isochrone.yaml:3:1: keys: TSIG is not built yet; leave it out\n"
       "isochrone.yaml:4:1: rate-limit: rate limiting is not built yet; leave it out\n"
       },
      {"a cluster without name and etcd", "isochrone.yaml", std::string(kNode) + "cluster: {}\n",
       "isochrone.yaml:3:10: cluster: has no 'name'; expected the cluster's name\n"
       "isochrone.yaml:3:10: cluster: has no 'etcd'; expected etcd's addresses, as in [\"https://10.0.0.1:2379\"]\n"},
      {"a cluster's mistakes", "isochrone.yaml",
       std::string(kNode) + "cluster: {name: a/b, etcd: [10.0.0.1:2379, \"http://e:2379\", \"http://e:2379\"], tsl: {}, user: {name: u}, tls: {cert: c.pem}}\n",
       "isochrone.yaml:3:17: cluster.name: is 'a/b'; expected letters, digits, '-', '_' and '.'\n"
       "isochrone.yaml:3:29: cluster.etcd[0]: is '10.0.0.1:2379'; expected an address, as in https://10.0.0.1:2379\n"
       "isochrone.yaml:3:61: cluster.etcd[2]: 'http://e:2379' is already in the list\n"
       "isochrone.yaml:3:94: cluster.user: has no 'password-file'; expected the file that holds the password\n"
       "isochrone.yaml:3:110: cluster.tls: has one of 'cert' and 'key'; expected both, or neither\n"
       "isochrone.yaml:3:28: warning: cluster.etcd: a password travels over http://; expected https:// where a user is named\n"
       "isochrone.yaml:3:79: cluster.tsl: unknown key; did you mean 'tls'?\n"},
      {"addresses that exclude one another", "isochrone.yaml", "node: a\nlisten: [\"0.0.0.0:53\", \"[::]:53\", \"127.0.0.1:53\", \"127.0.0.1:54\"]\nadmin: 127.0.0.1:54\n",
       "isochrone.yaml:2:35: listen[2]: '127.0.0.1:53' and 0.0.0.0:53 are one address here; expected all addresses of the machine, or some of "
       "them\n"
       "isochrone.yaml:3:8: admin: 'listen' has 127.0.0.1:54, too; expected a port of its own\n"},
      {"addresses that nobody has", "isochrone.yaml", "node: a\nlisten: [\"224.0.0.1:53\", \"[::ffff:192.0.2.1]:53\"]\nresolver: 0.0.0.0\n",
       "isochrone.yaml:2:10: listen[0]: '224.0.0.1:53' is multicast or reserved\n"
       "isochrone.yaml:2:26: listen[1]: '[::ffff:192.0.2.1]:53' is an IPv4 address in IPv6 form: write it as IPv4\n"
       "isochrone.yaml:3:11: resolver: '0.0.0.0' is of 0.0.0.0/8, which is nobody's\n"},
      {"odd hexadecimal", "isochrone.yaml", std::string(kNode) + "nsid: 0xabc\n",
       "isochrone.yaml:3:7: nsid: is '0xabc'; expected 0x and pairs of hexadecimal digits, at most 128 pairs\n"},
      {"a query log of no query", "isochrone.yaml", std::string(kNode) + "query-log: {file: q.log, sample: 0}\n",
       "isochrone.yaml:3:34: query-log.sample: is '0'; expected a whole number from 1 to 1000000000\n"},
      {"a query log without its file", "isochrone.yaml", std::string(kNode) + "query-log: {smaple: 9}\n",
       "isochrone.yaml:3:12: query-log: has no 'file'; expected the file to append to\n"
       "isochrone.yaml:3:13: query-log.smaple: unknown key; did you mean 'sample'?\n"},
      {"a query log in no folder", "isochrone.yaml", std::string(kNode) + "query-log: {file: nope/q.log}\n",
       "isochrone.yaml:3:19: query-log.file: nope/q.log cannot be made: there is no folder nope; make the folder first\n"},
      {"a query log that is a folder", "isochrone.yaml", std::string(kNode) + "query-log: {file: zones}\n",
       "isochrone.yaml:3:19: query-log.file: zones is a folder; expected a file, or the name of one to be made\n"},
      {"a state folder that is a file", "isochrone.yaml", std::string(kNode) + "state: isochrone.yaml\n",
       "isochrone.yaml:3:8: state: isochrone.yaml is not a folder; expected a folder, or the name of one to be made\n"},
      {"a state folder in no folder", "isochrone.yaml", std::string(kNode) + "state: a/b\n",
       "isochrone.yaml:3:8: state: a/b cannot be made: there is no folder a; make the folder first\n"},
      {"no resolver", "isochrone.yaml", std::string(kNode) + "resolver: [ns.example.net, 127.0.0.1, \"[::1]:5353\", \"127.0.0.1:0\"]\n",
       "isochrone.yaml:3:12: resolver[0]: is 'ns.example.net'; expected an address, or an address and a port, as in 127.0.0.1:5353\n"
       "isochrone.yaml:3:53: resolver[3]: is '127.0.0.1:0'; expected an address, or an address and a port, as in 127.0.0.1:5353\n"},
      {"an empty list of them", "isochrone.yaml", std::string(kNode) + "resolver: []\n",
       "isochrone.yaml:3:11: resolver: is an empty list; expected at least one address, or no 'resolver' at all: the system's\n"},
      {"a region that is not there", "isochrone.yaml", std::string(kNode) + "region: wst\n",
       "isochrone.yaml:3:9: region: there is no region 'wst'; did you mean 'west'?\n"},
      {"a token for a vantage that is not there", "isochrone.yaml",
       std::string(kNode) +
           "admin: {listen: 127.0.0.1:9353, tokens: {t: {file: isochrone.yaml, may: [\"probe:ns2\"]}}}\n",
       "isochrone.yaml:3:52: admin.tokens.t.file: others may use isochrone.yaml (mode 0644); "
       "expected no permission for others: chmod o= isochrone.yaml\n"},
      {"observing without telling", "isochrone.yaml", std::string(kNode) + "observe: {region: west, ports: 443}\n",
       "isochrone.yaml:3:1: observe: out of place here; clients are observed beside their gateway, by a machine with 'report'\n"},
      {"observing what is no port", "isochrone.yaml", "node: t\nreport: [{node: \"https://n:1\", token-file: missing}]\nobserve: {region: a.b, ports: [443, 0, 443]}\n",
       "isochrone.yaml:2:44: report[0].token-file: there is no file missing; expected a file with a secret\n"
       "isochrone.yaml:3:19: observe.region: is 'a.b'; expected a region's name: letters, digits and inner hyphens\n"
       "isochrone.yaml:3:37: observe.ports[1]: is '0'; expected a whole number from 1 to 65535\n"
       "isochrone.yaml:3:40: observe.ports[2]: 443 is in the list twice\n"},
      {"tokens travel encrypted", "isochrone.yaml", "node: t\nreport: [{node: \"http://n:1\", token-file: missing}]\n",
       "isochrone.yaml:2:17: report[0].node: is 'http://n:1'; expected https://HOST:PORT: a token must not travel in "
       "the clear\n"
       "isochrone.yaml:2:43: report[0].token-file: there is no file missing; expected a file with a secret\n"},
  });
}

TEST(Rules, OfTokensThatObserve) {
  const auto problems = [](const std::string& rights) {
    Installation installation;
    installation.write("secret", "0123456789abcdef0123456789abcdef\n");
    chmod(installation.path("secret").c_str(), 0600);
    installation.write("isochrone.yaml", std::string(kNode) + "admin: {listen: 127.0.0.1:9353, tokens: {t: {file: secret, may: [" + rights + "]}}}\n");
    const std::string text = installation.problems();
    if (installation.world) {
      EXPECT_EQ(installation.world->map->can_be_observed(), rights.find("observe") != std::string::npos);
    }
    return text;
  };
  EXPECT_EQ(problems("read"), "");
  EXPECT_EQ(problems("\"observe:west\""), "");
  // It is read at a start only, and must not keep a region from being taken out.
  EXPECT_EQ(problems("\"observe:wst\""), "isochrone.yaml:3:42: warning: admin.tokens.t: there is no region 'wst' to observe for; did you mean 'west'?\n");
  EXPECT_EQ(problems("\"probe:tokyo\""),
            "isochrone.yaml:3:42: warning: admin.tokens.t: there is no vantage 'tokyo' to probe for; vantages are listed in probes/*.yaml\n");
  EXPECT_EQ(problems("observe"), "isochrone.yaml:3:66: admin.tokens.t.may[0]: is 'observe'; did you mean 'observe:'?\n");
}

TEST(Rules, OfProbesAndRegions) {
  const std::string regions = "regions: {west: {}, east: {}}\nprobes:\n  web: ";
  check({
      {"regions that begin with a capital, and say nothing", "probes/probes.yaml", "regions: {West: , east: {}}\nprobes: {web: {kind: https}}\n",
       "probes/probes.yaml:1:11: regions.West: is no region's name; expected lower case: west\n"},
      {"a region that says nothing", "probes/probes.yaml", "regions: {west: , east: {}}\nprobes: {web: {kind: https}}\n",
       "probes/probes.yaml:1:11: regions.west: is nothing; expected a map\n"},
      {"tables and places without a key", "probes/probes.yaml", regions + "{kind: https}\nlatency: lat.csv\nplaces: [geo.mmdb]\n",
       "probes/probes.yaml:4:10: latency: is 'lat.csv'; expected {table: FILE.csv}\n"
       "probes/probes.yaml:5:10: places[0]: is 'geo.mmdb'; expected {table: FILE.csv} or {mmdb: FILE.mmdb}\n"},
      {"unknown kind", "probes/probes.yaml", regions + "{kind: htps}\n",
       "probes/probes.yaml:3:15: probes.web.kind: is 'htps'; did you mean 'https'?\n"},
      {"another kind's key", "probes/probes.yaml", regions + "{kind: tcp, port: 1, path: /x}\n",
       "probes/probes.yaml:3:29: probes.web.path: out of place here; it belongs to http and https; this probe is "
       "tcp\n"},
      {"tcp has no port of its own", "probes/probes.yaml", regions + "{kind: tcp}\n",
       "probes/probes.yaml:3:8: probes.web: has no 'port'; expected a port: this kind has none of its own\n"},
      {"forgotten quotes", "probes/probes.yaml", regions + "{kind: https, host: {regional-name}}\n",
       "probes/probes.yaml:3:28: probes.web.host: is a map; expected a host's name or address; quote it where it has braces or a colon\n"},
      {"no template", "probes/probes.yaml", regions + "{kind: https, host: \"{regional-nam}\"}\n",
       "probes/probes.yaml:3:28: probes.web.host: holds {regional-nam}, which is no template; did you mean "
       "'{regional-name}'?\n"},
      {"timeout without a unit", "probes/probes.yaml", regions + "{kind: https, timeout: 2}\n",
       "probes/probes.yaml:3:31: probes.web.timeout: is '2'; expected a duration: one number and ms, s, m, h or d, as "
       "in \"2s\"\n"},
      {"slower than its pace", "probes/probes.yaml", regions + "{kind: https, interval: 1s, timeout: 2s}\n",
       "probes/probes.yaml:3:8: warning: probes.web: interval 1s is shorter than timeout 2s; tries of a silent gateway "
       "would overlap; make the timeout shorter\n"},
      {"a dns probe's expectations", "probes/probes.yaml",
       regions + "{kind: dns, name: z.example, expect: {rcode: [NXDOMIAN], status: 200, answer: 192.0.2.1}}\n",
       "probes/probes.yaml:3:65: probes.web.expect.status: out of place here; it belongs to http and https\n"
       "probes/probes.yaml:3:54: probes.web.expect.rcode[0]: is 'NXDOMIAN'; did you mean 'NXDOMAIN'?\n"
       "probes/probes.yaml:3:86: probes.web.expect.answer: cannot be expected of type SOA; set 'type' to A or AAAA\n"},
      {"an IPv6 answer to A", "probes/probes.yaml",
       regions + "{kind: dns, name: z.example, type: A, expect: {answer: [192.0.2.1, \"2001:db8::1\"]}}\n",
       "probes/probes.yaml:3:75: probes.web.expect.answer[1]: '2001:db8::1' is never the answer to A\n"},
      {"a web probe expects no RCODE", "probes/probes.yaml", regions + "{kind: https, expect: {rcode: NOERROR}}\n",
       "probes/probes.yaml:3:31: probes.web.expect.rcode: out of place here; it belongs to dns\n"},
      {"authorities that are not there", "probes/probes.yaml", regions + "{kind: https, ca: gone.pem}\n",
       "probes/probes.yaml:3:26: warning: probes.web.ca: probes/gone.pem cannot be read: No such file or directory; "
       "every verified try would fail here\n"},
      {"statuses backwards", "probes/probes.yaml", regions + "{kind: https, expect: {status: [299-200]}}\n",
       "probes/probes.yaml:3:40: probes.web.expect.status[0]: is '299-200'; expected a status from 100 to 599 or a "
       "range, as in \"200-299\"\n"},
      {"a second file, the same name", "probes/q.yaml", "probes:\n  web: {kind: icmp}\n",
       "probes/q.yaml:2:3: probes.web: is written twice; it is already at probes/probes.yaml:5:3\n"},
      {"none is built in", "probes/q.yaml", "probes: {none: {kind: icmp}}\n",
       "probes/q.yaml:1:10: probes.none: 'none' is built in: not probed, always up; choose another name\n"},
      {"an AS needs places", "probes/q.yaml", "vantages: {t: {covers: [AS64500, country:JP]}}\n",
       "probes/q.yaml:1:12: vantages.t.covers: an AS or a country is covered, but nothing says which networks are there; "
       "expected 'places' with a table or an MMDB file\n"},
      {"places that name nothing", "probes/q.yaml", "places: [{}]\n",
       "probes/q.yaml:1:10: places[0]: names no file; expected table: FILE.csv, or mmdb: FILE.mmdb\n"},
      {"a country by its name", "probes/q.yaml", "vantages: {t: {covers: [country:japan]}}\n",
       "probes/q.yaml:1:25: vantages.t.covers[0]: there is no country 'japan'; expected two capital letters (ISO 3166), as in "
       "JP\n"},
      {"frozen later than dropped", "probes/q.yaml", "steering: {frozen-after: 2h, max-age: 1h}\n",
       "probes/q.yaml:1:26: steering.frozen-after: is longer than max-age; expected at most 60m\n"},
      {"a vantage without weight", "probes/q.yaml", "vantages: {t: {covers: 192.0.2.0/24, weight: 0}}\n",
       "probes/q.yaml:1:46: vantages.t.weight: is '0'; expected a whole number from 1 to 1000\n"},
      {"a drain that takes nobody away", "probes/q.yaml", "guards: {drain-rate: 0%}\n",
       "probes/q.yaml:1:22: guards.drain-rate: is '0%'; expected whole per cents from 1% to 100%, as in 30%\n"},
      {"a guard nearly spelt", "probes/q.yaml", "guards: {drain-rat: 20%}\n",
       "probes/q.yaml:1:10: guards.drain-rat: unknown key; did you mean 'drain-rate'?\n"},
      {"a correction without a unit", "probes/q.yaml", "steering: {correction: 50}\n",
       "probes/q.yaml:1:24: steering.correction: is '50'; expected a duration: one number and ms, s, m, h or d, as in \"2s\"\n"},
      {"a prefix of two", "probes/q.yaml",
       "vantages: {t: {covers: 192.0.2.0/24}, u: {covers: \"::ffff:192.0.2.0/120\"}}\n",
       "probes/q.yaml:1:51: vantages.u.covers: 192.0.2.0/24 is already covered by 't'; expected one vantage a "
       "prefix\n"},
      {"exec from anywhere", "probes/q.yaml", "probes: {x: {kind: exec, command: [/bin/true]}}\n",
       "probes/q.yaml:1:10: probes.x: '/bin/true' is in no folder that this machine allows; expected a program below a "
       "folder of 'exec' in isochrone.yaml\n"},
      {"nobody's", "probes/q.yaml", "regions: {north: {}}\nprobes: {ping: {kind: icmp}}\n",
       "probes/q.yaml:2:10: warning: probes.ping: no pool uses this probe\n"
       "probes/q.yaml:1:11: warning: regions.north: no gateway is in this region\n"},
  });
}

// Countries, boxes and ways need to know where clients are.
TEST(Rules, OfPlaces) {
  struct Row {
    const char* name;
    const char* service;
    const char* problems;
  };
  for (const Row& row : {
           Row{"all that can be served", "{routing: geographic, fallback: none, gateways: {west: {addresses: 192.0.2.1, serves: [country:JP, "
               "continent:OC, {area: [-10, 170, 30, -120]}, \"*\"]}, east: 192.0.2.2}}", ""},
           {"countries and continents that are none", "{routing: geographic, gateways: {west: {addresses: 192.0.2.1, serves: "
            "[country:UK, country:jp, continent:XX, \"*\"]}, east: {addresses: 192.0.2.2, serves: country:QQQ}}}",
            "zones/z.yaml:5:79: services.app.gateways.west.serves[0]: there is no country 'UK'; did you mean 'GB'?\n"
            "zones/z.yaml:5:91: services.app.gateways.west.serves[1]: there is no country 'jp'; did you mean 'JP'?\n"
            "zones/z.yaml:5:103: services.app.gateways.west.serves[2]: there is no continent 'XX'; expected AF, AN, AS, EU, NA, OC, SA\n"
            "zones/z.yaml:5:161: services.app.gateways.east.serves: there is no country 'QQQ'; expected two capital letters (ISO "
            "3166), as in JP\n"},
           {"boxes that are none", "{routing: geographic, gateways: {west: {addresses: 192.0.2.1, serves: [{area: [1, 2, 3]}, {area: [40, 1, "
            "30, 2]}, {area: [1, 5, 2, 5]}, {aera: [1, 2, 3, 4]}, {area: [1, 2, 95, 3]}]}, east: 192.0.2.2}}",
            "zones/z.yaml:5:86: services.app.gateways.west.serves[0].area: has 3 numbers; expected [south, west, north, east], as in "
            "[30, 129, 46, 146]\n"
            "zones/z.yaml:5:105: services.app.gateways.west.serves[1].area: south, 40, is not below north, 30; expected [south, west, "
            "north, east], as in [30, 129, 46, 146]\n"
            "zones/z.yaml:5:129: services.app.gateways.west.serves[2].area: west and east are both 5; expected [south, west, north, "
            "east], as in [30, 129, 46, 146]\n"
            "zones/z.yaml:5:144: services.app.gateways.west.serves[3]: has no 'area'; expected [south, west, north, east], as in [30, "
            "129, 46, 146]\n"
            "zones/z.yaml:5:145: services.app.gateways.west.serves[3].aera: unknown key; did you mean 'area'?\n"
            "zones/z.yaml:5:180: services.app.gateways.west.serves[4].area[2]: is '95'; expected a number from -90 to 90\n"},
           {"networks are another method's", "{routing: geographic, gateways: {west: {addresses: 192.0.2.1, serves: [10.0.0.0/8, Japan, "
            "country:JP, country:JP]}, east: 192.0.2.2}}",
            "zones/z.yaml:5:79: services.app.gateways.west.serves[0]: '10.0.0.0/8' is a prefix; expected areas; prefixes belong to "
            "'routing: subnet'\n"
            "zones/z.yaml:5:91: services.app.gateways.west.serves[1]: is 'Japan'; expected country:JP, continent:AS, {area: [south, "
            "west, north, east]} or \"*\"\n"
            "zones/z.yaml:5:110: services.app.gateways.west.serves[3]: country:JP is in the list twice\n"},
           {"nobody serves the rest", "{routing: geographic, gateways: {west: {addresses: 192.0.2.1, serves: country:JP}, east: "
            "{addresses: 192.0.2.2, serves: country:KR}}}",
            "zones/z.yaml:5:3: warning: services.app: clients that no gateway serves are sent to any of them, by latency; say "
            "'serves: \"*\"' in the gateway that is for everybody else\n"},
           {"a bias", "{routing: proximity, gateways: {west: {addresses: 192.0.2.1, bias: -99}, east: {addresses: 192.0.2.2, bias: 99}}}", ""},
           {"too much of it", "{routing: proximity, gateways: {west: {addresses: 192.0.2.1, bias: 100}, east: 192.0.2.2}}",
            "zones/z.yaml:5:75: services.app.gateways.west.bias: is '100'; expected a whole number from -99 to 99\n"},
           {"it is for one method", "{gateways: {west: {addresses: 192.0.2.1, bias: 0}, east: 192.0.2.2}}",
            "zones/z.yaml:5:49: services.app.gateways.west.bias: out of place here; it belongs to 'routing: proximity'\n"},
           {"a region that is nowhere", "{routing: proximity, gateways: {west: 192.0.2.1, north: 192.0.2.2}}",
            "zones/z.yaml:5:57: services.app.gateways.north: nothing says where region 'north' is, and 'routing: proximity' asks; "
            "expected 'at: [latitude, longitude]' in the list of regions\n"},
       }) {
    Installation installation;
    installation.write("probes/probes.yaml", "regions: {west: {at: [47, -119]}, east: {at: [52, 4]}, north: {beacon: 192.0.2.9}}\n"
                                             "probes: {web: {kind: https}}\nplaces: [{table: places.csv}]\n");
    installation.write("probes/places.csv", "prefix,latitude,longitude,country\n198.51.100.0/24,35,139,JP\n");
    installation.write("zones/z.yaml", app(row.service));
    EXPECT_EQ(installation.problems(), row.problems) << row.name;
  }
}

// What was written, as steer is given it.
TEST(Places, BecomeLocalities) {
  Installation installation;
  installation.write("probes/probes.yaml", "regions: {west: {at: [47, -119]}, east: {at: [52, 4]}}\nprobes: {web: {kind: https}}\n"
                                           "places: [{table: places.csv}]\n");
  installation.write("probes/places.csv",
                     "prefix,latitude,longitude,country\n198.51.100.0/24,35,139,JP\n198.51.101.0/24,36,140,JP\n198.51.102.0/24,47,-119,US\n"
                     "198.51.103.0/24,,,FR\n198.51.104.0/24,-17,179,FJ\n198.51.105.0/24,-17,-179,\n198.51.106.0/24,,,\n");
  installation.write("zones/z.yaml", app("{routing: geographic, gateways: {west: {addresses: 192.0.2.1, serves: [country:JP, continent:EU]}, "
                                         "east: {addresses: 192.0.2.2, serves: [{area: [-20, 175, 0, -175]}, continent:OC, \"*\"]}}}"));
  ASSERT_EQ(installation.problems(), "");
  const World& world = *installation.world;
  const auto areas_at = [&world](const char* address) {
    const steer::Block block = world.map->find(*IpAddress::parse(address));
    const steer::LocalityId id = block.source == steer::kNoSource ? steer::kNoLocality : world.map->source(block.source).locality;
    std::string names;
    const steer::Geography& geography = *world.pools[0].spec.geography;
    for (const uint16_t area : geography.around(id)) names += (names.empty() ? "" : ", ") + geography.area(area).name;
    return names;
  };
  EXPECT_EQ(world.localities->list.size(), 5u) << "JP, US, FR, FJ in the box, nowhere in the box";
  EXPECT_EQ(areas_at("198.51.100.1"), "country:JP");
  EXPECT_EQ(areas_at("198.51.101.1"), "country:JP");
  EXPECT_EQ(areas_at("198.51.102.1"), "");
  EXPECT_EQ(areas_at("198.51.103.1"), "continent:EU");
  EXPECT_EQ(areas_at("198.51.104.1"), "area [-20, 175, 0, -175], continent:OC");
  EXPECT_EQ(areas_at("198.51.105.1"), "area [-20, 175, 0, -175]") << "across the date line";
  EXPECT_EQ(areas_at("198.51.106.1"), "");
  EXPECT_EQ(areas_at("203.0.113.1"), "");

  installation.write("zones/z.yaml", app("{routing: proximity, gateways: {west: 192.0.2.1, east: 192.0.2.2}}"));
  ASSERT_EQ(installation.problems(), "");
  const World& near = *installation.world;
  const steer::LocalityId id = near.map->source(near.map->find(*IpAddress::parse("198.51.102.1")).source).locality;
  EXPECT_EQ(near.localities->distances(id)[0], 0) << "in the middle of west";
  EXPECT_NEAR(near.localities->distances(id)[1] * steer::Localities::kStepKm, 7746, 5) << "over Greenland";
}

// Pools that are gateways of others.
TEST(Rules, OfNesting) {
  const char* const kEmea = "pools:\n  emea: {gateways: {west: 192.0.2.1, east: [192.0.2.2, \"2001:db8::2\"]}}\n";
  struct Row {
    const char* name;
    std::string zone;
    const char* problems;
  };
  std::string deep = "pools:\n  p0: {gateways: {west: 192.0.2.1}}\n";
  for (int i = 1; i <= 11; ++i) deep += "  p" + std::to_string(i) + ": {gateways: {in: {pool: p" + std::to_string(i - 1) + "}}}\n";
  for (const Row& row : {
           Row{"one pool in another, and a gateway", kEmea + std::string("services:\n  app: {routing: priority, gateways: {emea: {pool: emea, "
               "min-healthy: 2}, east: 192.0.2.3}}\n"), "zones/z.yaml:7:71: services.app.gateways.emea.min-healthy: wants 2 healthy gateways, and pool "
               "'emea' has 1 with IPv6; where the families differ: min-healthy: {ipv4: 2, ipv6: 1}\n"},
           {"families apart", kEmea + std::string("services:\n  app: {routing: priority, primary: west, gateways: {emea: {pool: emea, min-healthy: {ipv4: 2}, weight: 3, "
            "shed: 10%}, east: 192.0.2.3}}\n"),
            "zones/z.yaml:5:3: warning: pools.emea: AAAA may be steered elsewhere than A: no IPv6 address in west; add the addresses, or say "
            "'families: together'\n"
            "zones/z.yaml:7:3: warning: services.app: weights act only between regions within 'tolerance' of the best, and it is 0; set a "
            "tolerance, as in 'tolerance: 10ms'\n"},
           {"there is no such pool", kEmea + std::string("services:\n  app: {gateways: {x: {pool: emae}, y: {pool: other}, z: {pool: app}}}\n"),
            "zones/z.yaml:7:30: services.app.gateways.x.pool: there is no pool 'emae'; did you mean 'emea'?\n"
            "zones/z.yaml:7:47: services.app.gateways.y.pool: there is no pool 'other'; pools are listed in 'pools'\n"
            "zones/z.yaml:7:65: services.app.gateways.z.pool: there is no pool 'app'; pools are listed in 'pools'\n"},
           {"what it cannot be called", kEmea + std::string("services:\n  app: {gateways: {west: {pool: emea}, a.b: {pool: emea}}}\n"),
            "zones/z.yaml:7:20: services.app.gateways.west: 'west' is a region, and this gateway is a pool; expected another name for it\n"
            "zones/z.yaml:7:40: services.app.gateways.a.b: is no name for a pool; expected letters, digits and inner hyphens\n"},
           {"both, and where it does not belong", kEmea + std::string("services:\n  app: {routing: multivalue, gateways: {x: {pool: emea, addresses: 192.0.2.9}, "
            "west: {addresses: 192.0.2.1, min-healthy: 1}}}\n"),
            "zones/z.yaml:7:45: services.app.gateways.x.pool: out of place with 'routing: multivalue'; expected addresses: several of them are "
            "given in one answer\n"
            "zones/z.yaml:7:57: services.app.gateways.x.addresses: out of place here; the pool has its own\n"
            "zones/z.yaml:7:109: services.app.gateways.west.min-healthy: out of place here; it belongs to a gateway that is a pool\n"},
           {"none of them", kEmea + std::string("services:\n  app: {gateways: {x: {pool: emea, min-healthy: 0}, east: 192.0.2.3}}\n"),
            "zones/z.yaml:7:49: services.app.gateways.x.min-healthy: is '0'; expected a whole number from 1 to 255\n"},
           {"a circle", "pools:\n  a: {gateways: {x: {pool: b}}}\n  b: {gateways: {x: {pool: c}, west: 192.0.2.1}}\n  c: {gateways: {x: {pool: a}}}\n"
            "services: {app: {pool: a}}\n", "zones/z.yaml:7:28: pools.c.gateways.x.pool: pools are in one another: a → b → c → a\n"},
           {"in itself", "pools: {a: {gateways: {x: {pool: a}}}}\nservices: {app: {pool: a}}\n",
            "zones/z.yaml:4:34: pools.a.gateways.x.pool: pools are in one another: a → a\n"},
           {"eleven levels", deep + "services: {app: {pool: p11}}\n",
            "zones/z.yaml:16:31: pools.p11.gateways.in.pool: there are pools 11 deep below this one; expected at most 10\n"},
           {"all-down is the outer one's", "pools: {emea: {all-down: nodata, gateways: {west: 192.0.2.1}}}\nservices: {app: {gateways: {x: {pool: emea}, east: 192.0.2.2}}}\n",
            "zones/z.yaml:5:39: services.app.gateways.x.pool: pool 'emea' says 'all-down: nodata', which only the pool around it can; expected "
            "serve-nearest or serve-all in 'emea'\n"},
           {"whose name a probe cannot ask for", "pools: {emea: {probe: own, gateways: {west: 192.0.2.1}}}\nservices: {app: {gateways: {x: {pool: emea}, east: 192.0.2.2}}}\n",
            "zones/z.yaml:4:9: pools.emea: probe 'own' holds {regional-name}, and the pool is a gateway of other pools, without a service of its "
            "own; give the pool a host\n"},
           {"no gateway of its own needs no probe", "pools: {emea: {gateways: {west: 192.0.2.1, east: 192.0.2.2}}}\nservices: {app: {gateways: {x: {pool: emea}}}}\n", ""},
       }) {
    Installation installation;
    installation.write("probes/probes.yaml", std::string(kProbes) + "  own: {kind: https, host: \"{regional-name}\"}\n");
    installation.write("zones/z.yaml", "zone: z.example\nrecords: z.zone\ndefaults: {probe: web}\n" + row.zone);
    std::string problems = installation.problems();
    const std::string unused = "probes/probes.yaml:6:3: warning: probes.own: no pool uses this probe\n";
    if (const size_t at = problems.find(unused); at != std::string::npos) problems.erase(at, unused.size());
    EXPECT_EQ(problems, row.problems) << row.name;
  }
}

TEST(Nesting, PoolsInAPoolComeBeforeIt) {
  Installation installation;
  installation.write("zones/z.yaml", "zone: z.example\nrecords: z.zone\ndefaults: {probe: web}\npools:\n  outer: {gateways: {inner: {pool: inner, "
                                     "min-healthy: {ipv4: 2}}, west: 192.0.2.3}}\n  inner: {gateways: {west: 192.0.2.1, east: 192.0.2.2}}\n"
                                     "services: {app: {pool: outer}}\n");
  EXPECT_EQ(installation.problems(), "");
  ASSERT_TRUE(installation.world);
  const auto& pools = installation.world->pools;
  ASSERT_EQ(pools.size(), 2u);
  EXPECT_EQ(pools[0].short_name, "inner");
  EXPECT_EQ(pools[1].gateways[0].nested->id, 0u);
  EXPECT_EQ(pools[1].gateways[0].number, 2) << "behind the two regions";
  EXPECT_EQ(pools[1].gateways[0].nested->min_healthy_v4, 2);
  EXPECT_EQ(pools[1].gateways[0].nested->min_healthy_v6, 1);
  EXPECT_EQ(installation.world->plan.targets.size(), 3u) << "those of the inner pool are probed";
}

TEST(Rules, OfLoad) {
  const auto probe = [](const std::string& kind, const std::string& more) {
    return "regions:\n  west: {at: [47, -119]}\n  east: {at: [52, 4]}\nprobes:\n  web: {kind: " + kind + ", " + more + "}\n";
  };
  check({
      {"a header", "probes/probes.yaml", probe("https", "load: {header: X-Load, limit: 0.8}"), ""},
      {"a pointer", "probes/probes.yaml", probe("http", "load: {json: /load/a~1b, limit: 80}"), ""},
      {"neither", "probes/probes.yaml", probe("https", "load: {limit: 0.8}"),
       "probes/probes.yaml:5:28: probes.web.load: has neither a header nor json; expected one of them: where the figure is\n"},
      {"both, and no limit", "probes/probes.yaml", probe("https", "load: {header: X-Load, json: /x}"),
       "probes/probes.yaml:5:28: probes.web.load: has both a header and json; expected one of them: where the figure is\n"
       "probes/probes.yaml:5:28: probes.web.load: has no 'limit'; expected the figure above which networks are sent elsewhere\n"},
      {"no pointer", "probes/probes.yaml", probe("https", "load: {json: load.now, limt: 1, limit: 0}"),
       "probes/probes.yaml:5:35: probes.web.load.json: is 'load.now'; expected a JSON pointer (RFC 6901), as in /load/now\n"
       "probes/probes.yaml:5:61: probes.web.load.limit: is '0'; expected a number from 1e-09 to 1000000000\n"
       "probes/probes.yaml:5:45: probes.web.load.limt: unknown key; did you mean 'limit'?\n"},
      {"no body", "probes/probes.yaml", probe("https", "method: HEAD, load: {json: /x, limit: 1}"),
       "probes/probes.yaml:5:43: probes.web.load.json: out of place with 'method: HEAD'; expected GET: the answer to HEAD has no body\n"},
      {"another kind", "probes/probes.yaml", probe("tcp", "port: 80, load: {header: X-Load, limit: 1}"),
       "probes/probes.yaml:5:30: probes.web.load: out of place here; it belongs to http and https; this probe is tcp\n"},
  });
}

TEST(Rules, OfGatewaysThatAreNames) {
  const auto named = [](const std::string& settings) {
    return app("{" + settings + "gateways: {west: {name: gw1.example.net}, east: {name: GW2.example.net.}}}");
  };
  check({
      {"fine", "zones/z.yaml", named(""), ""},
      {"beside addresses", "zones/z.yaml", app("{gateways: {west: {name: gw.example.net}, east: 192.0.2.1}}"),
       "zones/z.yaml:5:56: services.app.gateways.east: is an address, and others of this pool are names; expected names for all of them or "
       "for none: a CNAME stands alone (RFC 1034 §3.6.2)\n"},
      {"no name", "zones/z.yaml", app("{gateways: {west: {name: gw..net}, east: {name: .}}}"),
       "zones/z.yaml:5:33: services.app.gateways.west.name: is 'gw..net'; \"gw..net\" has an empty label\n"
       "zones/z.yaml:5:56: services.app.gateways.east.name: is '.'; expected the name of a host: letters, digits, '-', '_' and '.'\n"},
      {"an address", "zones/z.yaml", app("{gateways: {west: {name: 192.0.2.1}}}"),
       "zones/z.yaml:5:33: services.app.gateways.west.name: '192.0.2.1' is an address; expected a name; addresses go into 'addresses'\n"},
      {"both in one", "zones/z.yaml", app("{gateways: {west: {name: gw.example.net, addresses: 192.0.2.1}}}"),
       "zones/z.yaml:5:49: services.app.gateways.west.addresses: out of place here; the name has its own\n"},
      {"multivalue", "zones/z.yaml", app("{routing: multivalue, gateways: {west: {name: gw.example.net}}}"),
       "zones/z.yaml:5:48: services.app.gateways.west.name: out of place with 'routing: multivalue'; a name is answered with one CNAME "
       "(RFC 2181 §10.1): expected addresses\n"},
      {"all of them", "zones/z.yaml", named("all-down: serve-all, "),
       "zones/z.yaml:5:3: services.app: its gateways are names, and 'all-down' is serve-all; expected 'all-down: serve-nearest', nodata or "
       "servfail: its answer is one CNAME\n"},
      {"an address when all is down", "zones/z.yaml", named("all-down: 192.0.2.9, "),
       "zones/z.yaml:5:3: services.app: its gateways are names, and 'all-down' is an address; expected 'all-down: serve-nearest', nodata or "
       "servfail: its answer is one CNAME\n"},
      {"families", "zones/z.yaml", named("families: together, "),
       "zones/z.yaml:5:9: services.app.families: out of place here; a gateway that is a name has whatever families its name has\n"},
      {"the service itself", "zones/z.yaml", app("{gateways: {west: {name: APP.z.example}}}"),
       "zones/z.yaml:5:3: services.app: 'app.z.example' is the name of the service and of a gateway of it; expected another name there\n"},
      {"not in the zone that is served here", "zones/z.yaml", app("{gateways: {west: {name: gw.z.example}, east: {name: gw.example.net}}}"),
       "zones/z.yaml:5:3: services.app: there is no name 'gw.z.example', where its gateway in 'west' is; expected it in the zone 'z.example', "
       "which is served here\n"},
      {"in it", "zones/z.yaml", app("{gateways: {west: {name: ns.z.example}, east: {name: gw.example.net}}}"), ""},
      {"the apex", "zones/z.yaml", zone_with("defaults: {probe: web}\nservices:\n  \"@\": {gateways: {west: {name: gw1.example.net}, east: {name: gw2.example.net}}}\n"),
       "zones/z.yaml:5:3: service 'z.example.' is the apex, and its gateways are names; expected addresses: a CNAME cannot stand beside SOA "
       "and NS (RFC 1034 §3.6.2, RFC 2181 §10.1)\n"},
      {"pools of both kinds", "zones/z.yaml",
       zone_with("defaults: {probe: web}\npools:\n  n: {gateways: {west: {name: gw1.example.net}}}\n  a: {gateways: {east: 192.0.2.1}}\n"
                 "services:\n  app: {gateways: {x: {pool: n}, y: {pool: a}}}\n"),
       "zones/z.yaml:8:44: services.app.gateways.y.pool: the gateways of pool 'a' are addresses, and others of this pool are names; expected "
       "names for all of them or for none: a CNAME stands alone (RFC 1034 §3.6.2)\n"},
      {"a pool of names, an address after it", "zones/z.yaml",
       zone_with("defaults: {probe: web}\npools:\n  n: {gateways: {west: {name: gw1.example.net}}}\n"
                 "services:\n  app: {gateways: {x: {pool: n}, east: 192.0.2.1}}\n"),
       "zones/z.yaml:7:30: services.app.gateways.x.pool: the gateways of pool 'n' are names, and others of this pool are addresses; expected "
       "names for all of them or for none: a CNAME stands alone (RFC 1034 §3.6.2)\n"},
      {"a pool of addresses, a name after it, two levels up", "zones/z.yaml",
       zone_with("defaults: {probe: web}\npools:\n  a: {gateways: {east: 192.0.2.1}}\n  m: {gateways: {y: {pool: a}}}\n"
                 "services:\n  app: {gateways: {x: {pool: m}, west: {name: gw1.example.net}}}\n"),
       "zones/z.yaml:8:30: services.app.gateways.x.pool: the gateways of pool 'm' are addresses, and others of this pool are names; expected "
       "names for all of them or for none: a CNAME stands alone (RFC 1034 §3.6.2)\n"},
      {"one name in two regions", "zones/z.yaml", app("{gateways: {west: {name: gw.example.net}, east: {name: gw.example.net}}}"),
       "zones/z.yaml:5:3: warning: services.app: gw.example.net is the name of 'west' and of 'east'\n"},
  });
}

TEST(Rules, ANameIsATargetOfItsOwn) {
  Installation installation;
  installation.write("zones/z.yaml", app("{gateways: {west: {name: GW1.example.net.}, east: {name: gw2.example.net}}}"));
  EXPECT_EQ(installation.problems(), "");
  const health::Target& target = installation.world->plan.targets.at(0);
  EXPECT_EQ(target.key, "gw1.example.net web gw1.example.net /status-0123456789abcdef");
  EXPECT_EQ(target.at(), "gw1.example.net");
  EXPECT_EQ(target.spec.host, "gw1.example.net") << "a server known by a name is asked by it";
  EXPECT_EQ(installation.world->pools.at(0).gateways.at(0).addresses.at(0).target, target.id);
}

TEST(Rules, ATargetWithoutAHostHasNoGapInItsName) {
  Installation installation;
  installation.write("probes/probes.yaml", "regions: {west: {}, east: {}}\nprobes: {web: {kind: http}}\n");
  installation.write("zones/z.yaml", app("{gateways: {west: 192.0.2.1, east: 192.0.2.2}}"));
  EXPECT_EQ(installation.problems(), "");
  EXPECT_EQ(installation.world->plan.targets.at(0).key, "192.0.2.1 web /status-0123456789abcdef");
}

TEST(Rules, OfZonesPoolsAndServices) {
  check({
      {"a name among addresses", "zones/z.yaml", app("{gateways: {west: [gw1.example.net, 192.0.2.1]}}"),
       "zones/z.yaml:5:27: services.app.gateways.west[0]: 'gw1.example.net' is a name; expected addresses; a gateway that is a name is "
       "{name: gw1.example.net}\n"},
      {"unknown region", "zones/z.yaml", app("{gateways: {wset: 192.0.2.1}}"),
       "zones/z.yaml:5:20: services.app.gateways.wset: there is no region 'wset'; did you mean 'west'?\n"},
      {"unknown pool", "zones/z.yaml", app("{pool: shard}") + "pools: {shared: {gateways: {west: 192.0.2.1}}}\n",
       "zones/z.yaml:5:15: services.app.pool: there is no pool 'shard'; did you mean 'shared'?\n"},
      {"both", "zones/z.yaml", app("{pool: p, gateways: {west: 192.0.2.1}}"),
       "zones/z.yaml:5:3: services.app: has both a pool and gateways; expected one of them\n"},
      {"no address", "zones/z.yaml", app("{gateways: {west: [192.0.2.300], east: 198.51.100.1}}"),
       "zones/z.yaml:5:27: services.app.gateways.west[0]: is '192.0.2.300'; expected an IPv4 or IPv6 address\n"},
      {"primary elsewhere", "zones/z.yaml", app("{primary: east, gateways: {west: 192.0.2.1}}"),
       "zones/z.yaml:5:18: services.app.primary: there is no gateway in 'east'; expected a region of the service: "
       "west\n"},
      {"no probe", "zones/z.yaml", zone_with("services: {app: {gateways: {west: 192.0.2.1}}}\n"),
       "zones/z.yaml:3:12: services.app: has no 'probe'; expected a probe's name here or in 'defaults', or none: not "
       "probed, always up\n"},
      {"half a second", "zones/z.yaml", app("{ttl: 500ms, gateways: {west: 192.0.2.1, east: 192.0.2.2}}"),
       "zones/z.yaml:5:14: services.app.ttl: is '500ms'; expected whole seconds, from 0s to 7d\n"},
      {"where nobody knows where clients are", "zones/z.yaml",
       app("{routing: geographic, gateways: {west: 192.0.2.1, east: 192.0.2.2}}"),
       "zones/z.yaml:5:3: services.app: is routed by where clients are, but nothing says where that is; expected 'places' in "
       "probes/*.yaml, with a table or an MMDB file\n"},
      {"serves is for one method", "zones/z.yaml",
       app("{gateways: {west: {addresses: 192.0.2.1, serves: 10.0.0.0/8}, east: 192.0.2.2}}"),
       "zones/z.yaml:5:49: services.app.gateways.west.serves: out of place here; it belongs to 'routing: subnet' or 'geographic'\n"},
      {"serves prefixes", "zones/z.yaml",
       app("{routing: subnet, gateways: {west: {addresses: 192.0.2.1, serves: [10.0.0.1/8, \"country:JP\", \"::ffff:192.0.2.0/120\", 192.0.2.0/24]}, "
           "east: {addresses: 192.0.2.2, serves: []}}}"),
       "zones/z.yaml:5:75: services.app.gateways.west.serves[0]: '10.0.0.1/8' has bits set beyond the prefix length; did you mean 10.0.0.0/8?\n"
       "zones/z.yaml:5:87: services.app.gateways.west.serves[1]: country:JP is an area; expected a prefix or \"*\"; areas belong to 'routing: geographic'\n"
       "zones/z.yaml:5:125: services.app.gateways.west.serves[3]: 192.0.2.0/24 is in the list twice\n"
       "zones/z.yaml:5:178: services.app.gateways.east.serves: is an empty list; expected prefixes, or \"*\": whom no other gateway serves\n"},
      {"fallback is for one method", "zones/z.yaml",
       app("{fallback: none, gateways: {west: 192.0.2.1, east: 192.0.2.2}}"),
       "zones/z.yaml:5:9: services.app.fallback: out of place here; it belongs to 'routing: subnet or geographic'\n"},
      {"a share", "zones/z.yaml",
       app("{gateways: {west: {addresses: 192.0.2.1, shed: 30}, east: {addresses: 192.0.2.2, shed: 101%}}}"),
       "zones/z.yaml:5:55: services.app.gateways.west.shed: is '30'; expected whole per cents from 0% to 100%, as in 30%\n"
       "zones/z.yaml:5:95: services.app.gateways.east.shed: is '101%'; expected whole per cents from 0% to 100%, as in 30%\n"},
      {"nothing is shed from where everybody stays", "zones/z.yaml",
       app("{routing: subnet, fallback: none, slow-start: 1m, gateways: {west: {addresses: 192.0.2.1, serves: 10.0.0.0/8}, east: 192.0.2.2}}"),
       "zones/z.yaml:5:3: warning: services.app: nothing is shed with 'fallback: none'; say 'fallback: area', or leave shed and slow-start out\n"},
      {"nobody serves the rest", "zones/z.yaml",
       app("{routing: subnet, gateways: {west: {addresses: 192.0.2.1, serves: 10.0.0.0/8}, east: {addresses: 192.0.2.2, serves: 10.1.0.0/16}}}"),
       "zones/z.yaml:5:3: warning: services.app: clients that no gateway serves are sent to any of them, by latency; say "
       "'serves: \"*\"' in the gateway that is for everybody else\n"},
      {"who says nothing serves the rest", "zones/z.yaml",
       app("{routing: subnet, fallback: none, gateways: {west: {addresses: 192.0.2.1, serves: 10.0.0.0/8}, east: 192.0.2.2}}"), ""},
      {"a method misspelt", "zones/z.yaml", app("{routing: wieghted, gateways: {west: 192.0.2.1, east: 192.0.2.2}}"),
       "zones/z.yaml:5:18: services.app.routing: is 'wieghted'; did you mean 'weighted'?\n"},
      {"count is for one method", "zones/z.yaml",
       app("{count: 2, gateways: {west: 192.0.2.1, east: 192.0.2.2}}"),
       "zones/z.yaml:5:9: services.app.count: out of place here; it belongs to 'routing: multivalue'\n"},
      {"and at most eight", "zones/z.yaml",
       app("{routing: multivalue, count: 9, gateways: {west: 192.0.2.1, east: 192.0.2.2}}"),
       "zones/z.yaml:5:37: services.app.count: is '9'; expected a whole number from 1 to 8\n"},
      {"per is for one method", "zones/z.yaml",
       app("{per: answer, gateways: {west: 192.0.2.1, east: 192.0.2.2}}"),
       "zones/z.yaml:5:9: services.app.per: out of place here; it belongs to 'routing: weighted'\n"},
      {"drawn for whom", "zones/z.yaml",
       app("{routing: weighted, per: querry, gateways: {west: 192.0.2.1, east: 192.0.2.2}}"),
       "zones/z.yaml:5:33: services.app.per: is 'querry'; expected network, answer\n"},
      {"no address, and no word for when all is down", "zones/z.yaml", app("{all-down: 10.0.0.300, gateways: {west: 192.0.2.1}}"),
       "zones/z.yaml:5:19: services.app.all-down: is '10.0.0.300'; expected serve-nearest, serve-all, nodata, servfail or addresses\n"},
      {"no quorum", "zones/z.yaml", app("{quorum: sometimes, gateways: {west: 192.0.2.1}}"),
       "zones/z.yaml:5:17: services.app.quorum: is 'sometimes'; expected majority, any, all, weighted or a number from 1 to 1000\n"},
      {"priority is for one method", "zones/z.yaml",
       app("{gateways: {west: 192.0.2.1, east: {addresses: 192.0.2.2, priority: 2}}}"),
       "zones/z.yaml:5:66: services.app.gateways.east.priority: out of place here; it belongs to 'routing: "
       "priority'\n"},
      {"priority for all or for none", "zones/z.yaml",
       app("{routing: priority, gateways: {west: 192.0.2.1, east: {addresses: 192.0.2.2, priority: 2}}}"),
       "zones/z.yaml:5:39: services.app.gateways.west: has no 'priority', and others of this pool have; expected one "
       "for all of them or for none: the order written\n"},
      {"defaults are for whom they concern", "zones/z.yaml",
       zone_with("defaults: {probe: web, routing: priority, count: 2, per: answer}\nservices:\n"
                 "  app: {gateways: {west: 192.0.2.1, east: 192.0.2.2}}\n"
                 "  all: {routing: multivalue, gateways: {west: 192.0.2.3, east: 192.0.2.4}}\n"),
       ""},
      {"weights that are the method need no tolerance", "zones/z.yaml",
       app("{routing: weighted, gateways: {west: 192.0.2.1, east: {addresses: 192.0.2.2, weight: 2}}}"), ""},
      {"weights where several are given", "zones/z.yaml",
       app("{routing: multivalue, gateways: {west: 192.0.2.1, east: {addresses: 192.0.2.2, weight: 2}}}"),
       "zones/z.yaml:5:3: warning: services.app: weights do not act with 'routing: multivalue'; leave them out: every "
       "client is given its nearest ones\n"},
      {"signing", "zones/z.yaml", zone_with("dnssec: on\ntransfer: {}\n"),
       "zones/z.yaml:4:1: transfer: zone transfer is not built yet; leave it out\n"
       "zones/z.yaml:3:9: dnssec: signing is not built yet; expected off\n"},
      {"weights without tolerance", "zones/z.yaml",
       app("{gateways: {west: 192.0.2.1, east: {addresses: 192.0.2.2, weight: 2}}}"),
       "zones/z.yaml:5:3: warning: services.app: weights act only between regions within 'tolerance' of the best, and "
       "it "
       "is 0; set a tolerance, as in 'tolerance: 10ms'\n"},
      {"a family elsewhere", "zones/z.yaml", app("{gateways: {west: [192.0.2.1, \"2001:db8::1\"], east: 192.0.2.2}}"),
       "zones/z.yaml:5:3: warning: services.app: AAAA may be steered elsewhere than A: no IPv6 address in east; add "
       "the "
       "addresses, or say 'families: together'\n"},
      {"a service twice", "zones/z.yaml",
       app("{gateways: {west: 192.0.2.1, east: 192.0.2.2}}") + "  APP: {gateways: {west: 192.0.2.3}}\n",
       "zones/z.yaml:6:3: services.app: is written twice; it is already at zones/z.yaml:5:3\n"},
      {"no label", "zones/z.yaml",
       app("{gateways: {west: 192.0.2.1, east: 192.0.2.2}}") + "  a.b: {gateways: {west: 192.0.2.1}}\n",
       "zones/z.yaml:6:3: services.a.b: is no service's name; expected one label of letters, digits and inner hyphens, "
       "or "
       "\"@\" or \"*\"\n"},
      {"an address at a service", "zones/z.zone", records_with("app 30 A 192.0.2.7\n"),
       "zones/z.zone:5:1: A at 'app.z.example.', which is a service; its addresses come from its gateways; remove one "
       "of the two\n"},
      {"an alias at a service", "zones/z.zone", records_with("app 30 CNAME www.example.\n"),
       "zones/z.zone:5:1: CNAME at 'app.z.example.', which is a service; its addresses come from its gateways; remove "
       "one of the two\n"},
      {"a service is delegated", "zones/z.zone", records_with("app NS ns.example.\n"),
       "zones/z.yaml:5:3: service 'app.z.example.' is at a zone cut; expected a name that this zone answers for\n"},
      {"a service is redirected", "zones/z.zone", records_with("app DNAME y.example.\n"),
       "zones/z.yaml:5:3: service 'app.z.example.' is at a DNAME; expected a name that this zone answers for\n"},
      {"other types at a service are served", "zones/z.zone", records_with("app MX 10 mx.example.\n"), ""},
      {"a regional name is delegated", "zones/z.zone", records_with("app-west-01.regional NS ns.example.\n"),
       "zones/z.zone:5:1: a delegation at 'app-west-01.regional', which is the regional name of service 'app' in "
       "'west'; leave it out: it is made from the gateway's addresses\n"
       "zones/z.yaml:5:3: warning: A at the zone cut 'app-west-01.regional.z.example.' is never answered; it belongs to "
       "the delegated zone\n"},
      {"an address at a regional name", "zones/z.zone", records_with("app-west-01.regional 30 A 192.0.2.7\n"),
       "zones/z.zone:5:1: an address at 'app-west-01.regional', which is the regional name of service 'app' in 'west'; "
       "leave "
       "it out: it is made from the gateway's addresses\n"},
  });
}

TEST(Rules, OfReasons) {
  const std::string services = "defaults: {probe: web}\nservices:\n  app: {gateways: {west: 192.0.2.1, east: 198.51.100.1}}\n";
  check({
      {"on", "zones/z.yaml", zone_with("why: {allow: [192.0.2.0/24, \"::1\"]}\n" + services), ""},
      {"for nobody", "zones/z.yaml", zone_with("why: {allow: []}\n" + services),
       "zones/z.yaml:3:14: why.allow: is an empty list; expected networks, or no 'why' at all\n"},
      {"no networks", "zones/z.yaml", zone_with("why: {alow: [192.0.2.1/24]}\n" + services),
       "zones/z.yaml:3:6: why: has no 'allow'; expected the networks of those who may ask for reasons\n"
       "zones/z.yaml:3:7: why.alow: unknown key; did you mean 'allow'?\n"},
  });
}

TEST(Rules, NothingElseIsWhereReasonsAreTold) {
  Installation installation;
  installation.write("zones/z.yaml", std::string(kZone) + "why: {allow: 192.0.2.0/24}\n");
  installation.write("zones/z.zone", records_with("_why TXT x\na._WHY A 192.0.2.9\nnot_why A 192.0.2.9\n"));
  EXPECT_EQ(installation.problems(),
            "zones/z.zone:5:1: TXT at '_why.z.example.', where the reasons of services are told; leave it out, or 'why' in zones/z.yaml\n"
            "zones/z.zone:6:1: A at 'a._WHY.z.example.', where the reasons of services are told; leave it out, or 'why' in zones/z.yaml\n");
  installation.write("zones/z.zone", kRecords);
  installation.write("zones/other.yaml", "zone: _why.z.example\nrecords: z.zone\n");
  EXPECT_EQ(installation.problems(),
            "zones/z.yaml:6:1: why: the reasons would be told in _why.z.example, and the zone '_why.z.example' is served there; "
            "leave one of the two out\n");
}

TEST(Rules, AServerWithoutAddressIsToldOfOnce) {
  Installation installation;
  installation.write("zones/z.yaml", std::string(kZone) + "why: {allow: 192.0.2.0/24}\n");
  installation.write("zones/z.zone", records_with("@ NS far\nsub NS far\n"));
  EXPECT_EQ(installation.problems(), "zones/z.zone:5:1: warning: name server 'far.z.example.' has no address in this zone; expected A or AAAA (glue)\n");
}

TEST(Rules, ReasonsAreACutAndAZoneWithTheSameServices) {
  Installation installation;
  installation.write("zones/z.yaml", std::string(kZone) + "why: {allow: 192.0.2.0/24}\n");
  ASSERT_EQ(installation.problems(), "");
  const World& world = *installation.world;
  ASSERT_TRUE(world.why);
  ASSERT_EQ(world.why->list.size(), 1u);
  const answer::WhyZone& why = world.why->list[0];
  EXPECT_EQ(why.parent, world.zones.zones()[0].get());
  EXPECT_EQ(why.zone->apex().to_text(), "_why.z.example.");
  EXPECT_EQ(why.zone->serial(), why.parent->serial());
  EXPECT_EQ(why.zone->negative_ttl(), 0u);
  wire::QName name;
  ASSERT_TRUE(name.assign(wire::Name::parse("app._why.z.example.").value().wire()));
  EXPECT_EQ(why.zone->find(name, 1).node.pool(), 0u);
  const zone::Found above = why.parent->find(name, 2);
  ASSERT_TRUE(above.cut);
  EXPECT_TRUE(above.cut.find(wire::Type::NS));
  EXPECT_FALSE(above.cut.find(wire::Type::DS));

  const uint64_t with = world.zone_infos[0].made_digest;
  installation.write("zones/z.yaml", kZone);
  ASSERT_EQ(installation.problems(), "");
  EXPECT_FALSE(installation.world->why);
  EXPECT_NE(installation.world->zone_infos[0].made_digest, with) << "the serial must move: there is a cut less";
}

TEST(Rules, EqualMadeNamesAreRefused) {
  Installation installation;
  installation.write("probes/probes.yaml", "regions: {c: {}, b-c: {}}\n");
  installation.write("zones/z.yaml", zone_with("defaults: {probe: none}\nservices:\n  a: {gateways: {b-c: 192.0.2.1}}\n"
                                               "  a-b: {gateways: {c: 192.0.2.2}}\n"));
  EXPECT_EQ(installation.problems(),
            "zones/z.yaml:6:3: services.a-b: 'a-b' in 'c' and 'a' in 'b-c' would have the same regional name, "
            "a-b-c-01.regional; rename one of the services\n");
}

// The warning of zones/FILE.yaml, whose zone z.example does not delegate.
std::string undelegated(const std::string& file, const std::string& zone) {
  return "zones/" + file + ".yaml:1:7: warning: zone: '" + zone + "' is not delegated by 'z.example', which is served here too; expected " +
         "its NS records there: who asks for its DS is told that it does not exist\n";
}

TEST(Rules, ANameIsAnsweredFromTheZoneOfTheLongestApex) {
  const struct {
    const char *name, *zone;
    std::string problems;
  } cases[] = {
      {"a service's name", "app.z.example",
       "zones/z.yaml:5:3: services.app: its name would be answered from the zone 'app.z.example', which is served here "
       "too; rename the service, or move it to that zone\n"},
      {"all regional names", "Regional.z.example",
       "zones/z.yaml:5:3: services.app: its regional names would be answered from the zone 'regional.z.example', which "
       "is served here too; rename the service, or move it to that zone\n"},
      {"one of them", "app-east-01.regional.z.example",
       "zones/z.yaml:5:3: services.app: its regional name in 'east' would be answered from the zone "
       "'app-east-01.regional.z.example', which is served here too; rename the service, or move it to that zone\n"},
      {"none of a service's", "west.z.example", undelegated("other", "west.z.example")},
      {"below one", "a.app.z.example", undelegated("other", "a.app.z.example")},
      {"another zone altogether", "appz.example", ""},
  };
  for (const auto& c : cases) {
    Installation installation;
    installation.write("zones/other.yaml", std::string("zone: ") + c.zone + "\nrecords: z.zone\n");
    EXPECT_EQ(installation.problems(), c.problems) << c.name;
  }
}

TEST(Rules, ADelegationOfAllRegionalNamesIsRefused) {
  Installation installation;
  installation.write("zones/z.zone", records_with("regional NS ns.example.\n"));
  EXPECT_NE(installation.problems().find("zones/z.zone:5:1: delegates 'regional', where the regional names of the services are; "
                                         "delegate another name\n"),
            std::string::npos);
}

TEST(Rules, TablesAreNamedFromTheConfigurationOn) {
  Installation installation;
  installation.write("probes/l.yaml", "latency: [{table: t.csv}]\n");
  installation.write("probes/t.csv", "prefix,west\n192.0.2.0/24,1\n");
  EXPECT_EQ(installation.problems(), "");
  ASSERT_TRUE(installation.world);
  EXPECT_EQ(installation.world->tables, std::vector<std::string>{"probes/t.csv"});
}

TEST(Rules, TemplatesInACommand) {
  const auto loaded = [](const std::string& command, Installation& installation) {
    installation.write("isochrone.yaml", std::string(kNode) + "exec: [/opt/probes]\n");
    installation.write("probes/probes.yaml", "regions: {west: {}, east: {}}\nprobes:\n  web: {kind: exec, command: " + command + "}\n");
    return installation.problems();
  };
  Installation installation;
  ASSERT_EQ(loaded("[/opt/probes/x, -r, \"{region}\", \"{service} at {regional-name}\", \"{print $1} {\"]", installation), "");
  std::vector<std::vector<std::string>> commands;
  for (const health::Target& target : installation.world->plan.targets) commands.push_back(target.spec.exec);
  EXPECT_EQ(commands, (std::vector<std::vector<std::string>>{
                          {"/opt/probes/x", "-r", "west", "app at app-west-01.regional.z.example", "{print $1} {"},
                          {"/opt/probes/x", "-r", "east", "app at app-east-01.regional.z.example", "{print $1} {"}}));
  // One address in two regions' names is two targets, for the program is told another one.
  installation.write("zones/z.yaml", zone_with("services: {app: {probe: web, gateways: {west: 192.0.2.1, east: 192.0.2.1}}}\n"));
  const std::string warning = "zones/z.yaml:3:12: warning: services.app: 192.0.2.1 is the address of 'west' and of 'east'\n";
  ASSERT_EQ(loaded("[/opt/probes/x, \"{region}\"]", installation), warning);
  EXPECT_EQ(installation.world->plan.targets.size(), 2u);
  ASSERT_EQ(loaded("[/opt/probes/x]", installation), warning);
  EXPECT_EQ(installation.world->plan.targets.size(), 1u);
  installation.write("zones/z.yaml", kZone);
  EXPECT_EQ(loaded("[/opt/probes/x, \"{regoin}\"]", installation),
            "probes/probes.yaml:3:30: probes.web.command: holds {regoin}, which is no template; did you mean '{region}'?\n");
  EXPECT_EQ(loaded("[\"/opt/probes/{region}\"]", installation),
            "probes/probes.yaml:3:30: probes.web.command: runs '/opt/probes/{region}'; expected one program for all gateways: templates are for "
            "its arguments\n");
}

TEST(Rules, ASharedPoolHasNoServiceInItsHost) {
  Installation installation;
  installation.write("probes/probes.yaml",
                     "regions: {west: {}}\nprobes: {web: {kind: https, host: \"{regional-name}\"}}\n");
  const std::string services = "services: {a: {pool: p}, b: {pool: p}}\npools:\n  p: {probe: web, ";
  installation.write("zones/z.yaml", zone_with(services + "gateways: {west: 192.0.2.1}}\n"));
  EXPECT_EQ(installation.problems(),
            "zones/z.yaml:5:3: pools.p: probe 'web' holds {regional-name}, and 2 services share the pool; give the "
            "pool a host\n");
  installation.write("zones/z.yaml",
                     zone_with(services + "host: \"{region}.z.example\", gateways: {west: 192.0.2.1}}\n"));
  EXPECT_EQ(installation.problems(), "");
  ASSERT_TRUE(installation.world);
  ASSERT_EQ(installation.world->plan.targets.size(), 1u);
  EXPECT_EQ(installation.world->plan.targets[0].spec.host, "west.z.example");
}

TEST(Rules, ServicesComeFromCsvToo) {
  Installation installation;
  installation.write(
      "zones/z.yaml",
      zone_with("services: {from: s.csv}\npools: {p: {probe: none, gateways: {west: 192.0.2.1, east: 192.0.2.2}}}\n"));
  installation.write("probes/probes.yaml", "regions: {west: {}, east: {}}\n");
  installation.write("zones/s.csv", "name,pool,primary\n# tenants\na,p,west\nb,p\n*,p,\n");
  EXPECT_EQ(installation.problems(), "");
  ASSERT_TRUE(installation.world);
  EXPECT_EQ(installation.world->services.size(), 3u);
  EXPECT_EQ(installation.world->pools[0].services, (std::vector<std::string>{"*", "a", "b"}));
  installation.write("zones/s.csv", "name,pool,primary\na,q\na b,p\nc,p,north\nd\n");
  EXPECT_EQ(installation.problems(),
            "zones/s.csv:2:3: there is no pool 'q'; did you mean 'p'?\n"
            "zones/s.csv:3:1: 'a b' is no service's name; expected one label of letters, digits and inner hyphens, or "
            "@ or *\n"
            "zones/s.csv:4:5: there is no gateway in 'north'; expected a region of pool 'p'\n"
            "zones/s.csv:5:1: has no pool; expected name,pool\n");
}

TEST(Rules, OfLatencyTables) {
  const std::vector<Rule> table = {
      {"wide, with a missing cell", "", "prefix,west,east\n192.0.2.0/24,10,20.5\n2001:db8::/32,,7\n", ""},
      {"long, in any order", "", "prefix,region,rtt_ms\n192.0.2.0/24,west,1\n10.0.0.0/8,west,1\n192.0.2.0/24,east,2\n",
       ""},
      {"unknown region", "", "prefix,wset,east\n",
       "probes/t.csv:1:8: there is no region 'wset'; did you mean 'west'?\n"},
      {"no header", "", "192.0.2.0/24,1,2\n",
       "probes/t.csv:1:1: the first line is no header; expected prefix,region,rtt_ms or prefix,<region>,…\n"},
      {"empty", "", "", "probes/t.csv: empty; expected a first line prefix,region,rtt_ms or prefix,<region>,…\n"},
      {"a header alone", "", "# nothing yet\nprefix,west,east\n\n",
       "probes/t.csv:2:1: a header, and no row below it; expected a prefix a line, or no table in 'latency'\n"},
      {"the other header alone", "", "prefix,region,rtt_ms\n",
       "probes/t.csv:1:1: a header, and no row below it; expected a prefix a line, or no table in 'latency'\n"},
      {"everything wrong", "",
       "prefix,west,east\n192.0.2.1/24,1,2\nx,1,2\n10.0.0.0/8,-1,1e3\n10.0.0.0/8,1\n10.0.0.0/8,1,2,3\n",
       "probes/t.csv:2:1: '192.0.2.1/24' has bits set beyond the prefix length; did you mean 192.0.2.0/24?\n"
       "probes/t.csv:3:1: 'x' is no prefix; expected a prefix, as in 192.0.2.0/24 or 2001:db8::/32\n"
       "probes/t.csv:4:12: '-1' is no round-trip time; expected milliseconds from 0 to 30000, as in 12.5\n"
       "probes/t.csv:4:15: '1e3' is no round-trip time; expected milliseconds from 0 to 30000, as in 12.5\n"
       "probes/t.csv:5:12: 2 fields, but the header has 3\n"
       "probes/t.csv:6:16: more fields than the header has\n"},
      {"in quotes", "", "prefix,west\n\"192.0.2.0/24\",1\n", "probes/t.csv:2:1: \"192.0.2.0/24\" is in quotes; expected fields without quotes\n"},
      {"twice, once folded", "", "prefix,west\n192.0.2.0/24,1\n::ffff:192.0.2.0/120,2\n",
       "probes/t.csv:3:1: 192.0.2.0/24 is written twice; it is already in line 2\n"},
      {"a cell twice", "", "prefix,region,rtt_ms\n10.0.0.0/8,west,1\n10.0.0.0/8,west,2\n",
       "probes/t.csv:3:1: 10.0.0.0/8 to 'west' is written twice; it is already in line 2\n"},
  };
  for (const Rule& row : table) {
    Installation installation;
    installation.write("probes/l.yaml", "latency: [{table: t.csv}]\n");
    installation.write("probes/t.csv", row.text);
    EXPECT_EQ(installation.problems(), row.problems) << row.name;
  }
}

TEST(Rules, AMillionWrongRowsAreNotAMillionMessages) {
  Installation installation;
  installation.write("probes/l.yaml", "latency: [{table: t.csv}]\n");
  std::string rows = "prefix,west\n";
  for (int i = 0; i < 1000; ++i) rows += "x,1\n";
  installation.write("probes/t.csv", rows);
  const std::string problems = installation.problems();
  EXPECT_EQ(std::count(problems.begin(), problems.end(), '\n'), 101);
  EXPECT_TRUE(problems.ends_with("probes/t.csv:101:1: 100 problems: the rest is not read\n")) << problems;
}

TEST(Rules, MissingFilesAreTold) {
  Installation installation;
  installation.write("probes/l.yaml", "latency: [{table: gone.csv}]\n");
  installation.write("zones/z.yaml", "zone: z.example\nrecords: gone.zone\n");
  EXPECT_EQ(installation.problems(),
            "probes/l.yaml:1:19: latency[0].table: probes/gone.csv cannot be read: No such file or directory\n"
            "zones/z.yaml:2:10: records: zones/gone.zone cannot be read: No such file or directory\n");
}

TEST(Rules, ListsThatMustNameSomethingDo) {
  const auto probe = [](const std::string& rest) { return "regions: {west: {}, east: {}}\nprobes:\n  web: {kind: https}\n  p: {" + rest + "}\n"; };
  for (const auto& [rest, problem] : std::initializer_list<std::pair<std::string, std::string>>{
           {"kind: exec, command: []", "4:28: probes.p.command: is an empty list; expected the program and its arguments"},
           {"kind: http, expect: {status: []}", "4:36: probes.p.expect.status: is an empty list; expected at least one status or range, as in \"200-299\""},
           {"kind: dns, name: a, type: A, expect: {answer: []}", "4:53: probes.p.expect.answer: is an empty list; expected at least one address"},
           {"kind: http, source: []", "4:27: probes.p.source: is an empty list; expected an address, or one of each family"},
           {"kind: http, source: 0.0.0.0", "4:27: probes.p.source: '0.0.0.0' is of 0.0.0.0/8, which is nobody's"},
       }) {
    Installation installation;
    installation.write("probes/probes.yaml", probe(rest));
    EXPECT_EQ(installation.problems(), "probes/probes.yaml:" + problem + "\n") << rest;
  }
}

// What ends up in a request is one host, one path, one header.
TEST(Rules, NothingElseGetsIntoARequest) {
  const auto problem_of = [](const std::string& probe) {
    Installation installation;
    installation.write("probes/probes.yaml", "regions: {west: {}, east: {}}\nprobes:\n  web: {kind: http, " + probe + "}\n");
    return installation.problems();
  };
  for (const char* good : {"host: gw.example", "host: 192.0.2.1", "host: \"2001:db8::1\"", "host: \"[2001:db8::1]\"", "host: \"{service}_{region}.example\"",
                           "host: \"{regional-name}\"", "path: \"/a/{service}?b=c&d=%20\"", "headers: {X-Why: \"a \\tb\"}"})
    EXPECT_EQ(problem_of(good), "") << good;
  for (const char* bad : {"\"a\\r\\nX: y\"", "a b", "a.example:8080", "http://a.example", "user@a", "a/b", "\"a?b\"", "\"[192.0.2.1]\"", "\"é.example\""})
    EXPECT_NE(problem_of("host: " + std::string(bad)).find("probes.web.host: is '"), std::string::npos) << bad;
  for (const char* bad : {"a", "\"/a b\"", "\"/a\\tb\"", "\"/a\\r\\nX: y\"", "\"/a#b\"", "\"/é\"", "\"/\\x7f\""})
    EXPECT_NE(problem_of("path: " + std::string(bad)).find("probes.web.path: is '"), std::string::npos) << bad;
  for (const char* bad : {"\"a\\nX: y\"", "\"\\e[31m\""})
    EXPECT_NE(problem_of("headers: {X: " + std::string(bad) + "}").find("probes.web.headers.X: is '"), std::string::npos) << bad;
  Installation installation;
  installation.write("zones/z.yaml", app("{host: \"a b\", gateways: {west: 192.0.2.1, east: 198.51.100.1}}"));
  EXPECT_EQ(installation.problems(),
            "zones/z.yaml:5:15: services.app.host: is 'a b'; expected a name or an address, without a port; templates are {service}, {region} "
            "and {regional-name}\n");
}

// Zones name what probes/*.yaml lists: where a file there cannot be read, nobody can say what is missing.
TEST(Rules, AProbesFileThatCannotBeReadIsNotAHundredMissingRegions) {
  Installation installation;
  installation.write("probes/probes.yaml", "regions: {west: {}\n");
  installation.write("zones/y.yaml", "zone: [\n");
  EXPECT_EQ(installation.problems(),
            "probes/probes.yaml:2:1: not YAML: end of map flow not found; expected a } for every {\n"
            "zones/y.yaml:2:1: not YAML: end of sequence flow not found; expected a ] for every [\n");
}

TEST(Rules, OfTheFolders) {
  check({
      {"no such folder", "isochrone.yaml", std::string(kNode) + "zones: zonse\n",
       "isochrone.yaml:3:8: zones: zonse cannot be read: No such file or directory; expected a folder\n"},
      {"another ending", "zones/y.yml", "zone: y.example\n", "zones/y.yml:1:1: warning: is not read; files of this folder are named *.yaml\n"},
  });
  Installation installation;
  installation.write("none/z.zone", "");
  installation.write("isochrone.yaml", std::string(kNode) + "zones: none\n");
  EXPECT_EQ(installation.problems(), "isochrone.yaml:3:8: zones: none holds no *.yaml; expected at least one file there\n");
}

TEST(Rules, AZoneWhoseParentIsServedIsDelegatedThere) {
  const struct {
    const char* name;
    const char* child;
    const char* in_parent;
    std::string problems;
  } cases[] = {
      {"delegated", "y.z.example", "y NS ns.y\nns.y A 192.0.2.54\n", ""},
      {"a zone of others is between them", "x.y.z.example", "y NS ns.elsewhere.\n", ""},
      {"not delegated", "y.z.example", "", undelegated("y", "y.z.example")},
      {"only a name", "y.z.example", "y TXT here\n", undelegated("y", "y.z.example")},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    Installation installation;
    installation.write("zones/z.zone", records_with(c.in_parent));
    installation.write("zones/y.yaml", "zone: " + std::string(c.child) + "\nrecords: y.zone\n");
    installation.write("zones/y.zone", kRecords);
    EXPECT_EQ(installation.problems(), c.problems);
  }
}

TEST(Rules, APipeIsNotWaitedFor) {
  Installation installation;
  ASSERT_EQ(mkfifo(installation.path("zones/y.yaml").c_str(), 0600), 0);
  EXPECT_EQ(installation.problems(), "zones/y.yaml: cannot be read: it is not a regular file\n");
}

TEST(Rules, TheDigestFollowsEveryFile) {
  Installation installation;
  ASSERT_EQ(installation.problems(), "");
  const uint64_t before = installation.world->digest, made = installation.world->zone_infos[0].made_digest;
  ASSERT_EQ(installation.problems(), "");
  EXPECT_EQ(installation.world->digest, before);
  installation.write("zones/z.zone", records_with("www A 192.0.2.80\n"));
  ASSERT_EQ(installation.problems(), "");
  EXPECT_NE(installation.world->digest, before);
  EXPECT_EQ(installation.world->zone_infos[0].made_digest, made) << "made records did not change";
  installation.write("zones/z.yaml", app("{gateways: {west: 192.0.2.1, east: 198.51.100.2}}"));
  ASSERT_EQ(installation.problems(), "");
  EXPECT_NE(installation.world->zone_infos[0].made_digest, made);
}

TEST(Rules, WhatALoadWouldReadAnewIsKnownWithoutIt) {
  struct Case {
    const char* name;
    std::function<void(Installation&)> change;
    bool has_changed;
  };
  static const char* const kTwice = "$INCLUDE more.zone\n$INCLUDE more.zone\n";
  for (const Case& c : std::initializer_list<Case>{
           {"nothing", [](auto&) {}, false},
           {"the same, written anew", [](auto& i) { i.write("zones/z.zone", records_with(kTwice)); }, false},
           {"a file that is none of ours", [](auto& i) { i.write("zones/notes.txt", "to do"); }, false},
           {"a record", [](auto& i) { i.write("zones/z.zone", records_with("www A 192.0.2.80\n")); }, true},
           {"an octet of what is included", [](auto& i) { i.write("zones/more.zone", "more A 192.0.2.8\n"); }, true},
           {"a file whose name a load warns of", [](auto& i) { i.write("probes/more.yml", "{}\n"); }, true},
           {"a file more in the folder", [](auto& i) { i.write("probes/more.yaml", "{}\n"); }, true},
           {"a file less", [](auto& i) { std::filesystem::remove(i.path("zones/more.zone")); }, true},
           {"no folder", [](auto& i) { std::filesystem::remove_all(i.path("probes")); }, true},
       }) {
    Installation installation;
    installation.write("zones/z.zone", records_with(kTwice));
    installation.write("zones/more.zone", "more A 192.0.2.7\n");
    Problems problems;
    const auto node = load_node_config(installation.path("isochrone.yaml"), problems);
    const auto world = load_world(*node, problems);
    ASSERT_TRUE(world) << problems.to_text();
    c.change(installation);
    EXPECT_EQ(has_changed(*node, *world), c.has_changed) << c.name;
  }
}

}  // namespace
}  // namespace isochrone::config
