#include <gtest/gtest.h>

#include "engine/core/hash.h"
#include "engine/plan/diff.h"
#include "resources/login.h"
#include "tests/resources/make.h"
#include "tests/support/fake_host.h"
#include "tests/support/registry.h"

namespace holdfast {

std::unique_ptr<Kind> make_nftables_kind();
std::unique_ptr<Collector> make_nftables_collector();

namespace {

constexpr const char* kBody = "chain input {\n  tcp dport 22 accept\n}\n";
constexpr const char* kGuardFile = "/etc/nftables-inet-guard.nft";

Resource guard(const std::string& text = kBody) {
  return resource_of("inet guard", state({{"content", text}}));
}
Resource ruleset(const std::string& text, State more = {}) {
  more.set("content", text);
  return resource_of("ruleset", std::move(more));
}

class Nftables : public testing::Test {
 protected:
  std::optional<State> see(const Resource& resource) {
    const auto answers = host.ask(registry(), kind->queries(resource));
    EXPECT_TRUE(answers) << answers.error().message;
    const auto seen = kind->read(resource, *answers);
    if (!seen) error = seen.error();
    return seen ? *seen : std::nullopt;
  }
  Change plan(const Resource& resource) { return diff(*kind, resource, see(resource)); }
  void apply(const Resource& resource) {
    for (const PhasedStep& step : kind->steps(resource, plan(resource))) {
      const auto done = host.act(step.step);
      EXPECT_TRUE(done) << done.error().message;
    }
  }
  std::string loaded(const Resource& resource) {
    const Change change = plan(resource);
    const AttributeChange* found = change.find("loaded");
    return found == nullptr ? "" : std::string(found->before.bytes());
  }

