#include "engine/check/expiry.h"

#include <gtest/gtest.h>

#include "engine/check/certificates.h"
#include "engine/check/disk.h"

namespace holdfast {
namespace {

constexpr std::int64_t kDay = 86400;

/// Expires at 1796003126.
const std::string kCertificate =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBcDCCARegAwIBAgIUN04TgRZXlvj+soPk2IcBHvsLrFEwCgYIKoZIzj0EAwIw\n"
    "DjEMMAoGA1UEAwwDb25lMB4XDTI2MTEyOTAxNDUyNloXDTI2MTEzMDAxNDUyNlow\n"
    "DjEMMAoGA1UEAwwDb25lMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAESvUeYkl+\n"
    "O2GqtR+pWerwrpJBUAswMfq5zZFX7qWCNE/h8Nl4sDQ2xEEUaum1Y0SL9Hksjcj7\n"
    "WqdwAoKeLTi0bKNTMFEwHQYDVR0OBBYEFC3mBLRQbnCkR5WjKPAn6ikslBuUMB8G\n"
    "A1UdIwQYMBaAFC3mBLRQbnCkR5WjKPAn6ikslBuUMA8GA1UdEwEB/wQFMAMBAf8w\n"
    "CgYIKoZIzj0EAwIDRwAwRAIgEygPc5MMpL+7Z+hN/P1BKSJP6K0JYuaNdyWAQvvw\n"
    "I20CICcsFkAG+/fBc9olyCbVQC0y7Jr21QFaRIi9UvJnloOs\n"
    "-----END CERTIFICATE-----\n";

TEST(ReadDate, TakesTheUsualForms) {
  EXPECT_EQ(read_date("1970-01-02"), kDay);
  EXPECT_EQ(read_date("2026-12-31T08:00:00Z"), 1798704000);
  EXPECT_EQ(read_date("2026-12-31 08:00:00 UTC"), 1798704000);
  EXPECT_EQ(read_date("2026-12-31T08:00Z"), 1798704000);
  EXPECT_EQ(read_date("2026-12-31T10:00:00.123+02:00"), 1798704000);
  EXPECT_EQ(read_date("2026-12-31T06:30:00-0130"), 1798704000);
  EXPECT_EQ(read_date(" 1798704000 "), 1798704000);
  EXPECT_EQ(read_date("1798704000123"), 1798704000);
  for (const char* text : {"", "soon", "2026-13-01", "2026-02-31", "2026-12-31T25:00Z", "12",
                           "2026-12-31T08:00:00X", "2026/12/31", "99999999999999999999"}) {
    EXPECT_FALSE(read_date(text)) << text;
  }
}

TEST(JudgeExpiry, SaysWhenAndHowLong) {
  EXPECT_EQ(judge_expiry("it", 1798704000, std::chrono::hours(24), 1798704000 - 32 * kDay).value(),
            "expires 2026-12-31 08:00 UTC, in 32 days");
  const auto soon =
      judge_expiry("it", 1798704000, std::chrono::hours(14 * 24), 1798704000 - 3 * kDay);
  ASSERT_FALSE(soon);
  EXPECT_EQ(soon.error().message, "it expires 2026-12-31 08:00 UTC, in 3 days: less than 14 days");
  EXPECT_EQ(soon.error().hint, "renew it");
  EXPECT_EQ(judge_expiry("it", 1798704000, {}, 1798704060).error().message,
            "it expired 2026-12-31 08:00 UTC, 60 seconds ago");
}

TEST(FirstExpiry, TakesTheFirstOfAll) {
  const Probe::SecretExpiry asked{.path = "/t"};
  const auto of = [&](const std::string& said) { return first_expiry(asked, said); };
  EXPECT_EQ(of("{\"expires_at\": \"2026-12-31T08:00:00Z").value(), 1798704000);
  EXPECT_EQ(of("expires_at=1798704000\n expires_at: \"1970-01-02").value(), kDay);
  EXPECT_EQ(of(kCertificate).value(), 1796003126);
  EXPECT_EQ(of("").error().message, "/t has no field expires_at and no certificate");
  EXPECT_EQ(of("expires_at: 2026-99-99").error().message, "/t: its expires_at is no date");
  EXPECT_EQ(of("-----BEGIN CERTIFICATE-----\nrubbish").error().message,
            "/t holds a certificate that can't be read");
}

TEST(Certificates, TellWhoseItIs) {
  const auto first = first_certificate_expiry("x\n" + kCertificate + kCertificate);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->subject, "/CN=one");
  EXPECT_FALSE(first_certificate_expiry(kCertificate + "-----BEGIN CERTIFICATE-----\nx"));
  EXPECT_FALSE(first_certificate_expiry(""));
}

TEST(JudgeDisk, ComparesBytesAndParts) {
  // 100 of 1000 blocks of 1 MiB are free.
  const std::string said = "100 1048576 1000\n";
  EXPECT_EQ(judge_disk({.path = "/o", .bytes = 1 << 20}, said).value(), "100 MiB (10 %) free");
  EXPECT_EQ(judge_disk({.path = "/o", .percent = 10}, said).value(), "100 MiB (10 %) free");
  EXPECT_EQ(judge_disk({.path = "/o", .percent = 11}, said).error().message,
            "100 MiB (10 %) free on the disk of /o, less than 11 %");
  EXPECT_EQ(judge_disk({.path = "/o", .bytes = std::int64_t{10} << 30}, said).error().message,
            "100 MiB (10 %) free on the disk of /o, less than 10.0 GiB");
  EXPECT_EQ(judge_disk({.path = "/o"}, "stat: no such file").error().message,
            "the room on the disk of /o can't be told: stat: no such file");
}

}  // namespace
}  // namespace holdfast
