#include "engine/inventory/python_literal.h"

#include <gtest/gtest.h>

namespace holdfast {
namespace {

/// The literal as JSON, "(text)" where the text stands for itself, the error's message else.
std::string read_literal(const std::string& text) {
  const auto got = python_literal(text);
  if (!got) return got.error().message;
  if (!*got) return "(text)";
  const Value& value = **got;
  return value.is_text() ? "'" + value.as_text() + "'" : value.display();
}

TEST(PythonLiteral, ReadsWhatLiteralEvalReads) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"1", "1"},
      {"-5", "-5"},
      {"+5", "5"},
      {"- 5", "-5"},
      {"--5", "(text)"},
      {"-(5)", "-5"},
      {"1_000", "1000"},
      {"1__0", "(text)"},
      {"0644", "(text)"},
      {"00", "0"},
      {"0x1F", "31"},
      {"0o17", "15"},
      {"0b2", "(text)"},
      {"0x_f", "15"},
      {"1.5", "1.5"},
      {".5", "0.5"},
      {"5.", "5.0"},
      {"1e3", "1000.0"},
      {"007.5", "7.5"},
      {".", "(text)"},
      {"99999999999999999999", "(text)"},
      {"True", "true"},
      {"true", "(text)"},
      {"None", "null"},
      {"none", "(text)"},
      {"", "(text)"},
      {"abc", "(text)"},
      {"1abc", "(text)"},
      {"1+2", "(text)"},
      {"8080 # the port", "8080"},
      {"abc # kept", "(text)"},
      {"'a'", "'a'"},
      {"'a' \"b\"", "'ab'"},
      {"u'a'", "'a'"},
      {"b'a'", "'a'"},
      {"f'a'", "(text)"},
      {"'a' b'b'", "(text)"},
      {"'a'b", "(text)"},
      {"'open", "(text)"},
      {"'''a'b'''", "'a'b'"},
      {R"('\x41\u00e9\101\t\q')", "'A\u00e9A\t\\q'"},
      {R"(r'\x41')", "'\\x41'"},
      {R"('\x4')", "(text)"},
      {R"('\N{DASH}')", "(text)"},
      {"[1, 'a', [2,],]", "[1,\"a\",[2]]"},
      {"[1 2]", "(text)"},
      {"[,]", "(text)"},
      {"[a]", "(text)"},
      {"1,2", "[1,2]"},
      {"1,", "[1]"},
      {"()", "[]"},
      {"(1)", "1"},
      {"(1,)", "[1]"},
      {"{}", "{}"},
      {"{'a': 1, 2: None, True: 1.5}", R"({"a":1,"2":null,"true":1.5})"},
      {"{'a': 1, 'a': 2}", R"({"a":2})"},
      {"{'a'}}", "(text)"},
      {"{'a': 1, 'b'}", "(text)"},
  };
  for (const auto& [text, expected] : cases) EXPECT_EQ(read_literal(text), expected) << text;
}

TEST(PythonLiteral, RefusesWhatNoInventoryCanHold) {
  for (const char* text :
       {"{1, 2}", "set()", "1+2j", "5j", "...", "[b'a']", "{(1,): 2}", R"('\ud800')"}) {
    const auto got = python_literal(text);
    ASSERT_FALSE(got) << text;
    EXPECT_EQ(got.error().code, Code::InventoryVariableInvalid) << text;
  }
}

TEST(PythonLiteral, DeepNestingIsAText) {
  EXPECT_EQ(read_literal(std::string(5000, '[') + std::string(5000, ']')), "(text)");
  EXPECT_EQ(read_literal(std::string(50, '[') + std::string(50, ']')).substr(0, 3), "[[[");
}

}  // namespace
}  // namespace holdfast
