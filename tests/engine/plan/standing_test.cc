#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/fleet.h"

namespace holdfast {
namespace {

std::string file_of(const std::string& content) {
  return "hosts: h1\nresources:\n  - {file: /srv/a, content: " + content + "}\n";
}

/// Whose doing the difference of the one file is.
Standing standing(Fleet& fleet) {
  Plan plan = fleet.plan();
  const auto queries = text_queries(plan, "h1", fleet.registry());
  add_texts(plan, "h1", fleet.registry(), queries,
            {.texts = std::vector<OldText>(queries.size()), .key = "key of machine-h1"});
  return plan.rows[0].standing;
}

TEST(Standing, TellsDriftFromWhatIsStillToBeDone) {
  Fleet fleet(file_of("one"));
  EXPECT_EQ(standing(fleet), Standing::New);
  fleet["h1"].host.files["/srv/a"] = {.content = "somebody's"};
  EXPECT_EQ(standing(fleet), Standing::Stranger);
  fleet.settle();
  EXPECT_EQ(standing(fleet), Standing::Same);
  fleet.manifest(file_of("two"));
  EXPECT_EQ(standing(fleet), Standing::Pending);
  fleet["h1"].host.files["/srv/a"].content = "edited";
  EXPECT_EQ(standing(fleet), Standing::Both);
  fleet.manifest(file_of("one"));
  EXPECT_EQ(standing(fleet), Standing::Drift);
  fleet["h1"].host.files.erase("/srv/a");
  EXPECT_EQ(standing(fleet), Standing::Drift);
}

TEST(Standing, ALinkInTheFilesPlaceIsDriftAlone) {
  Fleet fleet(file_of("one"));
  fleet.settle();
  fleet["h1"].host.files["/srv/a"] = {.type = "link", .content = "/srv/b"};
  EXPECT_EQ(standing(fleet), Standing::Drift);
  fleet.manifest(file_of("two"));
  EXPECT_EQ(standing(fleet), Standing::Both);
}

TEST(Standing, OldTextsAreAskedForWithOurOwnDigest) {
  Fleet fleet(file_of("one"));
  fleet.settle();
  fleet.manifest(file_of("two"));
  Plan plan = fleet.plan();
  const auto queries = text_queries(plan, "h1", fleet.registry());
  ASSERT_EQ(queries.size(), 1U);
  EXPECT_EQ(queries[0].path, "/srv/a");
  EXPECT_EQ(queries[0].ours.size(), 64U);
  add_texts(plan, "h1", fleet.registry(), queries, {.texts = {{.text = "one"}}, .key = "k"});
  EXPECT_EQ(plan.rows[0].texts.at("content").before.text, "one");
  EXPECT_EQ(plan.rows[0].texts.at("content").after.as_text(), "two");
}

}  // namespace
}  // namespace holdfast
