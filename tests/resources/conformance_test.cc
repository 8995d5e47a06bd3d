#include <gtest/gtest.h>

#include "engine/api/servers.h"
#include "engine/apply/rehearsed_blocks.h"
#include "engine/core/yaml.h"
#include "engine/manifest/typed.h"
#include "engine/plan/diff.h"
#include "tests/support/fake_grafana.h"
#include "tests/support/fake_host.h"
#include "tests/support/registry.h"

namespace holdfast {
namespace {

/// Tags of examples give a crypt hash: what a secret of theirs stands for.
class ExampleReader final : public NodeReader {
 public:
  Result<std::optional<Value>> read(const YamlNode& node, bool) const override {
    if (node.tag.empty()) return std::nullopt;
    return std::optional<Value>(Secret("$6$salt$hash"));
  }
};

/// The resource that an example of a schema states.
Resource read_example(const Kind& kind, const std::string& text, Diagnostics& diagnostics) {
  const Schema& schema = kind.schema();
  auto documents = parse_yaml(std::make_shared<const Source>(Source{"example.yaml", text}));
  Resource out;
  out.kind = schema.kind;
  if (!documents || documents->size() != 1 || documents->at(0).items.size() != 1) {
    diagnostics.error({.message = "not one resource: " + text});
    return out;
  }
  const ExampleReader reader;
  for (const auto& entry : documents->at(0).items[0].entries) {
    const bool file = entry.key == "source" || entry.key == "template";
    const Attribute* attribute = schema.find(file ? "content" : entry.key);
    if (entry.key == schema.kind) {
      out.name = entry.value.scalar;
    } else if (entry.key == "ensure") {
      out.absent = entry.value.scalar == "absent";
    } else if (file && attribute != nullptr) {
      out.desired.set("content", "text of " + entry.value.scalar);
    } else if (attribute != nullptr) {
      out.desired.set(entry.key, typed_attribute(entry.value, *attribute, "'" + entry.key + "'",
                                                 {.reader = &reader}, diagnostics));
    }
  }
  for (const Attribute& attribute : schema.attributes) {
    const bool stated = out.desired.find(attribute.name) != nullptr;
    if (!stated && !attribute.default_value.is_null() && !out.absent) {
      out.desired.set(attribute.name, attribute.default_value);
    }
  }
  return out;
}

/// Sends what is meant for any server to a stand-in.
class Redirected final : public HttpTransport {
 public:
  explicit Redirected(std::string to) : to_(std::move(to)) {}
  HttpOutcome exchange(const HttpRequest& request, const std::function<bool()>& go_on) override {
    HttpRequest redirected = request;
    const auto scheme = request.url.find("://");
    redirected.url = to_ + request.url.substr(request.url.find('/', scheme + 3));
    redirected.bearer = Secret("all");
    redirected.login.reset();
    return real_->exchange(redirected, go_on);
  }

 private:
  std::string to_;
  std::unique_ptr<HttpTransport> real_ = curl_transport({});
};

/// The server that resources of a service live on, one for all trials, and empty for each.
FakeGrafana& grafana() {
  static FakeGrafana grafana;
  return grafana;
}

/// One resource on one fake host, planned and applied as the engine does it.
class Trial {
 public:
  Trial(const Kind& kind, Resource resource) : kind_(kind), resource_(std::move(resource)) {
    lives_on_server_ = !kind_.server_queries(resource_).empty();
    if (lives_on_server_) grafana().tell("forget", nlohmann::json::object());
    arrange();
  }

  /// Of the host, and of the server.
  std::string snapshot() {
    const std::string host = host_.snapshot();
    if (!lives_on_server_) return host;
    return host + grafana().tell("snapshot", nlohmann::json::object()).dump();
  }
  /// All that was done stays.
  void confirm() {
    host_.confirm();
    calls_.clear();
  }
  FakeHost& host() { return host_; }
  Resource& resource() { return resource_; }

  Change plan() {
    auto answers = host_.ask(registry(), kind_.queries(resource_));
    if (!answers) {
      ADD_FAILURE() << answers.error().message;
      return {};
    }
    ask_servers(kind_.server_queries(resource_), registry(), reach(), *answers);
    const auto seen = kind_.read(resource_, *answers);
    if (!seen) {
      ADD_FAILURE() << seen.error().message;
      return {};
    }
    const Change change = diff(kind_, resource_, *seen);
    for (const AttributeChange& attribute : change.attributes) {
      EXPECT_EQ(attribute.before.find_unknown(), nullptr) << attribute.name;
    }
    return change;
  }

