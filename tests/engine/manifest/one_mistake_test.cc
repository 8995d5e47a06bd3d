// What follows from a mistake is no mistake of its own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "resources/registry.h"
#include "tests/support/site.h"

namespace holdfast {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> problems(const std::string& manifest) {
  Site site(all_kinds());
  site.write("manifests/site.yaml", manifest);
  site.expand();
  return site.problems();
}

TEST(OneMistake, AnAttributeWithAnErrorIsNotCalledMissing) {
  EXPECT_THAT(problems(R"(hosts: h1
resources:
  - firewall_rule: exporter
    allow: {from: "{{ prometheus_hots }}"}
  - file: /etc/x
    source: nosuch
  - command: c
    argv: [x]
    creates: "{{ nope }}"
)"),
              ElementsAre(HasSubstr("'prometheus_hots' is not defined"), HasSubstr("nosuch"),
                          HasSubstr("'nope' is not defined")));
}

TEST(OneMistake, AnInputWithAnErrorIsNotCalledEmpty) {
  EXPECT_THAT(problems("hosts: h1\ninputs:\n  a: {type: text, defalt: 3}\n  b: {type: nosuch}\n"
                       "resources:\n  - {file: /etc/x, content: \"{{ a }}{{ b }}\"}\n"),
              ElementsAre(HasSubstr("defalt"), HasSubstr("nosuch")));
}

}  // namespace
}  // namespace holdfast
