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
  // authorities that are met are read and kept. A reference of the caller's own: it stays good however long a handshake takes.
  // An unreadable or empty file is the operator's mistake. A file that changed is read again, looked at once a minute.
  Result<TrustStore> find(const health::ProbeSpec& spec, Time now);

 private:
  struct Kept {
    std::shared_ptr<const std::string> pem;  // keeps the key's address from being used again
    TrustStore store;
    Time looked{};
    timespec changed{};
  };
  Result<TrustStore> find_file(const std::string& path, Time now);
  Result<TrustStore> find_pem(const std::shared_ptr<const std::string>& pem);
  Result<TrustStore> find_system(Time now);

  std::map<std::string, Kept> files_;
  std::map<const std::string*, Kept> pems_;
  Kept system_;
};

}  // namespace isochrone::probe
