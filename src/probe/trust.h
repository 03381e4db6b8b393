#pragma once
// The certificate authorities probes believe, each set parsed once and shared by every handshake: libcurl alone would
// re-read the system's bundle, 32 ms of CPU, for each. Loop's thread only.

#include <openssl/x509_vfy.h>

#include <ctime>
#include <map>
#include <memory>
#include <string>

#include "health/probe.h"
#include "util/duration.h"
#include "util/result.h"

namespace isochrone::probe {

struct StoreDelete {
  void operator()(X509_STORE* store) const { X509_STORE_free(store); }
};
using TrustStore = std::unique_ptr<X509_STORE, StoreDelete>;

class TrustStores {
 public:
  // Those of the probe's `ca` or, where it names none, the system's: OpenSSL's directory of hashes, of which only the
  // authorities that are met are read and kept. The pointer is good until the next call; handshakes take references.
  // An unreadable or empty file is the operator's mistake. A file that changed is read again, looked at once a minute.
  Result<X509_STORE*> find(const health::ProbeSpec& spec, Time now);

 private:
  struct Kept {
    std::shared_ptr<const std::string> pem;  // keeps the key's address from being used again
    TrustStore store;
    Time looked{};
    timespec changed{};
  };
  Result<X509_STORE*> find_file(const std::string& path, Time now);
  Result<X509_STORE*> find_pem(const std::shared_ptr<const std::string>& pem);
  Result<X509_STORE*> find_system(Time now);

  std::map<std::string, Kept> files_;
  std::map<const std::string*, Kept> pems_;
  Kept system_;
};

}  // namespace isochrone::probe