  std::unique_ptr<Kind> kind = make_nftables_kind();
  FakeHost host;
  Error error;
};

TEST_F(Nftables, IsMadeOfAFileAUnitAndTheKernel) {
  EXPECT_EQ(forward_text(kind->steps(guard(), plan(guard()))),
            "1 write /etc/nftables-inet-guard.nft\n"
            "1 write /etc/systemd/system/nftables-inet-guard.service\n"
            "2 systemctl enable --no-reload --quiet -- nftables-inet-guard.service\n"
            "3 systemctl daemon-reload\n"
            "4 load nftables: inet guard\n");
  apply(guard());
  EXPECT_EQ(plan(guard()).action, Action::None);
  EXPECT_EQ(host.files[kGuardFile].mode, "0644");
  ASSERT_EQ(host.tables.size(), 1U);
  EXPECT_EQ(host.tables[0].second, "\tchain input {\n\t\ttcp dport 22 accept\n\t}\n");
}

TEST_F(Nftables, AHandEditOfTheKernelIsSeenForWhatItIs) {
  apply(guard());
  host.tables[0].second = "\tchain input {\n\t\ttcp dport 4444 accept\n\t}\n";
  const std::string digest = sha256_hex(host.files[kGuardFile].content).substr(0, 12);
  EXPECT_EQ(loaded(guard()), digest +
                                 ", then changed: chain input: - tcp dport 22 accept; chain "
                                 "input: + tcp dport 4444 accept");
  EXPECT_EQ(forward_text(kind->steps(guard(), plan(guard()))), "4 load nftables: inet guard\n");
  apply(guard());
  EXPECT_EQ(plan(guard()).action, Action::None);
}

TEST_F(Nftables, ATableThatIsGoneFromTheKernelIsLoadedAgain) {
  apply(guard());
  host.tables.clear();
  const Change change = plan(guard());
  ASSERT_EQ(change.attributes.size(), 1U);
  EXPECT_EQ(change.attributes[0].name, "loaded");
  EXPECT_TRUE(change.attributes[0].before.is_null());
}

TEST_F(Nftables, AHandEditOfTheFileIsDriftOfItsOwn) {
  apply(guard());
  const std::string digest = sha256_hex(host.files[kGuardFile].content);
  host.files[kGuardFile].content += "# by hand\n";
  const Change change = plan(guard());
  ASSERT_EQ(change.attributes.size(), 1U) << change.reason;
  EXPECT_EQ(change.attributes[0].name, "content");
  EXPECT_EQ(change.attributes[0].after, Value("sha256:" + digest));
  EXPECT_EQ(forward_text(kind->steps(guard(), change)), "1 write /etc/nftables-inet-guard.nft\n");
}

TEST_F(Nftables, ANewTextShowsWhichOneWasLoaded) {
  apply(guard());
  const std::string before = sha256_hex(host.files[kGuardFile].content).substr(0, 12);
  const Resource wider = guard("chain input {\n  tcp dport { 22, 80 } accept\n}\n");
  EXPECT_EQ(loaded(wider), before);
  EXPECT_EQ(forward_text(kind->steps(wider, plan(wider))),
            "1 write /etc/nftables-inet-guard.nft\n4 load nftables: inet guard\n");
  // Changed by hand, too: the difference is to what was loaded, not to what will be.
  host.tables[0].second = "";
  EXPECT_EQ(loaded(wider),
            before + ", then changed: - chain input; chain input: - tcp dport 22 accept");
}

TEST_F(Nftables, ATableThatNobodyKeepsAFileOfIsAnother) {
  host.tables = {{"inet guard", "\tchain input {\n\t}\n"}};
  EXPECT_EQ(loaded(guard()), "another: chain input: - tcp dport 22 accept");
}

TEST_F(Nftables, AUnitThatIsDisabledOrEditedIsPutRight) {
  apply(guard());
  host.units["nftables-inet-guard.service"].enabled = false;
  EXPECT_EQ(plan(guard()).find("at_boot")->before, Value(false));
  EXPECT_EQ(forward_text(kind->steps(guard(), plan(guard()))),
            "2 systemctl enable --no-reload --quiet -- nftables-inet-guard.service\n"
            "3 systemctl daemon-reload\n");
  apply(guard());
  host.files["/etc/systemd/system/nftables-inet-guard.service"].content += "#\n";
  EXPECT_EQ(forward_text(kind->steps(guard(), plan(guard()))),
            "1 write /etc/systemd/system/nftables-inet-guard.service\n"
            "3 systemctl daemon-reload\n");
}

TEST_F(Nftables, OthersAreNotTouched) {
  const FakeHost::Tables others = {{"ip filter", "ufw"}, {"ip docker-bridges", "x"}};
  host.tables = others;
  apply(guard());
  Resource gone = guard();
  gone.absent = true;
  EXPECT_EQ(forward_text(kind->steps(gone, plan(gone))),
            "0 be ready to load it again at boot\n"
            "0 systemctl disable --no-reload --quiet -- nftables-inet-guard.service\n"
            "1 remove /etc/systemd/system/nftables-inet-guard.service\n"
            "3 systemctl daemon-reload\n"
            "1 remove /etc/nftables-inet-guard.nft\n"
            "4 delete tables of nftables: inet guard\n");
  apply(gone);
  EXPECT_EQ(host.tables, others);
}

TEST_F(Nftables, ARulesetIsAllThatNobodyElseKeeps) {
  apply(guard());
  host.tables.insert(host.tables.end(),
                     {{"ip filter", "ufw"}, {"inet lab", ""}, {"inet old", "\tset x {\n\t}\n"}});
  const Resource all =
      ruleset("table inet a {\n}\ntable ip6 b {\n}\n", state({{"keep", ValueList{"inet lab"}}}));
  const Change change = plan(all);
  EXPECT_EQ(change.find("strays")->before, Value(ValueList{"inet old"}));
  EXPECT_TRUE(kind->effects(all, change).makes);
  EXPECT_EQ(kind->effects(all, change).brings,
            std::vector<std::string>{"leaves alone: inet guard, ip filter, inet lab"});
  EXPECT_NE(forward_text(kind->steps(all, change)).find("4 load nftables: inet a ip6 b inet old\n"),
            std::string::npos);
  apply(all);
  EXPECT_EQ(plan(all).action, Action::None);
  EXPECT_EQ(plan(guard()).action, Action::None);
  const Resource less = ruleset("table inet a {\n}\n");
  EXPECT_FALSE(kind->effects(less, plan(less)).makes);
  ASSERT_EQ(host.tables.size(), 5U);
  // What the text drops goes; what is a resource of its own can't be in the text too.
  EXPECT_EQ(plan(ruleset("table inet a {\n}\n")).find("strays")->before,
            Value(ValueList{"inet lab", "ip6 b"}));
  plan(ruleset("table inet guard {\n}\n"));
  EXPECT_NE(error.message.find("has a resource of its own"), std::string::npos) << error.message;
}

TEST_F(Nftables, ARulesetThatGoesTakesItsTablesOnly) {
  host.tables = {{"ip filter", "ufw"}, {"inet lab", ""}};
  Resource all = ruleset("table inet a {\n}\n", state({{"keep", ValueList{"inet lab"}}}));
  apply(all);
  all.absent = true;
  all.desired = {};
  EXPECT_NE(forward_text(kind->steps(all, plan(all))).find("4 delete tables of nftables: inet a\n"),
            std::string::npos);
  apply(all);
  EXPECT_EQ(plan(all).action, Action::None);
  EXPECT_EQ(host.tables, (FakeHost::Tables{{"ip filter", "ufw"}, {"inet lab", ""}}));
}

TEST_F(Nftables, UndoLeavesWhatSomebodyElseMadeOfIt) {
  apply(guard());
  host.confirm();
  const std::string before = host.snapshot();
  apply(guard("chain input {\n}\n"));
  host.tables[0].second = "\tchain mine {\n\t}\n";
  EXPECT_EQ(host.undo().size(), 1U);
  EXPECT_EQ(host.tables[0].second, "\tchain mine {\n\t}\n");
  EXPECT_NE(host.snapshot(), before);
}

TEST_F(Nftables, NftsOwnWordsStandWhereTheTextWasWritten) {
  const auto source = std::make_shared<const Source>(Source{
      "site.yaml",
      "- nftables: inet guard\n  content: |\n    chain input {\n      tcp dprot 22\n    }\n"});
  Resource bad = guard("chain input {\n  tcp dprot 22\n}\n");
  bad.where = {source, 1, 3};
  bad.places["content"] = {source, 2, 12};
  bad.origins["content"] = {{source, 3, 1}, 4, 3};
  const Query query = kind->queries(bad)[0];
  Answers answers = *host.ask(registry(), kind->queries(bad));
  answers.set(query,
              make_nftables_collector()
                  ->parse({query.key},
                          "key\nerror /dev/stdin:6:7-11: Error: syntax error, unexpected string\n"
                          "error   tcp dprot 22\nerror       ^^^^^\n"
                          "error /dev/stdin:9:1-1: Error: syntax error, unexpected end of file\n")
                  ->at(0));
  const auto seen = kind->read(bad, answers);
  ASSERT_FALSE(seen);
  EXPECT_EQ(seen.error().code, Code::NftRefused);
  EXPECT_EQ(seen.error().where.text(), "site.yaml:4:11");
  EXPECT_EQ(seen.error().where.length, 5);
  ASSERT_EQ(seen.error().notes.size(), 1U);
  EXPECT_EQ(seen.error().notes[0].where.text(), "site.yaml:5:5");
  // Rendering may have moved lines: then only the attribute's place is sure.
  bad.origins["content"].lines = 5;
  EXPECT_EQ(kind->read(bad, answers).error().where.text(), "site.yaml:2:12");
}

TEST_F(Nftables, WhatCantBeKnownIsNot) {
  const Query query = kind->queries(guard())[0];
  Answers answers = *host.ask(registry(), kind->queries(guard()));
  const auto answer = [&](const char* said) {
    answers.set(query, make_nftables_collector()->parse({query.key}, said)->at(0));
    return kind->read(guard(), answers);
  };
  EXPECT_EQ((*answer("hidden\n"))->find("loaded")->as_unknown().cause, "needs root");
  EXPECT_FALSE(*answer("missing\n"));
  EXPECT_EQ(answer("unshare: unshare failed: Operation not permitted\n").error().code,
            Code::NftNoNetwork);
  EXPECT_EQ(kind->way_in(guard(), {.action = Action::Create}, {answers, {}})->verdict,
            WayIn::Verdict::Unclear);
}

TEST_F(Nftables, TheWayInIsJudgedByWhatIsStated) {
  const Resource shut =
      guard("chain input {\n type filter hook input priority 0; policy drop;\n}\n");
  const Query query = kind->queries(shut)[0];
  Answers answers = *host.ask(registry(), kind->queries(shut));
  answers.set(query, make_nftables_collector()
                         ->parse({query.key},
                                 R"(key
json {"nftables":[{"chain":{"family":"inet","table":"guard","name":"input","type":"filter","hook":"input","prio":0,"policy":"drop"}}]}
)")
                         ->at(0));
  const auto got = kind->way_in(shut, {.action = Action::Create}, {answers, {}});
  ASSERT_TRUE(got);
  EXPECT_EQ(got->verdict, WayIn::Verdict::Shut);
  EXPECT_EQ(got->login, "192.0.2.7 to port 22");
  EXPECT_FALSE(kind->way_in(shut, {.action = Action::Delete}, {answers, {}}));
}

TEST_F(Nftables, SecretsStaySo) {
  const Resource secret = resource_of("inet guard", state({{"content", Secret(kBody)}}));
  EXPECT_TRUE(kind->desired(secret).find("content")->is_secret());
  EXPECT_TRUE(kind->desired(secret).find("loaded")->is_secret());
  EXPECT_TRUE(kind->text(secret, "content").is_secret());
  apply(secret);
  EXPECT_EQ(host.files[kGuardFile].mode, "0600");
  EXPECT_EQ(plan(secret).action, Action::None);
  host.tables[0].second = "";
  EXPECT_TRUE(plan(secret).find("loaded")->before.is_secret());
}

TEST_F(Nftables, WhatIsStatedWronglyIsSaidWithoutAHost) {
  const auto said = [&](const Resource& resource) {
    const auto errors = kind->check(resource);
    return errors.empty() ? "" : errors[0].message;
  };
  EXPECT_EQ(said(guard()), "");
  EXPECT_EQ(said(resource_of("guard")), "'guard' is no table of nftables");
  EXPECT_NE(said(resource_of("ip filter", state({{"content", ""}}))).find("kept by iptables"),
            std::string::npos);
  EXPECT_NE(said(ruleset("flush ruleset\n")).find("'flush' is a command"), std::string::npos);
  EXPECT_NE(said(resource_of("inet guard", state({{"content", ""}, {"keep", ValueList{"inet a"}}})))
                .find("takes no `keep`"),
            std::string::npos);
  EXPECT_NE(said(ruleset("table inet a {\n}\n", state({{"keep", ValueList{"a b c"}}})))
                .find("is no table"),
            std::string::npos);
}

TEST_F(Nftables, OpensOrTranslatesOnlyWithAWord) {
  const auto privileged = [&](const Resource& resource) {
    return kind->effects(resource, plan(resource)).privileged;
  };
  EXPECT_FALSE(privileged(guard()));
  EXPECT_TRUE(privileged(guard("chain p {\n type nat hook prerouting priority 0;\n}\n")));
  apply(guard());
  EXPECT_TRUE(privileged(guard("chain input {\n}\n")));
  Resource gone = guard();
  gone.absent = true;
  EXPECT_TRUE(privileged(gone));
}

}  // namespace
}  // namespace holdfast
