// What /proc, statvfs and the credential's file say.
#include <gtest/gtest.h>

#include "exporter/cpu.h"
#include "exporter/credential.h"
#include "exporter/disk.h"
#include "exporter/memory.h"
#include "tests/support/temp_folder.h"

namespace holdfast::exporter {
namespace {

TEST(Cpu, CountsAllButIdleAndWaitingAsBusy) {
  const auto ticks = parse_cpu_ticks("cpu  100 20 30 1000 40 5 6 7 90 10\ncpu0 1 2 3 4 5 6 7 8\n");
  ASSERT_TRUE(ticks);
  EXPECT_EQ(ticks->total, 1208U);  // guests are in user and nice already
  EXPECT_EQ(ticks->busy, 168U);
}

TEST(Cpu, RefusesWhatIsNoStat) {
  for (const char* text : {"", "cpu", "cpu  1 2 3", "cpu0 1 2 3 4 5 6 7 8", "cpu  1 2 x 4 5 6 7 8",
                           "cpu  1 2 3 4 5 6 7 99999999999999999999999"}) {
    EXPECT_FALSE(parse_cpu_ticks(text)) << text;
  }
}

TEST(Cpu, IsBusyAsInTheLastSamplesWhoeverAsks) {
  const TempFolder proc;
  const auto stat = [&](int busy, int idle) {
    proc.write("stat",
               "cpu  " + std::to_string(busy) + " 0 0 " + std::to_string(idle) + " 0 0 0 0\n");
  };
  Cpu cpu(proc.path());
  stat(0, 0);
  EXPECT_FALSE(cpu.percent()) << "no sample yet";
  cpu.sample();
  EXPECT_FALSE(cpu.percent()) << "no tick since";
  stat(25, 75);
  EXPECT_EQ(cpu.percent(), 25.0);
  EXPECT_EQ(cpu.percent(), 25.0) << "asking must not begin a new interval";
  for (int k = 0; k < 3; ++k) cpu.sample();
  stat(125, 75);
  EXPECT_EQ(cpu.percent(), 100.0) << "what came before the samples is forgotten";
}

TEST(Cpu, StaysWithinBoundsWhereTheKernelsCountGoesBack) {
  const TempFolder proc;
  proc.write("stat", "cpu  0 0 0 0 50 0 0 0\n");
  Cpu cpu(proc.path());
  cpu.sample();
  proc.write("stat", "cpu  100 0 0 0 10 0 0 0\n");
  EXPECT_EQ(cpu.percent(), 100.0);
}

TEST(Cpu, SaysNothingWithoutProc) {
  const TempFolder empty;
  Cpu cpu(empty.path());
  cpu.sample();
  EXPECT_FALSE(cpu.percent());
}

TEST(Memory, IsUsedWhereItIsNotAvailable) {
  const auto memory =
      parse_memory("MemTotal:        1000 kB\nMemFree: 1 kB\nMemAvailable:     250 kB\n");
  ASSERT_TRUE(memory);
  EXPECT_EQ(memory->total_bytes, 1024000U);
  EXPECT_EQ(memory->used_percent, 75.0);
}

TEST(Memory, RefusesWhatIsNoMeminfo) {
  for (const char* text :
       {"", "MemTotal: 5 kB\n", "MemAvailable: 5 kB\n", "MemTotal: x kB\nMemAvailable: 1 kB\n",
        "MemTotal: 0 kB\nMemAvailable: 0 kB\n", "MemTotal: 1 kB\nMemAvailable: 2 kB\n"}) {
    EXPECT_FALSE(parse_memory(text)) << text;
  }
  EXPECT_FALSE(read_memory("/nonexistent"));
}

TEST(Disk, LeavesOutWhatIsRootsAlone) {
  const auto disk = disk_of(4096, 1000, 400, 350);
  ASSERT_TRUE(disk);
  EXPECT_EQ(disk->available_bytes, 350U * 4096);
  EXPECT_DOUBLE_EQ(disk->used_percent, 100.0 * 600 / 950);
  EXPECT_FALSE(disk_of(4096, 0, 0, 0));
  EXPECT_FALSE(disk_of(4096, 1, 2, 0));
  EXPECT_TRUE(read_disk("/"));
  EXPECT_FALSE(read_disk("/nonexistent"));
}

struct Expiry {
  const char* text;
  std::optional<std::int64_t> seconds;
};

class CredentialExpiry : public testing::TestWithParam<Expiry> {};

TEST_P(CredentialExpiry, IsReadAsGitHubAndPeopleWriteIt) {
  EXPECT_EQ(parse_expiry(GetParam().text), GetParam().seconds) << GetParam().text;
}

INSTANTIATE_TEST_SUITE_P(
    Table, CredentialExpiry,
    testing::Values(Expiry{"1798675200", 1798675200}, Expiry{"  1798675200\nmore\n", 1798675200},
                    Expiry{"2026-12-31", 1798675200}, Expiry{"2026-12-31T01:02:03Z", 1798678923},
                    Expiry{"2026-12-31 01:02:03 UTC\r\n", 1798678923},
                    Expiry{"2026-12-31T01:02:03+00:00", 1798678923},
                    Expiry{"2024-02-29", 1709164800}, Expiry{"", {}}, Expiry{"never", {}},
                    Expiry{"-5", {}}, Expiry{"2026-02-29", {}}, Expiry{"2026-13-01", {}},
                    Expiry{"2026-12-31T25:00:00Z", {}}, Expiry{"2026-12-31T01:02:03", {}},
                    Expiry{"2026-12-31T01:02:03+02:00", {}}, Expiry{"2026-12-31Z", {}},
                    Expiry{"17986752001798675200", {}}));

}  // namespace
}  // namespace holdfast::exporter
