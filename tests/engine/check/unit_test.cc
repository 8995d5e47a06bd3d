#include "engine/check/unit.h"

#include <gtest/gtest.h>

namespace holdfast {
namespace {

std::string said(const Probe::Unit& wanted, const std::string& shown) {
  const auto found = judge_units(wanted, shown);
  return found ? *found : found.error().message;
}

constexpr const char* kActive =
    "Id=a.service\nActiveState=active\nSubState=running\nResult=success\n";
constexpr const char* kFailed =
    "Result=exit-code\nId=b.service\nActiveState=failed\nSubState=failed\n";

TEST(JudgeUnits, TellsOneByTheNameThatItWasAskedFor) {
  EXPECT_EQ(said({.name = "alias.service"}, kActive), "active");
  EXPECT_EQ(said({.name = "b.service"}, kFailed),
            "b.service is failed (exit-code, failed), not active");
  EXPECT_EQ(said({.name = "b.service", .state = "failed"}, kFailed), "failed");
  EXPECT_EQ(said({.name = "b.service"}, "System has not been booted with systemd\n"),
            "b.service is not active: System has not been booted with systemd");
}

TEST(JudgeUnits, WantsAllThatAPatternMatchesAndAtLeastOne) {
  const Probe::Unit all{.name = "*.service"};
  EXPECT_EQ(said(all, kActive), "a.service is active");
  EXPECT_EQ(said(all, std::string(kActive) + "\n" + kActive),
            "a.service is active, a.service is active");
  EXPECT_EQ(said(all, std::string(kActive) + "\n" + kFailed),
            "b.service is failed (exit-code, failed), not active");
  EXPECT_EQ(said(all, ""), "no loaded unit is called *.service");
  EXPECT_EQ(judge_units(all, "").error().hint,
            "`systemctl list-unit-files '*.service'` shows those that are only installed");
}

}  // namespace
}  // namespace holdfast
