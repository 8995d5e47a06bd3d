#include <gtest/gtest.h>

#include "tests/resources/make.h"
#include "tests/resources/table.h"

namespace holdfast {

std::unique_ptr<Kind> make_grafana_provider_kind();

namespace {

constexpr const char* kProviderPath = "/etc/grafana/provisioning/dashboards/own.yaml";
constexpr const char* kProviderText =
    "# Written by holdfast.\napiVersion: 1\nproviders:\n  - name: \"own\"\n    type: file\n    "
    "disableDeletion: false\n    allowUiUpdates: false\n    updateIntervalSeconds: 10\n    "
    "options:\n      path: \"/var/lib/grafana/dashboards\"\n";

class GrafanaProviderPlan : public testing::TestWithParam<KindCase> {};

TEST_P(GrafanaProviderPlan, ChangesOnlyWhatDiffersAndCanGoBack) {
  const auto kind = make_grafana_provider_kind();
  const KindCase& c = GetParam();
  expect_case(*kind, resource_for(*kind, "own", c.desired, c.absent), c);
}

INSTANTIATE_TEST_SUITE_P(
    Table, GrafanaProviderPlan,
    testing::Values(KindCase{"Converged",
                             {},
                             file_answers(kProviderPath, stat_answer("file"),
                                          digest_answer(kProviderText)),
                             ""},
                    KindCase{"Removed",
                             {},
                             file_answers(kProviderPath, stat_answer("file"), digest_answer("x")),
                             "remove /etc/grafana/provisioning/dashboards/own.yaml if file 2d71\n",
                             "",
                             "ensure: absent",
                             true}),
    [](const auto& p) { return p.param.name; });

TEST(GrafanaProvider, SaysAllThatIsStated) {
  const auto kind = make_grafana_provider_kind();
  const State desired = state({{"path", "/srv/a b"},
                               {"folder", "Rünners: \"all\""},
                               {"folder_uid", "runners"},
                               {"interval", 30.0},
                               {"allow_ui_updates", true},
                               {"keep_deleted", true},
                               {"provisioning", "/opt/grafana"}});
  const Resource resource = resource_for(*kind, "own", desired);
  EXPECT_EQ(kind->text(resource, "content").bytes(),
            "# Written by holdfast.\napiVersion: 1\nproviders:\n  - name: \"own\"\n    type: "
            "file\n    folder: \"Rünners: \\\"all\\\"\"\n    folderUid: \"runners\"\n    "
            "disableDeletion: true\n    allowUiUpdates: true\n    updateIntervalSeconds: 30\n    "
            "options:\n      path: \"/srv/a b\"\n");
  const Links links = kind->links(resource);
  EXPECT_EQ(links.provides, std::vector<std::string>{"path:/opt/grafana/dashboards/own.yaml"});
  EXPECT_EQ(std::count(links.needs.begin(), links.needs.end(), "path:/srv/a b"), 1);
  EXPECT_NE(kind->identity(resource), kind->identity(resource_for(*kind, "own", {})));
}

TEST(GrafanaProvider, RefusesWhatGrafanaWouldNotTake) {
  const auto kind = make_grafana_provider_kind();
  const auto said = [&](const char* name, const char* attribute, Value value) {
    State desired;
    if (*attribute != '\0') desired.set(attribute, std::move(value));
    return check_text(*kind, resource_for(*kind, name, desired));
  };
  EXPECT_EQ(said("own", "", {}), "");
  for (const char* name : {"", "a.b", "../a", "-a", "a b"})
    EXPECT_NE(said(name, "", {}), "") << name;
  EXPECT_NE(said("own", "folder_uid", "runners"), "");
  EXPECT_NE(said("own", "folder_uid", "a/b"), "");
  EXPECT_NE(said("own", "interval", 0.5), "");
}

}  // namespace
}  // namespace holdfast
