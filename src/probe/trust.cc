#include "probe/trust.h"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>

namespace isochrone::probe {

namespace {

constexpr Duration kLookAgain = 1min;
constexpr size_t kPemsKept = 64;  // a plan of a worker names a few; those of plans before it are let go

// Every certificate in `bio`; nullopt where there is none.
TrustStore read_store(BIO* bio) {
  TrustStore store(X509_STORE_new());
  int found = 0;
  while (X509* certificate = PEM_read_bio_X509_AUX(bio, nullptr, nullptr, nullptr)) {
    X509_STORE_add_cert(store.get(), certificate);
    X509_free(certificate);
    ++found;
  }
  ERR_clear_error();  // the end of the file is reported as one
  if (found == 0) store.reset();
  return store;
}

TrustStore share(const TrustStore& store) {
  X509_STORE_up_ref(store.get());
  return TrustStore(store.get());
}

}  // namespace

Result<TrustStore> TrustStores::find(const health::ProbeSpec& spec, Time now) {
  if (spec.ca_pem) return find_pem(spec.ca_pem);
  if (!spec.ca_file.empty()) return find_file(spec.ca_file, now);
  return find_system(now);
}

Result<TrustStore> TrustStores::find_file(const std::string& path, Time now) {
  Kept& kept = files_[path];
  if (kept.store && now < kept.looked + kLookAgain) return share(kept.store);
  struct stat about {};
  if (::stat(path.c_str(), &about) != 0) {
    if (kept.store) return share(kept.store);  // being replaced, perhaps: what was read stays good
    return fail(fmt::format("cannot read the CA file {}: {}", path, std::strerror(errno)));
  }
  const bool same = about.st_mtim.tv_sec == kept.changed.tv_sec && about.st_mtim.tv_nsec == kept.changed.tv_nsec;
  kept.looked = now;
  if (kept.store && same) return share(kept.store);
  const std::unique_ptr<BIO, int (*)(BIO*)> bio(BIO_new_file(path.c_str(), "r"), BIO_free);
  TrustStore read = bio ? read_store(bio.get()) : nullptr;
  if (!read) {
    ERR_clear_error();
    if (kept.store) return share(kept.store);
    return fail(fmt::format("no certificate could be read from the CA file {}", path));
  }
  kept.store = std::move(read);
  kept.changed = about.st_mtim;
  return share(kept.store);
}

Result<TrustStore> TrustStores::find_pem(const std::shared_ptr<const std::string>& pem) {
  if (pems_.size() > kPemsKept) pems_.clear();
  Kept& kept = pems_[pem.get()];
  if (kept.store) return share(kept.store);
  const std::unique_ptr<BIO, int (*)(BIO*)> bio(BIO_new_mem_buf(pem->data(), static_cast<int>(pem->size())), BIO_free);
  kept.store = read_store(bio.get());
  kept.pem = pem;
  if (!kept.store) return fail("no certificate in the CA file that the node sent");
  return share(kept.store);
}

Result<TrustStore> TrustStores::find_system(Time now) {
  // The directory's certificates stay in the store once met, so it is made anew now and then to notice their removal.
  if (!system_.store || now > system_.looked + 60 * kLookAgain) {
    system_.store.reset(X509_STORE_new());
    X509_STORE_set_default_paths(system_.store.get());
    ERR_clear_error();
    system_.looked = now;
  }
  return share(system_.store);
}

}  // namespace isochrone::probe
