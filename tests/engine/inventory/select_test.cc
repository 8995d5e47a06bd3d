#include <gtest/gtest.h>

#include "engine/core/text.h"
#include "engine/inventory/inventory.h"
#include "tests/support/temp_folder.h"

namespace holdfast {
namespace {

Inventory fleet() {
  const TempFolder folder;
  Diagnostics diagnostics;
  Inventory out = load_inventory(folder.write("hosts",
                                              "lone\n"
                                              "[web]\nw1\nw2\nw3.example.com\n"
                                              "[db]\nd1\nd2\n"
                                              "[prod]\nw2\nd1\n"
                                              "[site:children]\nweb\ndb\n"
                                              "[empty]\n"),
                                 diagnostics);
  EXPECT_FALSE(diagnostics.failed());
  return out;
}

std::string selected(const std::string& pattern) {
  const auto got = fleet().select(pattern);
  return got ? join(*got, " ") : code_text(got.error().code) + " " + got.error().hint;
}

TEST(Select, UnderstandsAnsiblesPatterns) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"all", "lone w1 w2 w3.example.com d1 d2"},
      {"*", "lone w1 w2 w3.example.com d1 d2"},
      {"ungrouped", "lone"},
      {"web", "w1 w2 w3.example.com"},
      {"site", "w1 w2 w3.example.com d1 d2"},
      {"web:db", "w1 w2 w3.example.com d1 d2"},
      {"web,db", "w1 w2 w3.example.com d1 d2"},
      {"db, w1", "w1 d1 d2"},
      {"web:&prod", "w2"},
      {"web:!prod", "w1 w3.example.com"},
      {"!prod:web:db:&site", "w1 w3.example.com d2"},
      {"!site", "lone"},
      {"&prod", "w2 d1"},
      {"w?", "w1 w2"},
      {"*.example.com", "w3.example.com"},
      {"~[wd]1", "w1 d1"},
      {"~w.*\\.com$", "w3.example.com"},
      {"web[0]", "w1"},
      {"web[-1]", "w3.example.com"},
      {"web[1:2]", "w2 w3.example.com"},
      {"web[1:]", "w2 w3.example.com"},
      {"web[0-1]", "w1 w2"},
      {"web[0:9]", "w1 w2 w3.example.com"},
      {"web[5:9]", ""},
      {"site[3]", "d1"},
      {"empty", ""},
      {"web:&db", ""},
      {"all:!all", ""},
  };
  for (const auto& [pattern, hosts] : cases) EXPECT_EQ(selected(pattern), hosts) << pattern;
}

TEST(Select, EveryPartMustNameSomething) {
  EXPECT_EQ(selected("wbe"), "HF1110 did you mean 'web'?");
  EXPECT_EQ(selected("web:!lnoe"), "HF1110 did you mean 'lone'?");
  EXPECT_EQ(selected("web,&stagging*").substr(0, 6), "HF1110");
  EXPECT_EQ(selected("web[7]").substr(0, 6), "HF1110");
  EXPECT_NE(selected("localhost").find("implicit localhost"), std::string::npos);
  for (const char* pattern : {"", " ", ",", ":", "~(", "!"}) {
    EXPECT_EQ(selected(pattern).substr(0, 6), "HF1111") << pattern;
  }
}

TEST(Select, AnErrorHasThePatternsPlace) {
  const auto source = std::make_shared<const Source>(Source{"site.yaml", "hosts: nobody\n"});
  const auto got = fleet().select("nobody", Position{.source = source, .line = 1, .column = 8});
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().where.text(), "site.yaml:1:8");
}

}  // namespace
}  // namespace holdfast
