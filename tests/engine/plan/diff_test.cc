#include "engine/plan/diff.h"

#include <gtest/gtest.h>

namespace holdfast {
namespace {

const Schema& schema() {
  static const Schema kSchema{.kind = "thing",
                              .doc = "",
                              .name_doc = "",
                              .attributes = {{.name = "mode"},
                                             {.name = "content", .content = true},
                                             {.name = "password", .secret = true},
                                             {.name = "type", .immutable = true, .computed = true},
                                             {.name = "groups"}}};
  return kSchema;
}

State state(std::vector<std::pair<std::string, Value>> entries) {
  State out;
  for (auto& [name, value] : entries) out.set(name, std::move(value));
  return out;
}

struct Case {
  const char* name;
  State desired;
  std::optional<State> observed;
  Action action;
  std::size_t attributes;
  const char* reason;
};

class Diff : public testing::TestWithParam<Case> {};

TEST_P(Diff, ComparesOnlyWhatIsStated) {
  const Case& c = GetParam();
  const Change change = diff(schema(), c.desired, c.observed);
  EXPECT_EQ(change.action, c.action);
  EXPECT_EQ(change.attributes.size(), c.attributes);
  EXPECT_EQ(change.reason, c.reason);
  EXPECT_EQ(change.before.has_value(), c.observed.has_value());
}

INSTANTIATE_TEST_SUITE_P(
    Table, Diff,
    testing::Values(
        Case{"Same", state({{"mode", "0644"}}), state({{"mode", "0644"}, {"owner", "bob"}}),
             Action::None, 0, ""},
        Case{"NullIsNotManaged", state({{"mode", Value{}}}), state({{"mode", "0644"}}),
             Action::None, 0, ""},
        Case{"Update", state({{"mode", "0600"}}), state({{"mode", "0644"}}), Action::Update, 1,
             "mode 0644 -> 0600"},
        Case{"Two", state({{"mode", "0600"}, {"content", "sha256:1"}}),
             state({{"mode", "0644"}, {"content", "sha256:2"}}), Action::Update, 2,
             "mode 0644 -> 0600, content differs"},
        Case{"NotSet", state({{"mode", "0600"}}), state({}), Action::Update, 1, "mode is not 0600"},
        Case{"SecretsByBytes", state({{"password", Secret("x")}}), state({{"password", "x"}}),
             Action::None, 0, ""},
        Case{"SecretsAreNotTold", state({{"password", Secret("x")}}), state({{"password", "y"}}),
             Action::Update, 1, "password differs"},
        Case{"Unknown", state({{"mode", "0600"}}), state({{"mode", Unknown{"needs root"}}}),
             Action::Update, 1, "mode can't be told (needs root)"},
        Case{"UnknownIsNoReplacement", state({{"type", "file"}}),
             state({{"type", Unknown{"needs root"}}}), Action::Update, 1,
             "type can't be told (needs root)"},
        Case{"Replace", state({{"type", "file"}, {"mode", "0644"}}),
             state({{"type", "link"}, {"mode", "0777"}}), Action::Replace, 2,
             "type link -> file, mode 0777 -> 0644"},
        Case{"Create", state({{"type", "file"}, {"mode", "0644"}}), std::nullopt, Action::Create, 1,
             "does not exist"},
        Case{"NoForgedLine", state({{"mode", "a\n+ evil"}}), state({{"mode", ""}}), Action::Update,
             1, "mode \"\" -> a\\n+ evil"}),
    [](const auto& p) { return p.param.name; });

TEST(DiffDefaults, AreShownOnlyForWhatIsNew) {
  const State desired = state({{"mode", "0600"}});
  const State defaults = state({{"mode", "0644"}, {"owner", "root"}});
  const Change created = diff(schema(), desired, std::nullopt, defaults);
  ASSERT_EQ(created.attributes.size(), 2U);
  EXPECT_EQ(created.find("mode")->after, Value("0600"));
  EXPECT_EQ(created.find("owner")->after, Value("root"));
  const Change updated =
      diff(schema(), desired, state({{"mode", "0640"}, {"owner", "bob"}}), defaults);
  ASSERT_EQ(updated.attributes.size(), 1U);
}

}  // namespace
}  // namespace holdfast
