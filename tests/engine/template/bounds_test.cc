#include <gtest/gtest.h>

#include <random>

#include "tests/engine/template/render.h"

namespace holdfast {
namespace {

std::string repeated(const std::string& text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

TEST(Bounds, EndWhatWouldRunForEver) {
  for (const std::string& text : {
           std::string(
               "{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}"),
           std::string("{% set ns = namespace(x='aaaaaaaaaaaaaaaa') %}{% for i in range(99) %}"
                       "{% set ns.x = ns.x ~ ns.x %}{% endfor %}"),
           std::string("{% set ns = namespace(x=[1]) %}{% for i in range(99) %}"
                       "{% set ns.x = ns.x + ns.x %}{% endfor %}"),
           std::string("{% set ns = namespace(x=[1]) %}{% for i in range(60) %}"
                       "{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x }}"),
           std::string("{% set ns = namespace(x=[1]) %}{% for i in range(60) %}"
                       "{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x | to_json }} "),
           std::string("{% set ns = namespace(x=[1], y=[1]) %}{% for i in range(60) %}"
                       "{% set ns.x = [ns.x, ns.x] %}{% set ns.y = [ns.y, ns.y] %}{% endfor %}"
                       "{{ ns.x == ns.y }}"),
           std::string("{% set ns = namespace(x=1) %}{% for i in range(100000) %}"
                       "{% set ns.x = [ns.x] %}{% endfor %}"),
           std::string("{% set ns = namespace(x=1) %}{% for i in range(100000) %}"
                       "{% set ns.x = {'k': ns.x} %}{% endfor %}"),
           std::string("{% set ns = namespace(x=[1]) %}{% for i in range(100000) %}"
                       "{% set ns.x = ns.x | batch(1) %}{% endfor %}"),
           std::string("{{ 'a' * 99999999999 }}"),
           std::string("{{ [1] * 99999999999 }}"),
           std::string("{{ 'a' | indent(999999999) }}"),
           std::string("{{ 'a' | center(999999999) }}"),
           std::string("{{ ('a' * 1000000) | replace('a', 'b' * 1000000) }}"),
           std::string("{{ ('a' * 1000000) | regex_replace('a', 'b' * 1000) }}"),
           std::string("{{ range(100001) }}"),
           std::string(
               "{{ range(100000) | map('string') | unique | length ~ (range(100000) | sort) ~ "
               "(range(100000) | map('string') | zip(range(100000)) | list) }}"),
           std::string("{{ dict(range(100000) | map('string') | zip(range(100000))) }}"),
           std::string("{% for i in range(100000) %}{{ 'a' * 1000 }}{% endfor %}"),
           std::string("{{ ('[' * 1000) | from_json }}"),
           std::string("{{ 2 ** 999999999999 }}"),
       }) {
    const auto value = render(text);
    ASSERT_FALSE(value) << text.substr(0, 100);
    EXPECT_EQ(code_text(value.error().code), "HF2105")
        << text.substr(0, 100) << value.error().message;
  }
}

TEST(Bounds, DeepNestingIsRefusedNotCrashed) {
  for (const int levels : {101, 5000, 20000}) {
    for (const std::string& text :
         {repeated("(", levels) + "1" + repeated(")", levels),
          repeated("[", levels) + repeated("]", levels), repeated("not ", levels) + "1",
          repeated("-", levels) + "1", "1" + repeated(" | abs", levels * 3),
          "a" + repeated(".b", levels * 3), "1" + repeated(" + 1", levels * 3),
          repeated("{'a':", levels) + "1" + repeated("}", levels),
          "1" + repeated(" if 1 else 1", levels), "a" + repeated("[0]", levels * 3)}) {
      const auto parsed = Template::parse_expression(text, {});
      ASSERT_FALSE(parsed) << text.substr(0, 20);
    }
    const std::string blocks = repeated("{% if 1 %}", levels) + repeated("{% endif %}", levels);
    ASSERT_FALSE(Template::parse(blocks, {}));
  }
  EXPECT_EQ(*evaluate(repeated("(", 99) + "1" + repeated(")", 99)), Value(1));
  EXPECT_EQ(*evaluate("a == 2" + repeated(" or a == 2", 1000) + " or a == 1"), Value(true));
  EXPECT_EQ(evaluate("''" + repeated(" ~ 'x'", 1000))->as_text().size(), 1000U);
}

TEST(Bounds, LeaveRoomForRealWork) {
  const auto value =
      render("{% for i in range(20000) %}line {{ i }} of {{ loop.length }}\n{% endfor %}");
  ASSERT_TRUE(value) << value.error().message;
  EXPECT_GT(value->as_text().size(), 300000U);
  EXPECT_EQ(*evaluate("range(100000) | length"), Value(100000));
}

/// Pieces that make mutated templates reach deep into parser and evaluator.
const std::vector<std::string>& pieces() {
  static const std::vector<std::string> kPieces = {"{{ ",
                                                   " }}",
                                                   "{% ",
                                                   " %}",
                                                   "{#",
                                                   "#}",
                                                   "-",
                                                   "+",
                                                   "{%- ",
                                                   " -%}",
                                                   "if ",
                                                   "elif ",
                                                   "else",
                                                   "endif",
                                                   "for x in ",
                                                   "endfor",
                                                   "set y = ",
                                                   "set z",
                                                   "endset",
                                                   "raw",
                                                   "endraw",
                                                   "with q = ",
                                                   "endwith",
                                                   "filter ",
                                                   "endfilter",
                                                   "xs",
                                                   "m",
                                                   "s",
                                                   "a",
                                                   "users",
                                                   "secret",
                                                   "unknown",
                                                   "reported",
                                                   "nope",
                                                   "nil",
                                                   ".",
                                                   "[",
                                                   "]",
                                                   "(",
                                                   ")",
                                                   "{",
                                                   "}",
                                                   ",",
                                                   ":",
                                                   "|",
                                                   "~",
                                                   "**",
                                                   "//",
                                                   "%",
                                                   "*",
                                                   "/",
                                                   "==",
                                                   "<",
                                                   "not ",
                                                   " in ",
                                                   " is ",
                                                   " and ",
                                                   " or ",
                                                   " if ",
                                                   " else ",
                                                   "'a'",
                                                   "\"%s %d\"",
                                                   "1",
                                                   "2.5",
                                                   "-3",
                                                   "1e3",
                                                   "0x1f",
                                                   "loop.index",
                                                   "ns.x",
                                                   "namespace()",
                                                   "range(5)",
                                                   "dict(a=1)",
                                                   "| default('x')",
                                                   "| map('upper')",
                                                   "| map(attribute='name')",
                                                   "| select('defined')",
                                                   "| join(',')",
                                                   "| sort",
                                                   "| first",
                                                   "| list",
                                                   "| dictsort",
                                                   "| to_json",
                                                   "| from_json",
                                                   "| to_nice_yaml",
                                                   "| regex_replace('(a)', '\\\\1')",
                                                   "| groupby('age')",
                                                   "| combine(m)",
                                                   "| int",
                                                   "| round",
                                                   "| batch(2)",
                                                   "| indent(3)",
                                                   "| format(1)",
                                                   "| zip(xs)",
                                                   "| flatten",
                                                   "| unique",
                                                   "| version('1')",
                                                   ".items()",
                                                   ".split()",
                                                   ".format(1)",
                                                   "[::2]",
                                                   "[-1:]",
                                                   "[0]",
                                                   " is divisibleby 2",
                                                   " is match('a')",
                                                   "\n",
                                                   " ",
                                                   "\\",
                                                   "é",
                                                   "\xff",
                                                   "\x01",
                                                   "{{{",
                                                   "}}}"};
  return kPieces;
}

std::string mutated(std::mt19937& random) {
  const auto below = [&](std::size_t limit) { return static_cast<std::size_t>(random() % limit); };
  std::string text;
  const bool tag = below(2) == 0;
  if (tag) text += "{{ ";
  for (std::size_t i = below(12) + 1; i > 0; --i) text += pieces()[below(pieces().size())];
  if (tag) text += " }}";
  for (std::size_t i = below(3); i > 0 && !text.empty(); --i) {
    const std::size_t at = below(text.size());
    const std::size_t kind = below(3);
    if (kind == 0) text.erase(at, 1);
    if (kind == 1) text.insert(at, 1, static_cast<char>(below(256)));
    if (kind == 2) text.insert(at, text.substr(at, below(10)));
  }
  return text;
}

TEST(Bounds, NoTemplateCrashesOrHangsOrShowsASecret) {
  std::mt19937 random(20230614);  // NOLINT: the same templates every time
  int rendered = 0;
  for (int i = 0; i < 20000; ++i) {
    const std::string text = mutated(random);
    const auto value = i % 2 == 0 ? render(text) : evaluate(text);
    if (!value) {
      EXPECT_EQ(value.error().message.find("hunter2"), std::string::npos) << text;
      EXPECT_NE(value.error().code, Code::Internal) << text;
      continue;
    }
    ++rendered;
    EXPECT_EQ(value->display().find("hunter2"), std::string::npos) << text;
  }
  EXPECT_GT(rendered, 1000);
}

}  // namespace
}  // namespace holdfast
