#include <gtest/gtest.h>

#include "tests/resources/make.h"
#include "tests/resources/table.h"

namespace holdfast {

std::unique_ptr<Kind> make_logrotate_kind();

namespace {

constexpr const char* kLogrotatePath = "/etc/logrotate.d/app";
constexpr const char* kLogrotateText =
    "# Written by holdfast.\n\"/var/log/a.log\" {\n    daily\n    rotate 7\n}\n";

State daily() {
  return state({{"paths", ValueList{"/var/log/a.log"}}, {"frequency", "daily"}, {"rotate", 7}});
}

class LogrotatePlan : public testing::TestWithParam<KindCase> {};

TEST_P(LogrotatePlan, ChangesOnlyWhatDiffersAndCanGoBack) {
  const auto kind = make_logrotate_kind();
  const KindCase& c = GetParam();
  expect_case(*kind, resource_for(*kind, "app", c.desired, c.absent), c);
}

INSTANTIATE_TEST_SUITE_P(Table, LogrotatePlan,
                         testing::Values(KindCase{"Converged", daily(),
                                                  file_answers(kLogrotatePath, stat_answer("file"),
                                                               digest_answer(kLogrotateText)),
                                                  ""},
                                         KindCase{"Removed",
                                                  {},
                                                  file_answers(kLogrotatePath, stat_answer("file"),
                                                               digest_answer("x")),
                                                  "remove /etc/logrotate.d/app if file 2d71\n",
                                                  "",
                                                  "ensure: absent",
                                                  true}),
                         [](const auto& p) { return p.param.name; });

TEST(Logrotate, SaysAllThatIsStated) {
  const auto kind = make_logrotate_kind();
  const State desired =
      state({{"paths", ValueList{"/home/*/x.log", "/var/log/a b.log"}},
             {"frequency", "weekly"},
             {"maxsize", 1048576},
             {"compress", true},
             {"missingok", false},
             {"notifempty", false},
             {"create", Value(state({{"mode", "0640"}, {"owner", "root"}, {"group", "adm"}}))},
             {"su", Value(state({{"user", "app"}, {"group", "app"}}))},
             {"olddir", "/var/log/old"},
             {"postrotate", "systemctl reload a\ntrue\n"},
             {"options", ValueList{"shred"}}});
  const Resource resource = resource_for(*kind, "app", desired);
  EXPECT_EQ(kind->text(resource, "content").bytes(),
            "# Written by holdfast.\n\"/home/*/x.log\"\n\"/var/log/a b.log\" {\n    weekly\n    "
            "maxsize 1048576\n    compress\n    nomissingok\n    ifempty\n    create 0640 root "
            "adm\n    su app app\n    olddir /var/log/old\n    shred\n    postrotate\n        "
            "systemctl reload a\n        true\n    endscript\n}\n");
  const Links links = kind->links(resource);
  for (const char* token : {"user:app", "group:adm", "path:/var/log/old", "package:logrotate"}) {
    EXPECT_EQ(std::count(links.needs.begin(), links.needs.end(), token), 1) << token;
  }
}

TEST(Logrotate, RefusesWhatLogrotateWouldReadOtherwise) {
  const auto kind = make_logrotate_kind();
  const auto said = [&](const char* name, const char* attribute, Value value) {
    State desired = daily();
    if (*attribute != '\0') desired.set(attribute, std::move(value));
    return check_text(*kind, resource_for(*kind, name, desired));
  };
  EXPECT_EQ(said("app", "", {}), "");
  for (const char* name : {"", "a.dpkg-old", "a~", "../a", "-a"}) {
    EXPECT_NE(said(name, "", {}), "") << name;
  }
  for (const char* path : {"a.log", "/a\"b", "/a\nb"}) {
    EXPECT_NE(said("app", "paths", ValueList{path}), "") << path;
  }
  EXPECT_NE(said("app", "paths", ValueList{}), "");
  EXPECT_NE(said("app", "size", 5), "");
  EXPECT_NE(said("app", "postrotate", "true\n endscript\n}"), "");
  EXPECT_NE(said("app", "options", ValueList{"} /etc/shadow {"}), "");
}

}  // namespace
}  // namespace holdfast
