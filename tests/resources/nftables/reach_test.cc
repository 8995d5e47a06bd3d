#include "resources/nftables/reach.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace holdfast {
namespace {

using Json = nlohmann::json;
using V = WayIn::Verdict;

Login login() { return {"192.0.2.7", "192.0.2.80", 22, "eth0"}; }

/// A table inet t with a base chain "input" and these rules in it, each a list of expressions.
std::string ruleset(const char* policy, const std::vector<const char*>& rules,
                    const std::vector<const char*>& more = {}, const char* hook = "input") {
  Json out = Json::array();
  out.push_back({{"table", {{"family", "inet"}, {"name", "t"}}}});
  out.push_back({{"chain",
                  {{"family", "inet"},
                   {"table", "t"},
                   {"name", "input"},
                   {"type", "filter"},
                   {"hook", hook},
                   {"prio", 0},
                   {"policy", policy}}}});
  for (const char* text : more) out.push_back(Json::parse(text));
  for (const char* text : rules) {
    out.push_back(
        {{"rule",
          {{"family", "inet"}, {"table", "t"}, {"chain", "input"}, {"expr", Json::parse(text)}}}});
  }
  return Json{{"nftables", out}}.dump();
}

constexpr const char* kEstablished =
    R"([{"match":{"op":"in","left":{"ct":{"key":"state"}},"right":["established","related"]}},{"accept":null}])";
constexpr const char* kSsh =
    R"([{"match":{"op":"==","left":{"payload":{"protocol":"tcp","field":"dport"}},"right":22}},{"accept":null}])";

struct Case {
  const char* name;
  std::string rules;
  V verdict;
  const char* why = "";
};
class NftReach : public testing::TestWithParam<Case> {};

TEST_P(NftReach, SaysOnlyWhatIsSure) {
  const Case& c = GetParam();
  const WayIn got = nft_way_in(c.rules, "", login());
  EXPECT_EQ(got.verdict, c.verdict) << got.why;
  EXPECT_NE(got.why.find(c.why), std::string::npos) << got.why;
  EXPECT_EQ(got.login, "192.0.2.7 to port 22");
}

std::string one(const char* match, const char* deed = R"({"accept":null})",
                const char* policy = "drop") {
  static std::vector<std::string> kept;
  kept.push_back("[" + std::string(match) + "," + deed + "]");
  const std::string rule = kept.back();
  return ruleset(policy, {kEstablished, rule.c_str()});
}

std::string field(const char* protocol, const char* name, const char* right,
                  const char* op = "==") {
  return R"({"match":{"op":")" + std::string(op) + R"(","left":{"payload":{"protocol":")" +
         protocol + R"(","field":")" + name + R"("}},"right":)" + right + "}}";
}
std::string meta(const char* key, const char* right, const char* op = "==") {
  return R"({"match":{"op":")" + std::string(op) + R"(","left":{"meta":{"key":")" + key +
         R"("}},"right":)" + right + "}}";
}
const char* keep(std::string text) {
  static std::vector<std::unique_ptr<std::string>> kept;
  kept.push_back(std::make_unique<std::string>(std::move(text)));
  return kept.back()->c_str();
}

