#include "identity.h"

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include "../util/folder.h"

namespace isochrone::probe::testing {

namespace {

void add_extension(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  if (X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str())) {
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
  }
}

}  // namespace

std::string Identity::pem() const {
  const std::unique_ptr<BIO, int (*)(BIO*)> bio(BIO_new(BIO_s_mem()), BIO_free);
  PEM_write_bio_X509(bio.get(), certificate.get());
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<size_t>(size)};
}

Identity make_identity(const Wanted& wanted, const Identity* issuer) {
  static long serial = 1;
  Identity made{{EVP_EC_gen("P-256"), KeyDelete()}, {X509_new(), CertificateDelete()}};
  X509* certificate = made.certificate.get();
  X509_set_version(certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial++);
  ASN1_TIME_set(X509_getm_notBefore(certificate), wanted.not_before);
  ASN1_TIME_set(X509_getm_notAfter(certificate), wanted.not_after);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(wanted.common_name.c_str()), -1, -1, 0);
  X509* by = issuer ? issuer->certificate.get() : certificate;
  X509_set_issuer_name(certificate, X509_get_subject_name(by));
  X509_set_pubkey(certificate, made.key.get());
  add_extension(certificate, by, NID_basic_constraints, wanted.is_ca ? "critical,CA:TRUE" : "CA:FALSE");
  std::string names;
  for (const std::string& name : wanted.names) names += (names.empty() ? "" : ",") + name;
  if (!names.empty()) add_extension(certificate, by, NID_subject_alt_name, names);
  X509_sign(certificate, issuer ? issuer->key.get() : made.key.get(), EVP_sha256());
  return made;
}

std::string write_file(const std::string& name, const std::string& text, int mode) {
  static const Folder folder;
  std::string path = folder.write(name, text);
  ::chmod(path.c_str(), static_cast<mode_t>(mode));
  return path;
}

}  // namespace isochrone::probe::testing
