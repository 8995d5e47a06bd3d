#include "engine/check/certificates.h"

#include <openssl/pem.h>
#include <openssl/x509.h>

#include <array>
#include <ctime>
#include <memory>

namespace holdfast {

std::optional<CertificateExpiry> certificate_expiry(const x509_st* certificate) {
  std::tm tm{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &tm) != 1) return std::nullopt;
  std::array<char, 200> subject{};
  X509_NAME_oneline(X509_get_subject_name(certificate), subject.data(), subject.size());
  return CertificateExpiry{timegm(&tm), subject.data()};
}

std::optional<CertificateExpiry> first_certificate_expiry(std::string_view pem) {
  constexpr std::string_view kBegin = "-----BEGIN CERTIFICATE-----";
  std::optional<CertificateExpiry> first;
  for (auto at = pem.find(kBegin); at != std::string_view::npos; at = pem.find(kBegin, at + 1)) {
    const std::string_view one = pem.substr(at);
    const std::unique_ptr<BIO, int (*)(BIO*)> bio(
        BIO_new_mem_buf(one.data(), static_cast<int>(one.size())), BIO_free);
    const std::unique_ptr<X509, void (*)(X509*)> certificate(
        PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr), X509_free);
    const auto expiry = certificate ? certificate_expiry(certificate.get()) : std::nullopt;
    if (!expiry) return std::nullopt;
    if (!first || expiry->at < first->at) first = expiry;
  }
  return first;
}

}  // namespace holdfast