INSTANTIATE_TEST_SUITE_P(
    Table, NftReach,
    testing::Values(
        Case{"Nothing", R"({"nftables":[]})", V::Open, "nothing in it"},
        Case{"NotRead", "what?", V::Unclear},
        Case{"NoRules", ruleset("drop", {}), V::Shut, "its policy is drop"},
        Case{"PolicyAccept", ruleset("accept", {}), V::Open, "its policy is accept"},
        Case{"OnlyEstablished", ruleset("drop", {kEstablished}), V::Shut, "no rule of chain input"},
        Case{"OnlyNew", ruleset("drop", {kSsh}), V::Open, "rule 1 of chain input"},
        Case{"Usual", ruleset("drop", {kEstablished, kSsh}), V::Open, "rule 2 of chain input"},
        Case{
            "DropsEstablished",
            ruleset(
                "accept",
                {R"([{"match":{"op":"==","left":{"ct":{"key":"state"}},"right":"established"}},{"drop":null}])"}),
            V::Shut, "packets of an open login"},
        Case{"OtherPort", one(keep(field("tcp", "dport", "23"))), V::Shut},
        Case{"Ports", one(keep(field("tcp", "dport", R"({"set":[80,{"range":[20,25]}]})"))),
             V::Open},
        Case{"NotPorts", one(keep(field("tcp", "dport", R"({"set":[22,80]})", "!="))), V::Shut},
        Case{"OtherPortNegated", one(keep(field("tcp", "dport", "80", "!="))), V::Open},
        Case{"PortBelow", one(keep(field("tcp", "dport", "1024", "<"))), V::Open},
        Case{"SourcePort", one(keep(field("tcp", "sport", R"({"range":[1024,65535]})"))),
             V::Unclear},
        Case{"AnyTransport", one(keep(field("th", "dport", "22"))), V::Open},
        Case{"Udp", one(keep(field("udp", "dport", "22"))), V::Shut},
        Case{"UdpNegated", one(keep(field("udp", "dport", "22", "!="))), V::Shut},
        Case{"Icmp", one(keep(field("icmp", "type", "\"echo-request\""))), V::Shut},
        Case{"Network",
             one(keep(field("ip", "saddr", R"({"prefix":{"addr":"192.0.2.0","len":24}})"))),
             V::Open},
        Case{"OtherNetwork",
             one(keep(field("ip", "saddr", R"({"prefix":{"addr":"192.0.3.0","len":24}})"))),
             V::Shut},
        Case{"Addresses", one(keep(field("ip", "saddr", R"({"range":["192.0.2.1","192.0.2.9"]})"))),
             V::Open},
        Case{"Target", one(keep(field("ip", "daddr", R"("192.0.2.80")"))), V::Open},
        Case{"Six", one(keep(field("ip6", "saddr", R"("2001:db8::7")"))), V::Shut},
        Case{"Protocol", one(keep(field("ip", "protocol", "\"tcp\""))), V::Open},
        Case{"Ttl", one(keep(field("ip", "ttl", "64"))), V::Unclear},
        Case{"Loopback", one(keep(meta("iifname", "\"lo\""))), V::Shut},
        Case{"NotLoopback",
             one(keep(meta("iifname", "\"lo\"", "!=")), R"({"drop":null})", "accept"), V::Shut},
        Case{"Card", one(keep(meta("iifname", R"({"set":["lo","eth0"]})"))), V::Open},
        Case{"CardWildcard", one(keep(meta("iifname", "\"eth*\""))), V::Open},
        Case{"OtherCard", one(keep(meta("iifname", "\"eth1\""))), V::Shut},
        Case{"Mark", one(keep(meta("mark", "1"))), V::Unclear},
        Case{"L4", one(keep(meta("l4proto", R"({"set":["tcp","udp"]})"))), V::Open},
        Case{"Limit", one(R"({"limit":{"rate":4,"per":"minute"}})"), V::Unclear},
        Case{"LogAndCounter", one(R"({"log":{"prefix":"x"}},{"counter":{"packets":0,"bytes":0}})"),
             V::Open},
        Case{"Reject",
             one(keep(field("tcp", "dport", "22")), R"({"reject":{"type":"tcp reset"}})", "accept"),
             V::Shut, "rule 2"},
        Case{"Redirect", one(keep(field("tcp", "dport", "22")), R"({"redirect":{"port":2222}})"),
             V::Unclear},
        Case{"Queue", one(keep(field("tcp", "dport", "22")), R"({"queue":null})"), V::Unclear},
        Case{"Unheard", one(R"({"something new":null})"), V::Unclear},
        Case{
            "ScanGuard",
            one(R"({"match":{"op":"==","left":{"&":[{"payload":{"protocol":"tcp","field":"flags"}},["fin","syn"]]},"right":["fin","syn"]}})",
                R"({"drop":null})", "accept"),
            V::Open, "policy is accept"},
        Case{
            "NewWithoutSyn",
            ruleset(
                "accept",
                {R"([{"match":{"op":"!=","left":{"&":[{"payload":{"protocol":"tcp","field":"flags"}},{"|":["fin","syn","rst","ack"]}]},"right":"syn"}},{"match":{"op":"in","left":{"ct":{"key":"state"}},"right":"new"}},{"drop":null}])"}),
            V::Open},
        Case{
            "Acknowledged",
            ruleset(
                "accept",
                {R"([{"match":{"op":"in","left":{"payload":{"protocol":"tcp","field":"flags"}},"right":"ack"}},{"drop":null}])"}),
            V::Shut, "packets of an open login"},
        Case{
            "Concatenated",
            one(R"({"match":{"op":"==","left":{"concat":[{"payload":{"protocol":"ip","field":"saddr"}},{"payload":{"protocol":"tcp","field":"dport"}}]},"right":{"set":[{"concat":["192.0.2.7",22]}]}}})"),
            V::Open},
        Case{
            "VerdictMap",
            ruleset(
                "drop",
                {R"([{"vmap":{"key":{"ct":{"key":"state"}},"data":{"set":[["invalid",{"drop":null}],["established",{"accept":null}]]}}}])",
                 kSsh}),
            V::Open},
        Case{
            "VerdictMapShuts",
            ruleset(
                "accept",
                {R"([{"vmap":{"key":{"payload":{"protocol":"tcp","field":"dport"}},"data":{"set":[[22,{"drop":null}]]}}}])"}),
            V::Shut, "rule 1"},
        Case{
            "NamedSet",
            ruleset(
                "drop",
                {kEstablished,
                 R"([{"match":{"op":"==","left":{"payload":{"protocol":"ip","field":"saddr"}},"right":"@ok"}},{"accept":null}])"},
                {R"({"set":{"family":"inet","table":"t","name":"ok","type":"ipv4_addr","flags":["interval"],"elem":[{"prefix":{"addr":"192.0.0.0","len":16}}]}})"}),
            V::Open},
        Case{
            "SetFilledByTheKernel",
            ruleset(
                "accept",
                {R"([{"match":{"op":"==","left":{"payload":{"protocol":"ip","field":"saddr"}},"right":"@bad"}},{"drop":null}])"},
                {R"({"set":{"family":"inet","table":"t","name":"bad","type":"ipv4_addr","flags":["timeout"],"timeout":60}})"}),
            V::Unclear},
        Case{
            "Jump",
            ruleset(
                "drop", {kEstablished, R"([{"jump":{"target":"in"}}])"},
                {R"({"chain":{"family":"inet","table":"t","name":"in"}})",
                 R"({"rule":{"family":"inet","table":"t","chain":"in","expr":[{"match":{"op":"==","left":{"payload":{"protocol":"tcp","field":"dport"}},"right":22}},{"accept":null}]}})"}),
            V::Open, "rule 1 of chain in "},
        Case{"JumpAndBack",
             ruleset(
                 "drop", {kEstablished, R"([{"jump":{"target":"in"}}])", kSsh},
                 {R"({"chain":{"family":"inet","table":"t","name":"in"}})",
                  R"({"rule":{"family":"inet","table":"t","chain":"in","expr":[{"return":null}]}})",
                  R"({"rule":{"family":"inet","table":"t","chain":"in","expr":[{"drop":null}]}})"}),
             V::Open, "rule 3"},
        Case{"Goto",
             ruleset("drop", {kEstablished, R"([{"goto":{"target":"in"}}])", kSsh},
                     {R"({"chain":{"family":"inet","table":"t","name":"in"}})"}),
             V::Shut, "policy"},
        Case{
            "JumpInACircle",
            ruleset(
                "drop", {R"([{"jump":{"target":"in"}}])"},
                {R"({"chain":{"family":"inet","table":"t","name":"in"}})",
                 R"({"rule":{"family":"inet","table":"t","chain":"in","expr":[{"jump":{"target":"in"}}]}})"}),
            V::Unclear},
        Case{
            "MaybeReturns",
            ruleset(
                "drop",
                {R"([{"match":{"op":"==","left":{"meta":{"key":"mark"}},"right":1}},{"return":null}])",
                 R"([{"accept":null}])"}),
            V::Unclear, "policy"},
        Case{"Output", ruleset("drop", {}, {}, "output"), V::Shut, "answers to a login"},
        Case{"OutputEstablished", ruleset("drop", {kEstablished}, {}, "output"), V::Open},
        Case{"Forward", ruleset("drop", {}, {}, "forward"), V::Open, "nothing in it"},
        Case{"Prerouting", ruleset("accept", {R"([{"drop":null}])"}, {}, "prerouting"), V::Shut}),
    [](const auto& p) { return p.param.name; });