  /// As far as the engine goes where the host can't give one of its answers, for each of them.
  void plan_without_each_answer() {
    for (const Query& query : kind_.queries(resource_)) {
      auto answers = host_.ask(registry(), kind_.queries(resource_));
      ASSERT_TRUE(answers) << answers.error().message;
      ask_servers(kind_.server_queries(resource_), registry(), reach(), *answers);
      answers->set(query, Unknown{"needs root"});
      const auto seen = kind_.read(resource_, *answers);
      if (!seen) continue;
      const Change change = diff(kind_, resource_, *seen);
      const bool untold = std::any_of(
          change.attributes.begin(), change.attributes.end(),
          [](const AttributeChange& one) { return one.before.find_unknown() != nullptr; });
      if (untold || change.action == Action::None) continue;
      EXPECT_NO_THROW({
        kind_.steps(resource_, change);
        kind_.effects(resource_, change);
        kind_.notes(resource_, change, *answers);
      }) << query.collector
         << " " << query.key;
    }
  }

  Result<void> apply(const Change& change) {
    irreversible_ = false;
    std::vector<PhasedStep> steps = kind_.steps(resource_, change);
    std::stable_sort(steps.begin(), steps.end(),
                     [](const auto& a, const auto& b) { return a.phase < b.phase; });
    for (const PhasedStep& step : steps) {
      const Run* run = std::get_if<Run>(&step.step);
      irreversible_ |= run != nullptr && std::holds_alternative<Irreversible>(run->undo);
      if (const Call* call = std::get_if<Call>(&step.step)) {
        // What takes it back is there before it is made.
        HF_TRY(PendingCall pending, parse_pending_call(pending_call_text(*call)));
        calls_.push_back(std::move(pending));
        HF_CHECK(make_call(*call, registry(), reach()));
      } else {
        HF_CHECK(host_.act(step.step));
      }
    }
    return {};
  }

  /// What can be rehearsed of it, as it is rehearsed.
  Result<void> rehearse(const Change& change) {
    Block block;
    std::vector<PhasedStep> steps = kind_.steps(resource_, change);
    std::stable_sort(steps.begin(), steps.end(),
                     [](const auto& a, const auto& b) { return a.phase < b.phase; });
    for (PhasedStep& step : steps) block.acts.push_back({0, std::move(step.step), {0}});
    for (const Block& part : rehearsed_blocks({block}).blocks) {
      for (const Act& act : part.acts) HF_CHECK(host_.act(act.step));
    }
    return {};
  }

  /// Takes everything back, and compares with how it was.
  void undo(const std::string& before) {
    const FindServer find = [](const PendingCall& call) {
      Server server;
      server.service = call.service;
      server.address = call.address;
      return std::optional(server);
    };
    for (; !calls_.empty(); calls_.pop_back()) {
      const auto back = take_back_call(calls_.back(), find, registry(), reach());
      EXPECT_TRUE(back) << back.error().message;
    }
    const std::vector<std::string> left = host_.undo();
    if (irreversible_) return;
    EXPECT_TRUE(left.empty()) << left.front();
    EXPECT_EQ(snapshot(), before);
  }

  bool settled(const Change& change) const {
    return change.action == Action::None || kind_.schema().never_observed ||
           change.action == Action::Run;
  }

 private:
  static Reach reach() {
    const auto way = [] { return std::make_unique<Redirected>(grafana().url()); };
    return {{.transport = way}, way};
  }

