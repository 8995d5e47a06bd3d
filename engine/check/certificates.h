#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

struct x509_st;

namespace holdfast {

struct CertificateExpiry {
  std::int64_t at = 0;  ///< Seconds since 1970.
  std::string subject{};
};

std::optional<CertificateExpiry> certificate_expiry(const x509_st* certificate);
/// Of several in PEM, the one that expires first; nullopt: one of them can't be read, or there is
/// none.
std::optional<CertificateExpiry> first_certificate_expiry(std::string_view pem);

}  // namespace holdfast
