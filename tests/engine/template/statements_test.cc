#include <gtest/gtest.h>

#include "tests/engine/template/render.h"

namespace holdfast {
namespace {

struct StatementCase {
  const char* text;
  const char* expected;
};

class Statements : public testing::TestWithParam<StatementCase> {};

TEST_P(Statements, GiveTheirText) {
  EXPECT_EQ(outcome(render(GetParam().text)), GetParam().expected) << GetParam().text;
}

INSTANTIATE_TEST_SUITE_P(
    Table, Statements,
    testing::Values(
        StatementCase{"{% if a == 2 %}x{% elif b == 2 %}y{% else %}z{% endif %}", "y"},
        StatementCase{
            "{% for x in xs %}{{ loop.index }}{{ x }}{{ ',' if not loop.last else '' }}{% endfor "
            "%}",
            "13,21,32"},
        StatementCase{"{% for x in [] %}x{% else %}none{% endfor %}", "none"},
        StatementCase{"{% for k, v in m.items() %}{{ k }}{{ v }}{% endfor %}", "b2a1"},
        StatementCase{"{% for k, v in m | dictsort %}{{ k }}{{ v }}{% endfor %}", "a1b2"},
        StatementCase{"{% for x in xs if x > 1 %}{{ loop.index0 }}{{ x }} {% endfor %}", "03 12 "},
        StatementCase{
            "{% for x in xs %}{{ loop.previtem | default('|') }}{{ loop.nextitem | default('|') }} "
            "{% endfor %}",
            "|1 32 1| "},
        StatementCase{"{% for x, (y, z) in [[1, [2, 3]]] %}{{ x }}{{ y }}{{ z }}{% endfor %}",
                      "123"},
        StatementCase{"{% set z = 1 %}{% for x in xs %}{% set z = x %}{% endfor %}{{ z }} ", "1 "},
        StatementCase{
            "{% set ns = namespace(n=0) %}{% for x in xs %}{% set ns.n = ns.n + x %}{% endfor %}"
            "{{ ns.n }} ",
            "6 "},
        StatementCase{"{% set t | upper %}a{{ b }}{% endset %}[{{ t }}]", "[A2]"},
        StatementCase{"{% filter upper %}a{{ s }}{% endfilter %}", "AHELLO"},
        StatementCase{"{% with q = 1 %}{{ q }}{% endwith %}{{ q is defined }}", "1False"},
        StatementCase{"{% raw %}{{ a }}{% endraw %}", "{{ a }}"},
        StatementCase{"x {#- c -#} y", "xy"},
        StatementCase{"a\n  {% if a %}\n  b\n  {% endif %}\nc\n", "a\n    b\n  c\n"},
        StatementCase{"a\n  {%- if a -%}\n  b\n  {%- endif +%}\nc\n", "ab\nc\n"},
        StatementCase{"{{ none }} {{ true }} {{ 1.0 }} {{ 1e16 }}", "None True 1.0 1e+16"},
        StatementCase{"{{ ['a', \"it's\", 1] }} {{ m }}", "['a', \"it's\", 1] {'b': 2, 'a': 1}"},
        StatementCase{"a\r\nb\r\n", "a\nb\n"},
        StatementCase{"{{ '}}' }} {{ {'a': {}} }}", "}} {'a': {}}"},
        StatementCase{"{% nope %}", "HF2102: there is no tag 'nope'"},
        StatementCase{"{% include 'x' %}", "HF2102: the tag 'include' is not supported"},
        StatementCase{"{% macro f() %}", "HF2102: the tag 'macro' is not supported"},
        StatementCase{"{% endif %}", "HF2102: 'endif' without its beginning"},
        StatementCase{"{% if a %}x", "HF2102: 'if' is never ended"},
        StatementCase{"{{ a", "HF2102: '{{' is never closed"},
        StatementCase{"{{ (a }}", "HF2102: unexpected '}', expected ')'"},
        StatementCase{"{{ }}", "HF2102: expected an expression, got '}}'"},
        StatementCase{"{{ 'a }}", "HF2102: the text that begins here never ends"},
        StatementCase{"{# a", "HF2102: the comment that begins here never ends"},
        StatementCase{"{% raw %}", "HF2102: the raw block that begins here never ends"},
        StatementCase{"{{ \xff }}", "HF2102: the template isn't valid UTF-8"},
        StatementCase{"{{ 012 }}", "HF2102: the number 012 begins with a zero"},
        StatementCase{"{% for x, y in xs %}{% endfor %}",
                      "HF2104: can't take 3 apart into 2 names"},
        StatementCase{"{% for x in 5 %}{% endfor %}", "HF2104: 5 has no items to go through"},
        StatementCase{"{% set m.x = 1 %}", "HF2104: 'm' is no namespace"},
        StatementCase{"{% for x in xs recursive %}{% endfor %}",
                      "HF2102: recursive loops are not supported"}));

/// A line of a template and where its error must point.
struct Place {
  const char* text;
  int block_indent;
  const char* place;
  int length;
};

class Places : public testing::TestWithParam<Place> {};

TEST_P(Places, OfErrorsAreInTheFile) {
  const Place& c = GetParam();
  const auto source = std::make_shared<const Source>(Source{"site.yaml", ""});
  const Position where{source, 14, 10};
  const ValueScope scope(example_names());
  const auto parsed = Template::parse(c.text, where, c.block_indent);
  const Result<Value> result = parsed ? parsed->render(scope) : Result<Value>(fail(parsed.error()));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().where.text(), c.place) << c.text;
  EXPECT_EQ(result.error().where.length, c.length) << c.text;
}

INSTANTIATE_TEST_SUITE_P(
    Table, Places,
    testing::Values(Place{"{{ runner_nmae }}", 0, "site.yaml:14:13", 11},
                    Place{"x\ny {{ nope }}", 6, "site.yaml:15:12", 4},
                    Place{"x\n\n{% if m.q %}\n{% endif %}", 0, "site.yaml:16:9", 1},
                    Place{"{{ a | uper }}", 0, "site.yaml:14:17", 4},
                    Place{"{{ a\n + 'x' }}", 4, "site.yaml:15:6", 1},
                    Place{"{{ a +\n nope }}", 2, "site.yaml:15:4", 4},
                    Place{"{% if a %}\nx", 0, "site.yaml:14:13", 2},
                    Place{"grüße {{ nope }}", 0, "site.yaml:14:21", 4},
                    Place{"{{ m['q'] }}", 0, "site.yaml:14:15", 3},
                    Place{"{% for x in a %}{% endfor %}", 0, "site.yaml:14:22", 1},
                    Place{"{% set x %}\n{{ nope }}\n{% endset %}", 2, "site.yaml:15:6", 4},
                    Place{"{{ [] | first }}", 0, "site.yaml:14:18", 5}));

class NotedScope : public ValueScope {
 public:
  using ValueScope::ValueScope;
  Error undefined_here(Error error, const std::string&) const override {
    return on_host(std::move(error), "h2");
  }
};

TEST(Undefined, SaysWhereAndWhatIsNear) {
  const NotedScope scope(map_of({{"runner_name", "x"}}));
  const auto result = Template::parse("{{ runner_nmae }}", {})->render(scope);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().message, "'runner_nmae' is not defined on h2");
  EXPECT_EQ(result.error().hint, "did you mean 'runner_name'?");
  const auto attribute = evaluate("users[0].nmae");
  EXPECT_EQ(attribute.error().hint, "did you mean 'name'?");
  EXPECT_EQ(evaluate("s | uper").error().hint, "did you mean 'upper'?");
  EXPECT_NE(evaluate("lookup('x')").error().hint.find("!env"), std::string::npos);
}

