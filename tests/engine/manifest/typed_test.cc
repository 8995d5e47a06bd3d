#include "engine/manifest/typed.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/manifest/manifest.h"
#include "engine/manifest/type_syntax.h"

namespace holdfast {
namespace {

struct Read {
  Value value;
  std::string error;  ///< "message | hint"
};

Read read(const std::string& text, const Type& type) {
  const auto documents =
      parse_yaml(std::make_shared<const Source>(Source{"a.yaml", "x: " + text + "\n"}));
  if (!documents) return {{}, "YAML: " + documents.error().message};
  Diagnostics diagnostics;
  Value value = typed_value(*documents->at(0).find("x"), type, "'x'", diagnostics);
  std::string errors;
  for (const Error& error : diagnostics.errors()) {
    errors += error.message + (error.hint.empty() ? "" : " | " + error.hint);
  }
  return {std::move(value), errors};
}

Type type(const std::string& text) {
  auto parsed = parse_type(text, {});
  EXPECT_TRUE(parsed) << text;
  return parsed ? *parsed : Type{};
}

struct Good {
  const char* type;
  const char* written;
  const char* value;  ///< "type display"
};

TEST(TypedValue, ReadsAsTheSchemaSaysNotAsYamlGuesses) {
  const std::vector<Good> cases{{"text", "NO", "text NO"},
                                {"text", "1.10", "text 1.10"},
                                {"text", "0644", "text 0644"},
                                {"text", "22:30", "text 22:30"},
                                {"text", "\"null\"", "text null"},
                                {"text", "null", "null null"},
                                {"text", "~", "null null"},
                                {"bool", "yes", "truth value true"},
                                {"bool", "Off", "truth value false"},
                                {"int", "-12", "whole number -12"},
                                {"int", "\"12\"", "whole number 12"},
                                {"float", "1.5", "number 1.5"},
                                {"float", "2", "number 2.0"},
                                {"port", "65535", "whole number 65535"},
                                {"path", "/etc//a/./b/", "text /etc/a/b"},
                                {"path", "/", "text /"},
                                {"mode", "0644", "text 0644"},
                                {"mode", "644", "text 0644"},
                                {"mode", "\"4755\"", "text 4755"},
                                {"mode", "u=rw,go=r", "text 0644"},
                                {"mode", "u=rwxs,g=rx,o=t", "text 5750"},
                                {"mode", "a=rx", "text 0555"},
                                {"duration", "500ms", "number 0.5"},
                                {"duration", "5m", "number 300.0"},
                                {"duration", "1.5h", "number 5400.0"},
                                {"size", "10MiB", "whole number 10485760"},
                                {"size", "1KB", "whole number 1000"},
                                {"url", "https://a.b:1/c?d", "text https://a.b:1/c?d"},
                                {"host", "a-1.example.org", "text a-1.example.org"},
                                {"host", "fe80::1", "text fe80::1"},
                                {"secret", "s", "secret (secret)"},
                                {"one_of(a, b)", "b", "text b"},
                                {"list(text)", "[1, yes]", "list [\"1\",\"yes\"]"},
                                {"map(int)", "{a: 1, b: ~}", "map {\"a\":1}"}};
  for (const Good& c : cases) {
    const Read got = read(c.written, type(c.type));
    EXPECT_EQ(got.error, "") << c.type << " " << c.written;
    EXPECT_EQ(std::string(got.value.type_name()) + " " + got.value.display(), c.value) << c.type;
  }
}

struct Bad {
  const char* type;
  const char* written;
  const char* error;
};

TEST(TypedValue, RefusesWhatIsNotPlainlyOfTheType) {
  const std::vector<Bad> cases{
      {"mode", "0999", "'x' needs a mode such as 0644 or u=rw,go=r, not '0999'"},
      {"mode", "00000644",
       "'x' needs a mode such as 0644 or u=rw,go=r, not '00000644' | write three or four octal "
       "digits"},
      {"mode", "44",
       "'x' needs a mode such as 0644 or u=rw,go=r, not '44' | write three or four octal digits"},
      {"mode", "0o644", "'x' needs a mode such as 0644 or u=rw,go=r, not '0o644'"},
      {"mode", "u+x",
       "'x' needs a mode such as 0644 or u=rw,go=r, not 'u+x' | a mode is stated whole, not "
       "changed: u=rw,g=r,o="},
      {"mode", "u=rw,g=r",
       "'x' needs a mode such as 0644 or u=rw,go=r, not 'u=rw,g=r' | state all of u, g and o: "
       "u=rw,go=r"},
      {"mode", "u=rw,u=r,go=r", "'x' needs a mode such as 0644 or u=rw,go=r, not 'u=rw,u=r,go=r'"},
      {"bool", "\"yes\"", "'x' needs true or false, not the text 'yes' | remove the quotes"},
      {"bool", "1", "'x' needs true or false, not '1'"},
      {"int", "1.0", "'x' needs a whole number, not '1.0'"},
      {"int", "010",
       "'x' needs a whole number, not '010' | leading zeros could mean an octal number: leave them "
       "out"},
      {"int", "99999999999999999999", "'x' needs a whole number, not '99999999999999999999'"},
      {"port", "0", "'x' needs a port from 1 to 65535, not '0'"},
      {"port", "65536", "'x' needs a port from 1 to 65535, not '65536'"},
      {"float", "nan", "'x' needs a number, not 'nan'"},
      {"path", "etc/a",
       "'x' needs an absolute path, not 'etc/a' | a path on a host begins with '/'"},
      {"path", "/etc/../a",
       "'x' needs an absolute path, not '/etc/../a' | '..' isn't followed: write the path that is "
       "meant"},
      {"duration", "30",
       "'x' needs a duration such as 500ms, 30s, 5m, 2h or 1d, not '30' | a number alone has no "
       "unit: 30s?"},
      {"duration", "5 m", "'x' needs a duration such as 500ms, 30s, 5m, 2h or 1d, not '5 m'"},
      {"size", "10",
       "'x' needs a size such as 10KiB, 10MiB or 1GB, not '10' | a number alone has no unit: 10B?"},
      {"size", "10M", "'x' needs a size such as 10KiB, 10MiB or 1GB, not '10M'"},
      {"url", "a.b/c",
       "'x' needs a URL, not 'a.b/c' | a URL begins with a scheme, such as https://"},
      {"url", "http://", "'x' needs a URL, not 'http://'"},
      {"host", "-oProxyCommand=x", "'x' needs a host name or an address, not '-oProxyCommand=x'"},
      {"host", "1.2.3.999", "'x' needs a host name or an address, not '1.2.3.999'"},
      {"one_of(debug, info)", "inof",
       "'x' needs one of debug, info, not 'inof' | did you mean 'info'?"},
      {"text", "[a]", "'x' needs a text, not a list"},
      {"text", "{a: b}", "'x' needs a text, not a mapping"},
      {"list(text)", "a", "'x' needs a list, not 'a'"},
      {"list(text)", "[a, ~]", "an item of 'x' needs a text, not nothing"},
      {"map(int)", "{a: b}", "'a' in 'x' needs a whole number, not 'b'"},
      {"map(int)", "[a]", "'x' needs a mapping, not a list"}};
  for (const Bad& c : cases) EXPECT_EQ(read(c.written, type(c.type)).error, c.error) << c.written;
}

TEST(TypedValue, AnObjectKnowsItsFields) {
  const Type object =
      Type::object({{.name = "port", .type = Type{.kind = TypeKind::Port}, .required = true},
                    {.name = "proto", .default_value = Value("tcp")}});
  EXPECT_EQ(read("{port: 80}", object).value.display(), R"({"port":80,"proto":"tcp"})");
  EXPECT_EQ(read("{}", object).error, "'x' needs 'port'");
  const std::string hint = " | give it a value, or leave the key out: {{ x if x else none }} does";
  EXPECT_EQ(read("{port: 80, proto: }", object).error,
            "'proto' in 'x' needs a text, not nothing" + hint);
  ValueMap empty;
  empty.append("port", Value());
  EXPECT_EQ(typed_value(Value(empty), object, "'x'", Position{}).error().message,
            "'port' in 'x' needs a port from 1 to 65535, not nothing");
  EXPECT_EQ(read("{prot: 80}", object).error,
            "'x' has no key 'prot' | did you mean 'port' or 'proto'?'x' needs 'port'");
}

TEST(TypedValue, ASecretIsNeverQuoted) {
  Diagnostics diagnostics;
  const auto documents =
      parse_yaml(std::make_shared<const Source>(Source{"a.yaml", "x: {hunter2: 1}\n"}));
  const Attribute attribute{.name = "x", .secret = true};
  typed_attribute(*documents->at(0).find("x"), attribute, "'x'", {}, diagnostics);
  ASSERT_EQ(diagnostics.errors().size(), 1U);
  EXPECT_EQ(diagnostics.errors()[0].message, "'x' needs a text, not a mapping");
  EXPECT_EQ(diagnostics.errors()[0].where.text(), "a.yaml:1:4");
  EXPECT_EQ(diagnostics.errors()[0].where.line_text(), "") << "the line holds the secret";
}

struct FromExpression {
  Value value;
  const char* type;
  const char* result;  ///< "type display" or the error
};

TEST(TypedValue, TypesWhatAnExpressionGave) {
  const std::vector<FromExpression> cases{
      {Value(9101), "port", "whole number 9101"},
      {Value("9101"), "port", "whole number 9101"},
      {Value(9101), "text", "text 9101"},
      {Value(true), "bool", "truth value true"},
      {Value("yes"), "bool", "truth value true"},
      {Value(1), "float", "number 1.0"},
      {Value(Secret("s")), "text", "secret (secret)"},
      {Value(Secret("/a//b")), "path", "secret (secret)"},
      {Value(ValueList{1, 2}), "list(text)", "list [\"1\",\"2\"]"},
      {Value(Unknown{"facts"}), "port", "unknown (unknown: facts)"},
      {Value(), "port", "null null"},
      {Value(true), "text",
       "'x' needs a text, not the truth value 'true' | say which text is meant: {{ 'yes' if … else "
       "'no' }}"},
      {Value(420), "mode",
       "'x' needs a mode such as 0644 or u=rw,go=r, not the whole number '420' | YAML read the "
       "mode "
       "as a number: quote it where it is defined"},
      {Value(30), "duration",
       "'x' needs a duration such as 500ms, 30s, 5m, 2h or 1d, not the whole number '30' | add the "
       "unit behind the expression"},
      {Value(Secret("22")), "port",
       "'x' needs a port from 1 to 65535, not a secret | where it isn't one, say so: !env {name: "
       "NAME, secret: false}"},
      {Value(Secret("-x")), "host",
       "'x' needs a host name or an address, not a secret | where it isn't one, say so: !env "
       "{name: NAME, secret: false}"},
      {Value("[\"a\"]"), "list(text)",
       "'x' needs a list, not '[\"a\"]' | see the filters split and from_json"},
      {Value(std::string("a\0b", 3)), "text",
       "'x' needs a text, not 'a\\x00b' | the text holds a NUL byte"}};
  for (const FromExpression& c : cases) {
    const auto typed = typed_value(c.value, type(c.type), "'x'", Position{});
    const std::string got =
        typed ? std::string(typed->type_name()) + " " + typed->display()
              : typed.error().message +
                    (typed.error().hint.empty() ? "" : " | " + typed.error().hint);
    EXPECT_EQ(got, c.result);
  }
}

TEST(TypedValue, KeepsWhoReportedIt) {
  const auto typed = typed_value(Value("80").tainted({"h1"}), type("port"), "'x'", Position{});
  ASSERT_TRUE(typed);
  EXPECT_THAT(typed->reported_by(), testing::ElementsAre("h1"));
}

TEST(TypeSyntax, NamesTheNearest) {
  EXPECT_EQ(type("map(list(one_of(a,b)))").text(), "map(list(one_of(a, b)))");
  const auto wrong = parse_type("prot", {});
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().message, "there is no type 'prot'");
  EXPECT_THAT(wrong.error().hint, testing::StartsWith("did you mean 'port'"));
  for (const char* bad : {"list", "list(", "list()", "one_of(a,)", "map(x)", "", "list(text"}) {
    EXPECT_FALSE(parse_type(bad, {})) << bad;
  }
}

}  // namespace
}  // namespace holdfast
