#include "config/tls_files.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <ctime>
#include <fstream>
#include <memory>

namespace isochrone::config {

namespace {

constexpr int kWarnDays = 14;

template <auto Free>
struct Release {
  template <typename T>
  void operator()(T* value) const {
    Free(value);
  }
};
using Context = std::unique_ptr<SSL_CTX, Release<SSL_CTX_free>>;
using Store = std::unique_ptr<X509_STORE, Release<X509_STORE_free>>;

// The first thing that OpenSSL had to complain of, and forgets the rest.
std::string openssl_reason() {
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  const char* reason = ERR_reason_error_string(code);
  return reason != nullptr ? reason : "cannot be read";
}

// Empty: it can be opened.
std::string why_unreadable(const std::string& file) {
  struct stat about {};
  if (::stat(file.c_str(), &about) == 0 && !S_ISREG(about.st_mode)) return fmt::format("{} is not a regular file", file);
  if (std::ifstream(file)) return {};
  return fmt::format("{} cannot be read: {}", file, std::strerror(errno));
}

void warn_of_validity(const Node& where, const std::string& file, const X509* certificate) {
  int days = 0, seconds = 0;
  if (ASN1_TIME_diff(&days, &seconds, nullptr, X509_get0_notBefore(certificate)) == 1 && (days > 0 || seconds > 0))
    return where.warn(fmt::format("the certificate in {} is not valid yet, by this machine's clock", file), "probe workers and browsers will refuse it");
  if (ASN1_TIME_diff(&days, &seconds, nullptr, X509_get0_notAfter(certificate)) != 1) return;
  if (days < 0 || seconds < 0)
    where.warn(fmt::format("the certificate in {} has expired", file), "probe workers and browsers will refuse it");
  else if (days < kWarnDays)
    where.warn(fmt::format("the certificate in {} expires in {} days", file, days), "renew it");
}

}  // namespace

void check_server_identity(const Node& cert, const std::string& cert_file, const Node& key,
                           const std::string& key_file) {
  const Context context(SSL_CTX_new(TLS_server_method()));
  // A key behind a passphrase must not ask for it on the terminal of a daemon.
  SSL_CTX_set_default_passwd_cb(context.get(), +[](char*, int, int, void*) { return 0; });
  ERR_clear_error();
  if (std::string why = why_unreadable(cert_file); !why.empty()) return cert.error(why, "expected a certificate chain in PEM");
  if (SSL_CTX_use_certificate_chain_file(context.get(), cert_file.c_str()) != 1)
    return cert.error(fmt::format("{} is no certificate: {}", cert_file, openssl_reason()), "expected a chain in PEM, the leaf first");
  warn_of_validity(cert, cert_file, SSL_CTX_get0_certificate(context.get()));
  if (!why_unreadable(key_file).empty()) return;  // told with the permissions
  if (SSL_CTX_use_PrivateKey_file(context.get(), key_file.c_str(), SSL_FILETYPE_PEM) == 1) return;
  const bool other = ERR_GET_REASON(ERR_peek_error()) == X509_R_KEY_VALUES_MISMATCH;
  const std::string reason = openssl_reason();
  if (other) key.error(fmt::format("{} is not the key of {}", key_file, cert_file), "expected the key the certificate was made for");
  else key.error(fmt::format("{} is no private key: {}", key_file, reason), "expected a key in PEM without a passphrase");
}

std::string authorities_fault(const std::string& file) {
  if (std::string why = why_unreadable(file); !why.empty()) return why;
  const Store store(X509_STORE_new());
  if (X509_STORE_load_file(store.get(), file.c_str()) == 1) return {};
  ERR_clear_error();
  return fmt::format("{} holds no certificate in PEM", file);
}

void check_authorities(const Node& where, const std::string& file) {
  if (const std::string fault = authorities_fault(file); !fault.empty()) where.error(fault, "expected certificates of authorities in PEM");
}

}  // namespace isochrone::config
