#include "tests/support/fleet.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "resources/grafana/act.h"

namespace holdfast {
namespace {

/// A Grafana that keeps one data source.
struct Kept {
  Value source{};
  std::string secrets{};
  int acts = 0;
};
Kept& kept() {
  static Kept kept;
  return kept;
}

class KeepingService final : public Service {
 public:
  std::string name() const override { return kGrafanaService; }
  Result<Value> ask(const Server&, const std::string&, const Contact&) const override {
    return kept().source;
  }
  Result<void> act(const Server&, const std::string& act, const std::optional<Secret>& secret,
                   const Contact&) const override {
    ++kept().acts;
    if (secret) kept().secrets = secret->reveal();
    const GrafanaAct wanted = read_grafana_act(act).value_or(GrafanaAct{});
    ValueMap there = wanted.to.is_map() ? wanted.to.as_map() : ValueMap();
    there.set("uid", wanted.uid);
    there.set("version", 1);
    there.set("secrets", Value(ValueList{"key"}));
    kept().source = wanted.to.is_map() ? Value(std::move(there)) : Value();
    return {};
  }
};

Registry with_keeping_service() {
  Registry registry = all_kinds();
  registry.add(std::make_unique<KeepingService>());
  return registry;
}

std::string source_of(const std::string& secret, const std::string& url = "http://x") {
  return "hosts: h1\nresources:\n  - {grafana_datasource: p, type: prometheus, url: '" + url +
         "', secrets: {key: " + secret + "}, server: 'http://g', token: t}\n";
}

Row row(Fleet& fleet, const std::string& key = "key of machine-h1") {
  Plan plan = fleet.plan();
  const auto queries = text_queries(plan, "h1", fleet.registry());
  add_texts(plan, "h1", fleet.registry(), queries,
            {.texts = std::vector<OldText>(queries.size()), .key = key});
  return plan.rows[0];
}

TEST(WrittenOnly, TheRecordTellsWhetherASecretIsTheStatedOne) {
  kept() = {};
  Fleet fleet(source_of("one"), with_keeping_service);
  fleet.settle();
  EXPECT_EQ(kept().secrets, R"({"key": "one"})");
  Row same = row(fleet);
  EXPECT_EQ(same.change.action, Action::None);
  EXPECT_TRUE(same.steps.empty());
  EXPECT_EQ(same.standing, Standing::Same);
  // Nobody can tell without the key.
  EXPECT_EQ(row(fleet, "").change.action, Action::Update);
  fleet.manifest(source_of("two"));
  const Row changed = row(fleet);
  EXPECT_EQ(changed.change.attributes.size(), 1U);
  EXPECT_EQ(changed.change.attributes[0].name, "secret key");
  EXPECT_EQ(changed.standing, Standing::Pending);
  EXPECT_TRUE(changed.effects.one_way);
  // What changes beside it takes no secret along.
  fleet.manifest(source_of("one", "http://y"));
  const Row moved = row(fleet);
  ASSERT_EQ(moved.change.attributes.size(), 1U);
  EXPECT_EQ(moved.change.attributes[0].name, "url");
  EXPECT_FALSE(moved.effects.one_way);
  EXPECT_FALSE(std::get<Call>(moved.steps.at(0).step).secret);
}

}  // namespace
}  // namespace holdfast
