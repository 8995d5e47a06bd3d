#include "engine/cli/glance.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/site.h"

namespace holdfast {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> glance(const std::string& manifest,
                                const std::vector<std::string>& limit = {}) {
  Site site(manifest);
  return glance_at_hosts({site.folder() + "/manifests/site.yaml"}, limit, site.inventory());
}

TEST(Glance, SeesWhichHostsAManifestSeemsToName) {
  EXPECT_THAT(glance("manifest: a\nhosts: web\nresources: []\n"), ElementsAre("h1", "h2"));
  EXPECT_THAT(glance("hosts: h1\n---\nhosts: h3\n"), ElementsAre("h1", "h3"));
  EXPECT_THAT(glance("hosts: web\n", {"h2", "h3"}), ElementsAre("h2"));
}

TEST(Glance, LeavesWhatItCantBeSureOf) {
  EXPECT_THAT(glance("hosts: \"{{ x }}\"\n"), IsEmpty());
  EXPECT_THAT(glance("hosts: [h1]\n"), IsEmpty());
  EXPECT_THAT(glance("vars:\n  hosts: h1\n"), IsEmpty());
  EXPECT_THAT(glance("hosts: nobody\n"), IsEmpty());
  EXPECT_THAT(glance_at_hosts({"/nowhere"}, {}, Inventory()), IsEmpty());
}

}  // namespace
}  // namespace holdfast
