#include <gtest/gtest.h>

#include "tests/engine/template/render.h"

namespace holdfast {
namespace {

struct Case {
  const char* expression;
  const char* expected;
};

TEST(Expression, SaysWhetherItWritesNone) {
  const auto writes = [](const char* text) {
    return Template::parse_expression(text, {})->writes_none();
  };
  for (const char* text : {"none", "a if a else none", "none if a else b", "a | default(none)",
                           "a if b else (c | d(None))"}) {
    EXPECT_TRUE(writes(text)) << text;
  }
  for (const char* text : {"a", "a if a is not none else b", "a == none", "a | default('')",
                           "[none]", "a if none else b", "'y' if a"}) {
    EXPECT_FALSE(writes(text)) << text;
  }
}

class Expressions : public testing::TestWithParam<Case> {};

TEST_P(Expressions, GiveTheirValue) {
  EXPECT_EQ(outcome(evaluate(GetParam().expression)), GetParam().expected) << GetParam().expression;
}

INSTANTIATE_TEST_SUITE_P(
    Operators, Expressions,
    testing::Values(
        Case{"1 + 2 * 3", "7"}, Case{"-7 // 2", "-4"}, Case{"-7 % 3", "2"}, Case{"7 / 2", "3.5"},
        Case{"2 ** 3 ** 2", "64"}, Case{"-2 ** 2", "4"}, Case{"'ab' * 2", "abab"},
        Case{"[1] + [2]", "[1,2]"}, Case{"'a' ~ 1 ~ none ~ true ~ 2.0", "a1NoneTrue2.0"},
        Case{"1 < 2 < 3", "true"}, Case{"1 < 3 < 2", "false"}, Case{"1 == 1.0 == true", "true"},
        Case{"9223372036854775807 == 9223372036854775808.0", "false"}, Case{"1 in xs", "true"},
        Case{"'zz' not in m", "true"}, Case{"'ell' in s", "true"}, Case{"nil or '' or 5", "5"},
        Case{"a and nil", "null"}, Case{"not nil", "true"}, Case{"'x' if a > 1 else 'y'", "y"},
        Case{"xs[-1]", "2"}, Case{"xs[::-1]", "[2,1,3]"}, Case{"'héllo'[1:3]", "él"},
        Case{"users.0.name", "ann"}, Case{"{'k': 1, 2: 3}[2]", "3"}, Case{"(1, 2)", "[1,2]"},
        Case{"'%s-%03d' % ('a', 7)", "a-007"}, Case{"'\\x41\\u00e9\\d'", "Aé\\d"},
        Case{"1 / 0", "HF2104: division by zero"},
        Case{"1 + 'a'", "HF2104: '+' can't work on 1 and the text 'a'"},
        Case{"9223372036854775807 + 1",
             "HF2105: the result is a whole number of more than 64 bits"},
        Case{"-9223372036854775807 - 2",
             "HF2105: the result is a whole number of more than 64 bits"},
        Case{"10 ** 19", "HF2105: the result is a whole number of more than 64 bits"},
        Case{"99999999999999999999",
             "HF2102: the number '99999999999999999999' has more than 64 bits"},
        Case{"nil < 1", "HF2104: null and 1 have no order"},
        Case{"'yes' if nil", "HF2101: the condition is false and there is no 'else'"}));

INSTANTIATE_TEST_SUITE_P(
    Names, Expressions,
    testing::Values(
        Case{"nope", "HF2101: 'nope' is not defined"},
        Case{"nope.x.y", "HF2101: 'nope' is not defined"}, Case{"m.q", "HF2101: 'm' has no 'q'"},
        Case{"m['q']", "HF2101: the map has no 'q'"},
        Case{"xs[5]", "HF2101: there is no item 5 in a list of 3"},
        Case{"s.upper", "HF2101: 's' has no 'upper'"}, Case{"nope.x.y | default('d')", "d"},
        Case{"m.q.r is defined", "false"}, Case{"nope | default(nope2) | default('z')", "z"},
        Case{"m is defined", "true"}, Case{"'' | default('x', true)", "x"},
        Case{"nope | mandatory('say it')", "HF2101: say it"}, Case{"m.get('q', 7)", "7"},
        Case{"range(2, 6, 2)", "[2,4]"}, Case{"dict(a=1, b=2)", R"({"a":1,"b":2})"}));

INSTANTIATE_TEST_SUITE_P(
    Refused, Expressions,
    testing::Values(
        Case{"lookup('env', 'X')", "HF2106: the function 'lookup' is not allowed in an expression"},
        Case{"now()", "HF2106: the function 'now' is not allowed in an expression"},
        Case{"xs | random", "HF2106: the filter 'random' is not allowed in an expression"},
        Case{"s | escape", "HF2106: the filter 'escape' is not allowed in an expression"},
        Case{"s is file", "HF2106: the test 'file' is not allowed in an expression"},
        Case{"s | uper", "HF2103: there is no filter 'uper'"},
        Case{"s is sting", "HF2103: there is no test 'sting'"},
        Case{"nope()", "HF2103: there is no function 'nope'"},
        Case{"s.uper()", "HF2103: a text has no method 'uper'"},
        Case{"xs.append(1)", "HF2103: a list has no method 'append'"},
        Case{"s.__class__", "HF2101: 's' has no '__class__'"},
        Case{"'{0.x}'.format(m)",
             "HF2104: the format takes only names and numbers in {}, not '0.x'"},
        Case{"{{ a }}", "HF2102: '{{' in a place that already is an expression"},
        Case{"s | replace('a')", "HF2104: 'replace' needs the argument 'new'"},
        Case{"s | indent(widht=2)", "HF2104: 'indent' has no argument 'widht'"},
        Case{"s | upper(1)", "HF2104: 'upper' takes at most 0 arguments, not 1"},
        Case{"namespace()", "HF2104: a namespace is used as a value"}));

INSTANTIATE_TEST_SUITE_P(
    Tests, Expressions,
    testing::Values(Case{"nil is none", "true"}, Case{"s is string", "true"},
                    Case{"a is number", "true"}, Case{"true is integer", "false"},
                    Case{"1.5 is float", "true"}, Case{"true is boolean", "true"},
                    Case{"m is mapping", "true"}, Case{"xs is sequence", "true"},
                    Case{"a is iterable", "false"}, Case{"2 is even", "true"},
                    Case{"3 is odd", "true"}, Case{"9 is divisibleby 3", "true"},
                    Case{"a is eq 1", "true"}, Case{"a is ne 1", "false"},
                    Case{"a is lt 2", "true"}, Case{"a is le 1", "true"}, Case{"a is gt 0", "true"},
                    Case{"a is ge 2", "false"}, Case{"a is in xs", "true"},
                    Case{"nil is sameas none", "true"}, Case{"'abc' is lower", "true"},
                    Case{"'ABC' is upper", "true"}, Case{"s is match('ell')", "false"},
                    Case{"s is search('ell')", "true"}, Case{"s is regex('^H.*o$')", "true"},
                    Case{"xs is truthy", "true"}, Case{"'no' is falsy(convert_bool=true)", "true"},
                    Case{"'1.10' is version('1.9', '>')", "true"},
                    Case{"'1.2.3' is version_compare('1.2.3', 'eq', strict=true)", "true"},
                    Case{"xs is contains(3)", "true"}, Case{"[0, 1] is any", "true"},
                    Case{"[0, 1] is all", "false"}, Case{"[1] is subset(xs)", "true"},
                    Case{"xs is superset([1])", "true"}, Case{"true is true", "true"},
                    Case{"false is false", "true"}, Case{"a is not none", "true"},
                    Case{"nope is undefined", "true"}, Case{"'upper' is filter", "true"},
                    Case{"'even' is test", "true"}, Case{"1.0 is nan", "false"}));

TEST(Templates, KeepTheTypeOfASingleExpression) {
  EXPECT_EQ(*render("{{ a }}"), Value(1));
  EXPECT_EQ(*render("{{ xs }}"), Value(ValueList{3, 1, 2}));
  EXPECT_EQ(*render("{# why #}{{ m.a }}"), Value(1));
  EXPECT_EQ(*render("{{ a }}\n"), Value("1\n"));
  EXPECT_EQ(*render("plain"), Value("plain"));
  EXPECT_TRUE(Template::has_markup("a {% b"));
  EXPECT_FALSE(Template::has_markup("${x} {y}"));
}

TEST(Templates, NameWhatTheyUse) {
  const auto names = [](const std::string& text) { return Template::parse(text, {})->names(); };
  using Names = std::set<std::string>;
  EXPECT_EQ(names("{{ facts.os.id ~ x }}"), (Names{"facts.os.id", "x"}));
  EXPECT_EQ(names("{{ hostvars['h1'].x }}"), (Names{"hostvars.h1.x"}));
  EXPECT_EQ(names("{{ hostvars[name].x }}"), (Names{"hostvars", "name"}));
  EXPECT_EQ(names("{{ m.items() | map(attribute=k) }}"), (Names{"m", "k"}));
  EXPECT_EQ(names("{% for i in xs if i > n %}{{ i }}{{ loop.index }}{% endfor %}"),
            (Names{"xs", "n"}));
  EXPECT_EQ(names("{% set a = b %}{{ a }}{% if c %}{% set d = 1 %}{% endif %}{{ d }}"),
            (Names{"b", "c", "d"}));
  EXPECT_EQ(names("{% if c %}{% set d = 1 %}{% else %}{% set d = 2 %}{% endif %}{{ d }}"),
            (Names{"c"}));
  EXPECT_EQ(names("{% set x %}{{ y }}{% endset %}{{ x | default(z) }}"), (Names{"y", "z"}));
  EXPECT_EQ(names("{% with p = q %}{{ p }}{% endwith %}{{ p }}{{ range(n) }}"),
            (Names{"p", "q", "n"}));
}

}  // namespace
}  // namespace holdfast
