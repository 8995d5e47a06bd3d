#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/report/plan_text.h"
#include "tests/support/fleet.h"

namespace holdfast {
namespace {

using testing::HasSubstr;
using testing::Not;

/// The plan as people see it, where the host says of every old text that no file is there.
std::string shown(Fleet& fleet) {
  Plan plan = fleet.plan();
  const auto queries = text_queries(plan, "h1", fleet.registry());
  const std::vector<OldText> none(queries.size(), {.hidden = OldText::Hidden::NoFile});
  add_texts(plan, "h1", fleet.registry(), queries, {.texts = none});
  return plan_text(plan, fleet.registry(), {});
}

TEST(Replace, SaysWhatTheOldThingWas) {
  Fleet file("hosts: h1\nresources:\n  - {file: /srv/a, content: new}\n");
  file["h1"].host.files["/srv/a"] = {.type = "link", .content = "/srv/b"};
  const std::string of_link = shown(file);
  EXPECT_THAT(of_link, HasSubstr("type: link -> file\n"));
  EXPECT_THAT(of_link, HasSubstr("target: /srv/b -> not set\n"));
  EXPECT_THAT(of_link, HasSubstr("+new\n")) << "there was no text before";
  EXPECT_THAT(of_link, Not(HasSubstr("not shown")));

  Fleet link("hosts: h1\nresources:\n  - {symlink: /srv/a, target: /srv/b}\n");
  link["h1"].host.files["/srv/a"] = {.content = "old"};
  const std::string of_file = shown(link);
  EXPECT_THAT(of_file, HasSubstr("type: file -> link\n"));
  EXPECT_THAT(of_file, HasSubstr("content: sha256:"));
  EXPECT_THAT(of_file, Not(HasSubstr("owner")));
}

}  // namespace
}  // namespace holdfast
