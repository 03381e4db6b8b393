#include "probe/certificate.h"

#include <fmt/format.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <ctime>
#include <memory>

#include "probe/reason.h"
#include "util/ip.h"

namespace isochrone::probe {

namespace {

std::optional<int64_t> unix_time(const ASN1_TIME* time) {
  std::tm parts{};
  if (!time || ASN1_TIME_to_tm(time, &parts) != 1) return {};
  return ::timegm(&parts);
}

// "2026-11-01"; with the time of day where the date alone would puzzle on that very day.
std::string date(const ASN1_TIME* time) {
  std::tm parts{};
  if (!time || ASN1_TIME_to_tm(time, &parts) != 1) return "an unreadable date";
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02} UTC", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday,
                     parts.tm_hour, parts.tm_min);
}

// The common name, or the whole name on one line where there is none.
std::string common_name(const X509_NAME* name) {
  char text[256];
  if (X509_NAME_get_text_by_NID(const_cast<X509_NAME*>(name), NID_commonName, text, sizeof text) < 0)
    X509_NAME_oneline(name, text, sizeof text);
  return printable(text);
}

std::string_view octets(const ASN1_STRING* string) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(string)),
          static_cast<size_t>(ASN1_STRING_length(string))};
}

std::string alternative_name(const GENERAL_NAME* name) {
  if (name->type == GEN_DNS) return printable(octets(name->d.dNSName));
  if (name->type != GEN_IPADD) return {};
  const std::string_view raw = octets(name->d.iPAddress);
  const auto* data = reinterpret_cast<const uint8_t*>(raw.data());
  if (raw.size() == 16) return IpAddress::v6(data).to_text();
  if (raw.size() != 4) return {};
  return IpAddress::v4(uint32_t{data[0]} << 24 | uint32_t{data[1]} << 16 | uint32_t{data[2]} << 8 | data[3]).to_text();
}

// "a.example, *.b.example and 12 more"; the common name where the certificate has no alternative names.
std::string names(X509* certificate) {
  constexpr int kShown = 4;
  const std::unique_ptr<GENERAL_NAMES, void (*)(GENERAL_NAMES*)> list(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)),
      GENERAL_NAMES_free);
  if (!list) return common_name(X509_get_subject_name(certificate)) + " (a common name only)";
  std::string text;
  int shown = 0, more = 0;
  for (int i = 0; i < sk_GENERAL_NAME_num(list.get()); ++i) {
    const std::string name = alternative_name(sk_GENERAL_NAME_value(list.get(), i));
    if (name.empty()) continue;
    if (shown == kShown)
      ++more;
    else
      text += (shown++ ? ", " : "") + name;
  }
  if (more) text += fmt::format(" and {} more", more);
  return text.empty() ? "no name" : text;
}

health::Certificate certificate_of(X509* certificate) {
  return {.subject = common_name(X509_get_subject_name(certificate)),
          .issuer = common_name(X509_get_issuer_name(certificate)),
          .names = names(certificate),
          .not_before = unix_time(X509_get0_notBefore(certificate)).value_or(0),
          .not_after = unix_time(X509_get0_notAfter(certificate)).value_or(0)};
}

std::string digest_of(const STACK_OF(X509) * sent, int count) {
  std::string digest;
  for (int i = 0; i < count; ++i) {
    unsigned char octets[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    if (X509_digest(sk_X509_value(sent, i), EVP_sha256(), octets, &size) == 1) digest.append(octets, octets + size);
  }
  return digest;
}

std::string describe(X509_STORE_CTX* context, const std::string& host) {
  const int error = X509_STORE_CTX_get_error(context);
  X509* culprit = X509_STORE_CTX_get_current_cert(context);
  X509* leaf = X509_STORE_CTX_get0_cert(context);
  if (!culprit) culprit = leaf;
  const bool of_issuer = culprit != leaf;
  const std::string subject = common_name(X509_get_subject_name(culprit));
  const std::string whose = of_issuer ? fmt::format("CA certificate \"{}\"", subject) : "certificate";
  switch (error) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return fmt::format("{} expired on {}", whose, date(X509_get0_notAfter(culprit)));
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return fmt::format("{} is not valid before {}", whose, date(X509_get0_notBefore(culprit)));
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return fmt::format("certificate is for {}, not for {}", names(leaf), host);
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
      return fmt::format("certificate \"{}\" is self-signed and not trusted", subject);
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
      return fmt::format("unknown CA: \"{}\" is not trusted", subject);
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
      return fmt::format("unknown CA: \"{}\", which issued \"{}\", is neither trusted nor sent",
                         common_name(X509_get_issuer_name(culprit)), subject);
    default:
      return fmt::format("{}: {}", whose, X509_verify_cert_error_string(error));
  }
}

// False: it cannot be compared, and without it any name would do.
bool expect_host(X509_STORE_CTX* context, const std::string& host) {
  X509_VERIFY_PARAM* expected = X509_STORE_CTX_get0_param(context);
  if (const auto address = IpAddress::parse(host))
    return X509_VERIFY_PARAM_set1_ip(expected, address->octets.data(), static_cast<size_t>(address->size())) == 1;
  return !host.empty() && X509_VERIFY_PARAM_set1_host(expected, host.data(), host.size()) == 1;
}

int verify(X509_STORE_CTX* context, void* user) {
  auto& check = *static_cast<CertificateCheck*>(user);
  check.expiry = unix_time(X509_get0_notAfter(X509_STORE_CTX_get0_cert(context)));
  if (check.chains) check.chain = check.chains->find(X509_STORE_CTX_get0_untrusted(context));
  if (!check.verify) return 1;
  if (!expect_host(context, check.host)) {
    check.fault = fmt::format("no certificate can be compared with the name \"{}\"", printable(check.host));
    X509_STORE_CTX_set_error(context, X509_V_ERR_HOSTNAME_MISMATCH);
    return 0;
  }
  if (X509_verify_cert(context) == 1) return 1;
  check.fault = describe(context, check.host);
  return 0;
}

}  // namespace

std::shared_ptr<const health::Chain> Chains::find(const STACK_OF(X509) * sent) {
  const int count = std::min(sk_X509_num(sent), static_cast<int>(health::kMostCertificates));  // -1: there is none
  if (count <= 0) return nullptr;
  std::weak_ptr<const health::Chain>& known = by_digest_[digest_of(sent, count)];
  if (auto chain = known.lock()) return chain;
  auto chain = std::make_shared<health::Chain>();
  for (int i = 0; i < count; ++i) chain->push_back(certificate_of(sk_X509_value(sent, i)));
  known = chain;
  if (by_digest_.size() >= sweep_at_) {
    std::erase_if(by_digest_, [](const auto& item) { return item.second.expired(); });
    sweep_at_ = 2 * by_digest_.size() + 64;
  }
  return chain;
}

void watch_certificate(SSL_CTX* context, X509_STORE* store, CertificateCheck& check) {
  if (store) SSL_CTX_set1_cert_store(context, store);
  SSL_CTX_set_verify(context, check.verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
  SSL_CTX_set_cert_verify_callback(context, &verify, &check);
}

}  // namespace isochrone::probe