  /// What the resource rests on: folders, accounts, groups, a package's unit, kernel settings.
  void arrange() {
    host_.settings = {
        {"net/ipv4/ip_forward", "0"}, {"net/ipv4/tcp_rmem", "1 2 3"}, {"kernel/panic", "0"}};
    host_.make_folder("/etc/exporter");
    host_.make_folder("/var/lib/systemd/linger");
    for (const char* unit : {"nginx.service", "apt-daily.timer"}) {
      host_.make_folder("/usr/lib/systemd/system");
      host_.files[std::string("/usr/lib/systemd/system/") + unit] = {.content = "[Unit]\n"};
    }
    host_.make_folder("/etc/prometheus");
    host_.files["/etc/prometheus/prometheus.yml"] = {
        .content =
            "global:\n  scrape_interval: 15s\nrule_files:\n  # - a.yml\nscrape_configs:\n"
            "  - job_name: node\n    static_configs:\n      - targets: [a:9100]\n"};
    host_.files["/etc/prometheus/alertmanager.yml"] = {
        .content =
            "route:\n  receiver: oncall-sre\n  routes:\n    - receiver: oncall-sre\n"
            "      matchers: [a=\"b\"]\nreceivers:\n  - name: oncall-sre\n  - name: \"1\"\n"};
    const Links links = kind_.links(resource_);
    for (const std::string& token : links.needs) {
      const bool own =
          std::find(links.provides.begin(), links.provides.end(), token) != links.provides.end();
      const std::string name = token.substr(token.find(':') + 1);
      if (own) continue;
      const bool unit = name.rfind("/etc/systemd/system/", 0) == 0;
      if (token.rfind("path:", 0) == 0 && !unit) host_.make_folder(name);
      if (token.rfind("grafana-folder:", 0) == 0) {
        grafana().ask("POST", "/api/folders", {{"uid", name}, {"title", name}});
      }
      if (token.rfind("group:", 0) == 0) host_.groups[name].gid = 500;
      if (token.rfind("user:", 0) == 0 && host_.accounts.count(name) == 0) {
        host_.groups[name] = {.gid = 600};
        host_.accounts[name] = {.uid = 600, .gid = 600, .home = "/home/" + name};
        host_.make_folder("/home/" + name);
      }
    }
    if (resource_.absent) make_present();
  }

  /// What is to go must be there first.
  void make_present() {
    const Resource wanted = resource_;
    resource_.absent = false;
    for (const Attribute& attribute : kind_.schema().attributes) {
      if (attribute.required && resource_.get(attribute.name) == nullptr) {
        resource_.desired.set(attribute.name, "1");
      }
    }
    const auto made = apply(plan());
    EXPECT_TRUE(made) << made.error().message;
    confirm();
    resource_ = wanted;
  }

