#include "engine/apply/culprits.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace holdfast {
namespace {

/// Acts, of which some leave paths behind: by place, from 0.
class Acts {
 public:
  Acts(int count, std::map<int, std::vector<std::string>> wrong)
      : count_(count), wrong_(std::move(wrong)) {}

  Rehearsed rehearse(int count) {
    ++rehearsals_;
    Rehearsed out;
    for (const auto& [act, paths] : wrong_) {
      if (act >= count) continue;
      for (const std::string& path : paths) out.differences.push_back({path, "is left behind"});
    }
    return out;
  }

  /// "3: /a /b" of each culprit.
  std::vector<std::string> culprits() {
    const Rehearsed whole = rehearse(count_);
    rehearsals_ = 0;
    const auto found = find_culprits(
        count_, whole, [&](int count) -> Result<Rehearsed> { return rehearse(count); });
    std::vector<std::string> out;
    for (const Culprit& culprit : *found) {
      std::string line = std::to_string(culprit.act) + ":";
      for (const auto& one : culprit.differences) line += " " + one.path;
      out.push_back(line);
    }
    return out;
  }

  int rehearsals() const { return rehearsals_; }

 private:
  int count_;
  std::map<int, std::vector<std::string>> wrong_;
  int rehearsals_ = 0;
};

using testing::ElementsAre;

TEST(Culprits, NothingIsAskedWhereNothingDiffers) {
  Acts acts(8, {});
  EXPECT_THAT(acts.culprits(), testing::IsEmpty());
  EXPECT_EQ(acts.rehearsals(), 0);
}

TEST(Culprits, OneActIsKnownAtOnce) {
  Acts acts(1, {{0, {"/a", "/b"}}});
  EXPECT_THAT(acts.culprits(), ElementsAre("0: /a /b"));
  EXPECT_EQ(acts.rehearsals(), 0);
}

TEST(Culprits, TheActIsFoundWithFewQuestions) {
  for (const int place : {0, 1, 50, 98, 99}) {
    Acts acts(100, {{place, {"/etc/passwd"}}});
    EXPECT_THAT(acts.culprits(), ElementsAre(std::to_string(place) + ": /etc/passwd"));
    EXPECT_LE(acts.rehearsals(), 7) << place;
  }
}

TEST(Culprits, EachOfSeveralIsNamedWithItsOwnPaths) {
  Acts acts(20, {{3, {"/a"}}, {4, {"/b", "/c"}}, {19, {"/d"}}});
  EXPECT_THAT(acts.culprits(), ElementsAre("3: /a", "4: /b /c", "19: /d"));
}

/// A path that an earlier act spoilt tells nothing of a later one.
TEST(Culprits, APathIsToldOfTheFirstThatSpoilsIt) {
  Acts acts(4, {{1, {"/a"}}, {2, {"/a", "/b"}}});
  EXPECT_THAT(acts.culprits(), ElementsAre("1: /a", "2: /b"));
}

TEST(Culprits, NoEndOfMistakesIsNoEndOfQuestions) {
  std::map<int, std::vector<std::string>> wrong;
  for (int i = 0; i < 60; ++i) wrong[i] = {"/" + std::to_string(i)};
  Acts acts(60, wrong);
  const auto found = acts.culprits();
  EXPECT_EQ(found.size(), 11U);
  EXPECT_LT(acts.rehearsals(), 80);
}

}  // namespace
}  // namespace holdfast
