#include <gtest/gtest.h>

#include "tests/engine/template/render.h"

namespace holdfast {
namespace {

TEST(Secrets, MakeEveryTextFromThemSecret) {
  for (const char* expression : {"secret",
                                 "secret ~ 'x'",
                                 "'x' + secret",
                                 "secret | upper",
                                 "secret.upper()",
                                 "secret[0]",
                                 "secret[1:3]",
                                 "secret * 2",
                                 "'%s' % secret",
                                 "'{}'.format(secret)",
                                 "secret | b64encode",
                                 "secret | sha256",
                                 "[secret] | join",
                                 "[1, secret] | to_json",
                                 "{'k': secret} | to_nice_yaml",
                                 "[secret] | string",
                                 "secret | replace('h', 'j')",
                                 "'x' | replace('x', secret)",
                                 "secret | regex_replace('h', 'j')",
                                 "secret | regex_search('h.*')",
                                 "secret | quote",
                                 "secret | default('x')",
                                 "nope | default(secret)",
                                 "secret if a else 'x'",
                                 "'' or secret",
                                 "secret | first",
                                 "secret | reverse",
                                 "{'k': secret}.k",
                                 "[secret] | first",
                                 "secret | indent",
                                 "secret | length | string ~ secret",
                                 "('1' ~ secret[0:0]) | int",
                                 "secret | trim | title"}) {
    const auto value = evaluate(expression);
    ASSERT_TRUE(value) << expression << value.error().message;
    EXPECT_TRUE(value->is_secret()) << expression << " is a " << value->type_name();
  }
  EXPECT_EQ(render("a {{ secret }} b")->bytes(), "a hunter2 b");
  EXPECT_TRUE(render("a {{ secret }} b")->is_secret());
  EXPECT_TRUE(render("{% for c in secret %}{{ c }}{% endfor %}")->is_secret());
  EXPECT_TRUE(render("{% set x %}{{ secret }}{% endset %}{{ x }} ")->is_secret());
  EXPECT_TRUE(render("{% filter upper %}{{ secret }}{% endfilter %}")->is_secret());
}

TEST(Secrets, InListsKeepTheirNeighboursPlain) {
  const auto value = evaluate("[secret, 'plain'] | sort | map('upper') | list");
  ASSERT_TRUE(value);
  EXPECT_TRUE(value->as_list()[0].is_secret() != value->as_list()[1].is_secret());
  const auto parts = evaluate("secret.split('t')");
  EXPECT_TRUE(parts->as_list()[0].is_secret() && parts->as_list()[1].is_secret());
  const auto json = evaluate("('{\"n\": 1, \"l\": [\"' ~ secret ~ '\"]}') | from_json");
  ASSERT_TRUE(json);
  EXPECT_EQ(json->display(), R"json({"n":"(secret)","l":["(secret)"]})json");
}

TEST(Secrets, MayBeComparedAndMeasured) {
  EXPECT_EQ(*evaluate("secret == 'hunter2'"), Value(true));
  EXPECT_EQ(*evaluate("secret | length"), Value(7));
  EXPECT_EQ(*evaluate("'hunt' in secret"), Value(true));
  EXPECT_EQ(*evaluate("secret is match('h')"), Value(true));
  EXPECT_EQ(*evaluate("secret is string"), Value(true));
  EXPECT_EQ(*evaluate("'yes' if secret else 'no'"), Value("yes"));
}

TEST(Secrets, StayOutOfKeysNumbersAndMessages) {
  EXPECT_EQ(outcome(evaluate("{secret: 1}")), "HF2107: a secret can't be a key");
  EXPECT_EQ(outcome(evaluate("[{'key': secret, 'value': 1}] | items2dict")),
            "HF2107: a secret can't be a key");
  for (const char* expression : {"secret + 1",
                                 "m[secret]",
                                 "secret.nope",
                                 "secret | float + 1",
                                 "xs | sort(attribute=secret)",
                                 "secret | round",
                                 "range(secret)",
                                 "'x' | hash(secret)",
                                 "secret | from_json",
                                 "'%d' % secret",
                                 "secret % 5 % 6",
                                 "xs | map(secret)",
                                 "secret is version('1', secret)",
                                 "'x' | regex_search(secret ~ '(')",
                                 "[{'p': secret}] | sort(attribute=secret)",
                                 "[secret] | map('hash', 'md5')",
                                 "'x' | comment(secret)",
                                 "('{' ~ secret).format(1)",
                                 "secret < 1",
                                 "secret is even",
                                 "{}[secret]"}) {
    const auto value = evaluate(expression);
    ASSERT_FALSE(value) << expression;
    EXPECT_EQ(value.error().message.find("hunter2"), std::string::npos) << value.error().message;
    EXPECT_EQ(value.error().hint.find("hunter2"), std::string::npos) << value.error().hint;
  }
}

TEST(Unknowns, MakeWhatDependsOnThemUnknown) {
  for (const char* expression : {"unknown",
                                 "unknown.os.id",
                                 "unknown['x']",
                                 "unknown + 1",
                                 "unknown ~ 'x'",
                                 "unknown == 1",
                                 "1 in [unknown]",
                                 "unknown and a",
                                 "unknown or a",
                                 "not unknown",
                                 "'x' if unknown else 'y'",
                                 "unknown | upper",
                                 "unknown.upper()",
                                 "[unknown] | join",
                                 "[unknown, 1] | sort",
                                 "unknown is defined",
                                 "unknown | default('x')",
                                 "[unknown] | first",
                                 "xs[unknown]",
                                 "[1, 2] | select('gt', unknown)",
                                 "m | combine(unknown)",
                                 "{unknown: 1}",
                                 "unknown | map('upper')",
                                 "[unknown] | to_json",
                                 "-unknown",
                                 "xs[unknown:]",
                                 "range(unknown)",
                                 "unknown is string",
                                 "[unknown] | unique",
                                 "[[unknown]] | flatten | max",
                                 "'%s' % unknown",
                                 "unknown | ternary(1, 2)"}) {
    const auto value = evaluate(expression);
    ASSERT_TRUE(value) << expression << ": " << value.error().message;
    ASSERT_TRUE(value->is_unknown()) << expression << " is " << value->display();
    EXPECT_EQ(value->as_unknown().cause, "facts of h3");
  }
  EXPECT_TRUE(render("a {{ unknown }} b")->is_unknown());
  EXPECT_TRUE(render("{% if unknown %}{{ nope }}{% endif %} ")->is_unknown());
  EXPECT_TRUE(render("{% for x in unknown %}{% endfor %} ")->is_unknown());
  EXPECT_TRUE(render("{% for x in xs if unknown %}{% endfor %} ")->is_unknown());
  EXPECT_TRUE(render("{% set a, b = unknown %}{{ a }} ")->is_unknown());
}

TEST(Unknowns, MayBePassedBy) {
  EXPECT_EQ(*evaluate("nil and unknown"), Value());
  EXPECT_EQ(*evaluate("a or unknown"), Value(1));
  EXPECT_EQ(*evaluate("'x' if a else unknown"), Value("x"));
  EXPECT_EQ(*evaluate("[unknown, 2] | length"), Value(2));
  EXPECT_EQ(*evaluate("[unknown, 2] | last"), Value(2));
  EXPECT_EQ(*evaluate("'k' in {'k': unknown}"), Value(true));
  EXPECT_EQ(*evaluate("{'k': unknown, 'l': 1}.l"), Value(1));
  EXPECT_NE(evaluate("[unknown, 1]")->find_unknown(), nullptr);
  EXPECT_TRUE(evaluate("[unknown, 1]")->is_list());
}

TEST(Unknowns, DontHideLaterMistakes) {
  EXPECT_EQ(outcome(render("{{ unknown }} {{ nope }}")), "HF2101: 'nope' is not defined");
}

TEST(Reports, AreCarriedAlong) {
  const std::set<std::string> h1{"h1"};
  for (const char* expression : {"reported",
                                 "reported ~ 'x'",
                                 "reported == 'x'",
                                 "reported | upper",
                                 "[reported]",
                                 "{'k': [reported]}",
                                 "'x' if reported else 'y'",
                                 "reported and a",
                                 "reported | length",
                                 "[reported] | join",
                                 "reported[0]",
                                 "[reported] | first",
                                 "reported in words",
                                 "nope | default(reported)",
                                 "{'k': reported}.k",
                                 "reported is match('w')",
                                 "not reported",
                                 "reported ~ secret",
                                 "[reported] | sort",
                                 "words | select('eq', reported) | list",
                                 "reported.split('e')"}) {
    const auto value = evaluate(expression);
    ASSERT_TRUE(value) << expression << ": " << value.error().message;
    EXPECT_EQ(value->reported_by(), h1) << expression;
  }
  EXPECT_EQ(render("a {{ reported }} b")->reported_by(), h1);
  EXPECT_EQ(render("{% if reported == 'x' %}a{% endif %} ")->reported_by(), h1);
  EXPECT_EQ(render("{% for c in reported %}a{% endfor %} ")->reported_by(), h1);
  EXPECT_TRUE(evaluate("a ~ s")->reported_by().empty());
  ValueMap names;
  names.set("facts", Value(map_of({{"os", map_of({{"id", "debian"}})}})).tainted({"h2"}));
  EXPECT_EQ(evaluate("facts.os.id", names)->reported_by(), (std::set<std::string>{"h2"}));
  EXPECT_EQ(render("{% for k, v in facts.items() %}{{ v.id }}{% endfor %} ", names)->reported_by(),
            (std::set<std::string>{"h2"}));
}

}  // namespace
}  // namespace holdfast