  const Kind& kind_;
  Resource resource_;
  FakeHost host_;
  std::vector<PendingCall> calls_;
  bool lives_on_server_ = false;
  bool irreversible_ = false;
};

struct Example {
  std::string kind;
  std::size_t index;
};

/// Servers that have no stand-in here: their kinds have one in their own tests.
bool lives_elsewhere(const Kind& kind) {
  Resource resource;
  resource.kind = kind.schema().kind;
  const auto asked = kind.server_queries(resource);
  return std::any_of(asked.begin(), asked.end(),
                     [](const ServerQuery& query) { return query.server.service != "grafana"; });
}

std::vector<Example> examples(bool with_servers) {
  std::vector<Example> out;
  for (const Kind* kind : registry().kinds()) {
    if (!with_servers && lives_elsewhere(*kind)) continue;
    for (std::size_t i = 0; i < kind->schema().examples.size(); ++i) {
      out.push_back({kind->schema().kind, i});
    }
  }
  return out;
}

class Conformance : public testing::TestWithParam<Example> {
 protected:
  const Kind& kind() const { return *registry().kind(GetParam().kind); }
  Resource resource() const {
    Diagnostics diagnostics;
    Resource out = read_example(kind(), kind().schema().examples[GetParam().index], diagnostics);
    for (const Error& error : diagnostics.errors()) ADD_FAILURE() << error.message;
    return out;
  }
};

class Soundness : public Conformance {};

TEST_P(Soundness, TheExampleIsSound) {
  const Resource example = resource();
  for (const Error& error : kind().check(example)) ADD_FAILURE() << error.message;
  EXPECT_FALSE(kind().identity(example).empty());
  EXPECT_FALSE(kind().schema().doc.empty());
  for (const Attribute& attribute : kind().schema().attributes) {
    EXPECT_FALSE(attribute.doc.empty()) << attribute.name;
  }
}

/// `always: true` says that it acts in every apply.
bool acts_always(const Resource& resource) {
  const Value* always = resource.get("always");
  return always != nullptr && *always == Value(true);
}

TEST_P(Conformance, AppliesOnceAndGoesBack) {
  Trial trial(kind(), resource());
  const std::string before = trial.snapshot();
  const int asked = trial.host().round_trips();
  const Change change = trial.plan();
  EXPECT_EQ(trial.host().round_trips(), asked + 1);
  EXPECT_NE(change.action, Action::None);
  EXPECT_EQ(trial.snapshot(), before) << "a plan changed something";
  const auto applied = trial.apply(change);
  ASSERT_TRUE(applied) << applied.error().message;
  const Change again = trial.plan();
  EXPECT_TRUE(acts_always(resource()) || trial.settled(again)) << again.reason;
  trial.undo(before);
  EXPECT_EQ(trial.plan().action, change.action);
}

TEST_P(Conformance, IsPlannedAroundAnAnswerThatCantBeHad) {
  Trial trial(kind(), resource());
  trial.plan_without_each_answer();
  const auto applied = trial.apply(trial.plan());
  ASSERT_TRUE(applied) << applied.error().message;
  trial.plan_without_each_answer();
  trial.resource().absent = kind().schema().can_be_absent;
  trial.plan_without_each_answer();
}

TEST_P(Conformance, GoesThereAndBackInARehearsal) {
  Trial trial(kind(), resource());
  const std::string before = trial.snapshot();
  const auto rehearsed = trial.rehearse(trial.plan());
  ASSERT_TRUE(rehearsed) << rehearsed.error().message;
  trial.undo(before);
}

TEST_P(Conformance, EveryProgramSaysHowItIsRehearsed) {
  Trial trial(kind(), resource());
  for (const PhasedStep& phased : kind().steps(resource(), trial.plan())) {
    const auto* run = std::get_if<holdfast::Run>(&phased.step);
    if (run == nullptr) continue;
    EXPECT_FALSE(run->rehearsal == holdfast::Run().rehearsal) << describe(phased.step);
  }
}

TEST_P(Conformance, AFailureAtAnyStepGoesBack) {
  for (const bool lost : {false, true}) {
    for (int step = 1; step < 20; ++step) {
      Trial trial(kind(), resource());
      const std::string before = trial.snapshot();
      const int at = trial.host().steps() + step;
      lost ? trial.host().lose_at(at) : trial.host().fail_at(at);
      const Change change = trial.plan();
      const bool done = trial.apply(change).has_value();
      SCOPED_TRACE((lost ? "lost at step " : "failed at step ") + std::to_string(step));
      trial.undo(before);
      if (done) break;
    }
  }
}

TEST_P(Conformance, GoesAwayAndComesBack) {
  if (!kind().schema().can_be_absent || resource().absent) return;
  Trial trial(kind(), resource());
  const auto made = trial.apply(trial.plan());
  ASSERT_TRUE(made) << made.error().message;
  trial.confirm();
  const std::string present = trial.snapshot();
  trial.resource().absent = true;
  const Change change = trial.plan();
  EXPECT_EQ(change.action, Action::Delete);
  const auto removed = trial.apply(change);
  ASSERT_TRUE(removed) << removed.error().message;
  EXPECT_EQ(trial.plan().action, Action::None);
  trial.undo(present);
}

std::string name_of(const testing::TestParamInfo<Example>& p) {
  return p.param.kind + "_" + std::to_string(p.param.index);
}
INSTANTIATE_TEST_SUITE_P(EveryKind, Soundness, testing::ValuesIn(examples(true)), name_of);
INSTANTIATE_TEST_SUITE_P(EveryKind, Conformance, testing::ValuesIn(examples(false)), name_of);

TEST(ConformanceOfAll, EveryKindHasAnExample) {
  for (const Kind* kind : registry().kinds()) {
    EXPECT_FALSE(kind->schema().examples.empty()) << kind->schema().kind;
  }
}

TEST(ConformanceOfAll, EveryQueryHasACollector) {
  for (const Kind* kind : registry().kinds()) {
    for (const std::string& text : kind->schema().examples) {
      Diagnostics diagnostics;
      for (const Query& query : kind->queries(read_example(*kind, text, diagnostics))) {
        EXPECT_NE(registry().collector(query.collector), nullptr) << query.collector;
      }
    }
  }
}

}  // namespace
}  // namespace holdfast