TEST(NftReach, NamesARuleByItsWords) {
  const std::string listing =
      "table inet t {\n\tchain input {\n\t\tcomment \"c\"\n\t\ttype filter hook input priority "
      "filter; policy drop;\n\t\tct state established,related accept\n\t\ttcp dport 22 "
      "accept\n\t}\n}\n";
  const WayIn got = nft_way_in(ruleset("drop", {kEstablished, kSsh}), listing, login());
  EXPECT_EQ(got.why, "rule 2 of chain input of table inet t: tcp dport 22 accept");
}

TEST(NftReach, ASleepingTableDropsNothing) {
  Json rules = Json::parse(ruleset("drop", {}));
  rules["nftables"][0]["table"]["flags"] = {"dormant"};
  EXPECT_EQ(nft_way_in(rules.dump(), "", login()).verdict, V::Open);
}

TEST(NftReach, WithoutACardItCantTell) {
  Login unknown = login();
  unknown.interface.clear();
  const std::string rules = one(keep(meta("iifname", "\"eth0\"")));
  EXPECT_EQ(nft_way_in(rules, "", unknown).verdict, V::Unclear);
  EXPECT_EQ(nft_way_in(one(keep(meta("iifname", "\"lo\""))), "", unknown).verdict, V::Shut);
}

TEST(NftReach, IPv6IsAskedByItsOwnRules) {
  const Login six{"2001:db8::7", "2001:db8::80", 22, "eth0"};
  EXPECT_EQ(
      nft_way_in(one(keep(field("ip6", "saddr", R"({"prefix":{"addr":"2001:db8::","len":32}})"))),
                 "", six)
          .verdict,
      V::Open);
  EXPECT_EQ(nft_way_in(one(keep(field("ip", "saddr", R"({"prefix":{"addr":"0.0.0.0","len":0}})"))),
                       "", six)
                .verdict,
            V::Shut);
}

}  // namespace
}  // namespace holdfast
