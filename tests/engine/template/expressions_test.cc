#include <gtest/gtest.h>

#include "tests/engine/template/render.h"

namespace holdfast {
namespace {

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

class Expressions : public testing::TestWithParam<ExpressionCase> {};

TEST_P(Expressions, GiveTheirValue) {
  EXPECT_EQ(outcome(evaluate(GetParam().expression)), GetParam().expected) << GetParam().expression;
}

INSTANTIATE_TEST_SUITE_P(
    Operators, Expressions,
    testing::Values(
        ExpressionCase{"1 + 2 * 3", "7"}, ExpressionCase{"-7 // 2", "-4"},
        ExpressionCase{"-7 % 3", "2"}, ExpressionCase{"7 / 2", "3.5"},
        ExpressionCase{"2 ** 3 ** 2", "64"}, ExpressionCase{"-2 ** 2", "4"},
        ExpressionCase{"'ab' * 2", "abab"}, ExpressionCase{"[1] + [2]", "[1,2]"},
        ExpressionCase{"'a' ~ 1 ~ none ~ true ~ 2.0", "a1NoneTrue2.0"},
        ExpressionCase{"1 < 2 < 3", "true"}, ExpressionCase{"1 < 3 < 2", "false"},
        ExpressionCase{"1 == 1.0 == true", "true"},
        ExpressionCase{"9223372036854775807 == 9223372036854775808.0", "false"},
        ExpressionCase{"1 in xs", "true"}, ExpressionCase{"'zz' not in m", "true"},
        ExpressionCase{"'ell' in s", "true"}, ExpressionCase{"nil or '' or 5", "5"},
        ExpressionCase{"a and nil", "null"}, ExpressionCase{"not nil", "true"},
        ExpressionCase{"'x' if a > 1 else 'y'", "y"}, ExpressionCase{"xs[-1]", "2"},
        ExpressionCase{"xs[::-1]", "[2,1,3]"}, ExpressionCase{"'héllo'[1:3]", "él"},
        ExpressionCase{"users.0.name", "ann"}, ExpressionCase{"{'k': 1, 2: 3}[2]", "3"},
        ExpressionCase{"(1, 2)", "[1,2]"}, ExpressionCase{"'%s-%03d' % ('a', 7)", "a-007"},
        ExpressionCase{"'\\x41\\u00e9\\d'", "Aé\\d"},
        ExpressionCase{"1 / 0", "HF2104: division by zero"},
        ExpressionCase{"1 + 'a'", "HF2104: '+' can't work on 1 and the text 'a'"},
        ExpressionCase{"9223372036854775807 + 1",
                       "HF2105: the result is a whole number of more than 64 bits"},
        ExpressionCase{"-9223372036854775807 - 2",
                       "HF2105: the result is a whole number of more than 64 bits"},
        ExpressionCase{"10 ** 19", "HF2105: the result is a whole number of more than 64 bits"},
        ExpressionCase{"99999999999999999999",
                       "HF2102: the number '99999999999999999999' has more than 64 bits"},
        ExpressionCase{"nil < 1", "HF2104: null and 1 have no order"},
        ExpressionCase{"'yes' if nil", "HF2101: the condition is false and there is no 'else'"}));

INSTANTIATE_TEST_SUITE_P(
    Names, Expressions,
    testing::Values(ExpressionCase{"nope", "HF2101: 'nope' is not defined"},
                    ExpressionCase{"nope.x.y", "HF2101: 'nope' is not defined"},
                    ExpressionCase{"m.q", "HF2101: 'm' has no 'q'"},
                    ExpressionCase{"m['q']", "HF2101: the map has no 'q'"},
                    ExpressionCase{"xs[5]", "HF2101: there is no item 5 in a list of 3"},
                    ExpressionCase{"s.upper", "HF2101: 's' has no 'upper'"},
                    ExpressionCase{"nope.x.y | default('d')", "d"},
                    ExpressionCase{"m.q.r is defined", "false"},
                    ExpressionCase{"nope | default(nope2) | default('z')", "z"},
                    ExpressionCase{"m is defined", "true"},
                    ExpressionCase{"'' | default('x', true)", "x"},
                    ExpressionCase{"nope | mandatory('say it')", "HF2101: say it"},
                    ExpressionCase{"m.get('q', 7)", "7"}, ExpressionCase{"range(2, 6, 2)", "[2,4]"},
                    ExpressionCase{"dict(a=1, b=2)", R"({"a":1,"b":2})"}));

INSTANTIATE_TEST_SUITE_P(
    Refused, Expressions,
    testing::Values(
        ExpressionCase{"lookup('env', 'X')",
                       "HF2106: the function 'lookup' is not allowed in an expression"},
        ExpressionCase{"now()", "HF2106: the function 'now' is not allowed in an expression"},
        ExpressionCase{"xs | random",
                       "HF2106: the filter 'random' is not allowed in an expression"},
        ExpressionCase{"s | escape", "HF2106: the filter 'escape' is not allowed in an expression"},
        ExpressionCase{"s is file", "HF2106: the test 'file' is not allowed in an expression"},
        ExpressionCase{"s | uper", "HF2103: there is no filter 'uper'"},
        ExpressionCase{"s is sting", "HF2103: there is no test 'sting'"},
        ExpressionCase{"nope()", "HF2103: there is no function 'nope'"},
        ExpressionCase{"s.uper()", "HF2103: a text has no method 'uper'"},
        ExpressionCase{"xs.append(1)", "HF2103: a list has no method 'append'"},
        ExpressionCase{"s.__class__", "HF2101: 's' has no '__class__'"},
        ExpressionCase{"'{0.x}'.format(m)",
                       "HF2104: the format takes only names and numbers in {}, not '0.x'"},
        ExpressionCase{"{{ a }}", "HF2102: '{{' in a place that already is an expression"},
        ExpressionCase{"s | replace('a')", "HF2104: 'replace' needs the argument 'new'"},
        ExpressionCase{"s | indent(widht=2)", "HF2104: 'indent' has no argument 'widht'"},
        ExpressionCase{"s | upper(1)", "HF2104: 'upper' takes at most 0 arguments, not 1"},
        ExpressionCase{"namespace()", "HF2104: a namespace is used as a value"}));

INSTANTIATE_TEST_SUITE_P(
    Tests, Expressions,
    testing::Values(
        ExpressionCase{"nil is none", "true"}, ExpressionCase{"s is string", "true"},
        ExpressionCase{"a is number", "true"}, ExpressionCase{"true is integer", "false"},
        ExpressionCase{"1.5 is float", "true"}, ExpressionCase{"true is boolean", "true"},
        ExpressionCase{"m is mapping", "true"}, ExpressionCase{"xs is sequence", "true"},
        ExpressionCase{"a is iterable", "false"}, ExpressionCase{"2 is even", "true"},
        ExpressionCase{"3 is odd", "true"}, ExpressionCase{"9 is divisibleby 3", "true"},
        ExpressionCase{"a is eq 1", "true"}, ExpressionCase{"a is ne 1", "false"},
        ExpressionCase{"a is lt 2", "true"}, ExpressionCase{"a is le 1", "true"},
        ExpressionCase{"a is gt 0", "true"}, ExpressionCase{"a is ge 2", "false"},
        ExpressionCase{"a is in xs", "true"}, ExpressionCase{"nil is sameas none", "true"},
        ExpressionCase{"'abc' is lower", "true"}, ExpressionCase{"'ABC' is upper", "true"},
        ExpressionCase{"s is match('ell')", "false"}, ExpressionCase{"s is search('ell')", "true"},
        ExpressionCase{"s is regex('^H.*o$')", "true"}, ExpressionCase{"xs is truthy", "true"},
        ExpressionCase{"'no' is falsy(convert_bool=true)", "true"},
        ExpressionCase{"'1.10' is version('1.9', '>')", "true"},
        ExpressionCase{"'1.2.3' is version_compare('1.2.3', 'eq', strict=true)", "true"},
        ExpressionCase{"xs is contains(3)", "true"}, ExpressionCase{"[0, 1] is any", "true"},
        ExpressionCase{"[0, 1] is all", "false"}, ExpressionCase{"[1] is subset(xs)", "true"},
        ExpressionCase{"xs is superset([1])", "true"}, ExpressionCase{"true is true", "true"},
        ExpressionCase{"false is false", "true"}, ExpressionCase{"a is not none", "true"},
        ExpressionCase{"nope is undefined", "true"}, ExpressionCase{"'upper' is filter", "true"},
        ExpressionCase{"'even' is test", "true"}, ExpressionCase{"1.0 is nan", "false"}));

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