TEST(Undefined, HintsAreMadeOnlyWhereTheyAreShown) {
  class CountingScope : public Scope {
   public:
    Result<std::optional<Value>> find(const std::string&) const override {
      return std::optional<Value>();
    }
    std::vector<std::string> names() const override {
      ++asked;
      return {};
    }
    mutable int asked = 0;
  };
  const CountingScope scope;
  EXPECT_TRUE(Template::parse_expression("x is defined or y | default(1)", {})->render(scope));
  EXPECT_EQ(scope.asked, 0);
}

TEST(Scopes, AFailingVariableKeepsItsErrorAndItsUse) {
  class FailingScope : public Scope {
   public:
    Result<std::optional<Value>> find(const std::string&) const override {
      const auto source = std::make_shared<const Source>(Source{"vars.yaml", ""});
      return fail(Error{.code = Code::TemplateType, .message = "bad", .where = {source, 3, 1}});
    }
    std::vector<std::string> names() const override { return {}; }
  };
  const auto source = std::make_shared<const Source>(Source{"site.yaml", ""});
  const auto result = Template::parse("{{ x }}", {source, 1, 1})->render(FailingScope());
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().where.text(), "vars.yaml:3:1");
  ASSERT_EQ(result.error().notes.size(), 1U);
  EXPECT_EQ(result.error().notes[0].where.text(), "site.yaml:1:4");
}

}  // namespace
}  // namespace holdfast
