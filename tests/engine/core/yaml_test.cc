#include "engine/core/yaml.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "engine/core/read_file.h"

namespace holdfast {
namespace {

Result<std::vector<YamlNode>> parse(std::string text) {
  return parse_yaml(std::make_shared<const Source>(Source{"a.yaml", std::move(text)}));
}

/// "line:column: message", or "" where the text is taken.
std::string problem(const std::string& text) {
  const auto documents = parse(text);
  if (documents) return {};
  const Position& where = documents.error().where;
  return std::to_string(where.line) + ":" + std::to_string(where.column) + ": " +
         documents.error().message;
}

std::string repeat(const std::string& text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

std::string place(const Position& where) {
  return std::to_string(where.line) + ":" + std::to_string(where.column) + "+" +
         std::to_string(where.length);
}

struct Refusal {
  const char* name;
  std::string yaml;
  std::string problem;
};
class YamlRefusal : public testing::TestWithParam<Refusal> {};

TEST_P(YamlRefusal, SaysWhereAndWhat) { EXPECT_EQ(problem(GetParam().yaml), GetParam().problem); }

INSTANTIATE_TEST_SUITE_P(
    Table, YamlRefusal,
    testing::Values(
        Refusal{"DuplicateKey", "a: 1\nb: 2\na: 3\n",
                "3:1: the key 'a' stands twice in one mapping"},
        Refusal{"TabBeforeKey", "a:\n\tb: 1\n", "2:1: a tab is used as indentation"},
        Refusal{"TabBehindSpaces", "a:\n  b: 1\n \tc: 1\n", "3:2: a tab is used as indentation"},
        Refusal{"TabBeforeItem", "a:\n\t- b\n", "2:1: a tab is used as indentation"},
        Refusal{"TabBeforeLoneText", "a:\n\tb\n", "2:1: a tab is used as indentation"},
        Refusal{"TabInBlock", "a: |\n\tb\n", "2:1: a tab is used as indentation"},
        Refusal{"MappingAsKey", "? {a: 1}\n: b\n", "1:3: a key must be a single text"},
        Refusal{"ListAsKey", "? [a]\n: b\n", "1:3: a key must be a single text"},
        Refusal{"EmptyKey", ": b\n", "1:1: a key is missing before this ':'"},
        Refusal{"BareExpression", "a: {{ x }}\n",
                "1:4: a value that begins with '{{' must be quoted: YAML sees a mapping here"},
        Refusal{"BareExpressionWithTail", "a: {{ x }}/tcp\n",
                "1:4: a value that begins with '{{' must be quoted: YAML sees a mapping here"},
        Refusal{"BareExpressionWithFilter", "a: 1\nb:\n  - {{ x | default('a: b') }}\n",
                "3:5: a value that begins with '{{' must be quoted: YAML sees a mapping here"},
        Refusal{"ExpressionInBrackets", "a: [b-{{ x }}]\n",
                "1:7: a text with '{{' in it must be quoted here: YAML sees a mapping"},
        Refusal{"ColonInText", "a: b: c\n", "1:5: a mapping can't stand here"},
        Refusal{"UnclosedQuote", "a: 'x\nb: 1\n", "1:4: this quote is never closed"},
        Refusal{"UnclosedQuoteAtEnd", "b: 1\na: \"x\\\"\n", "2:4: this quote is never closed"},
        Refusal{"UnclosedBracket", "a: [1\nb: 2\n", "1:4: this '[' is never closed"},
        Refusal{"UnclosedBrace", "a: {b: 1\n", "1:4: this '{' is never closed"},
        Refusal{"UnclosedAtTop", "[1, 2\n",
                "1:1: this '[' is never closed, or stands where a key belongs"},
        Refusal{"LoneBrace", "a: 1\n}\n", "2:1: this bracket closes nothing"},
        Refusal{"MissingColon", "a:\n- x\n-y\n", "3:1: ':' is missing after '-y'"},
        Refusal{"MissingColonInMap", "a: 1\nbcd\n", "2:1: ':' is missing after 'bcd'"},
        Refusal{"ReservedCharacter", "a: @x\n", "1:4: a text can't begin with this character"},
        Refusal{"ListThenMapping", "- a\nb: 1\n",
                "2:1: this doesn't belong to what stands above it"},
        Refusal{"TextAfterQuote", "a: \"x\" y\n", "1:8: this fits no mapping around it"},
        Refusal{"UnknownEscape", "a: \"\\q\"\n", "1:7: not YAML: unknown escape character: q"},
        Refusal{"AliasWithoutAnchor", "a: *u\n", "1:4: this alias has no anchor before it"},
        Refusal{"AliasOfAnotherDocument", "a: &u 1\n---\na: *u\n",
                "3:4: this alias has no anchor before it"},
        Refusal{"AliasToItself", "a: &x [*x]\n",
                "1:8: this alias stands for something that it is inside"},
        Refusal{"MergeOfText", "<<: a\n", "1:5: '<<' needs a mapping"},
        Refusal{"Nul", std::string("a: b\0c\n", 7), "1:5: the file holds a NUL byte"},
        Refusal{"EscapedNul", "a: \"\\0\"\n", "1:4: a text holds a NUL byte"},
        Refusal{"NotUtf8", "a: 1\nb: \xc3\xa4\xff\n", "2:6: 'a.yaml' isn't valid UTF-8"},
        Refusal{"TooLarge", std::string((16U << 20) + 1, '#'),
                "0:0: 'a.yaml' is larger than 16 MiB"},
        Refusal{"DeepFlow", repeat("[", 50000) + repeat("]", 50000),
                "1:201: this YAML is nested more than 200 levels deep"},
        Refusal{"DeepBraces", repeat("{a: ", 50000) + repeat("}", 50000),
                "1:801: this YAML is nested more than 200 levels deep"},
        Refusal{"DeepBlock", repeat("- ", 100000),
                "1:401: this YAML is nested more than 200 levels deep"},
        Refusal{"DeepKeys", repeat("? ", 100000), "1:3: a key must be a single text"},
        Refusal{"ControlInKey", "\"a\\x1b[m\": 1\n\"a\\x1b[m\": 2\n",
                "2:1: the key 'a\\x1b[m' stands twice in one mapping"}),
    [](const auto& p) { return std::string(p.param.name); });

TEST(Yaml, KnowsThePlaceOfEveryKeyAndValue) {
  const auto documents = parse("a: !env X\nbb:\n  - \"q\"\n  - |\n    t\n     u\nc:\nd: ~\n");
  ASSERT_TRUE(documents) << documents.error().message;
  const YamlNode& root = documents->at(0);
  EXPECT_EQ(place(root.where), "1:1+1");
  EXPECT_EQ(place(root.entries[1].where), "2:1+2");
  const YamlNode& tagged = *root.find("a");
  EXPECT_EQ(tagged.tag, "!env");
  EXPECT_EQ(tagged.scalar, "X");
  EXPECT_EQ(place(tagged.where), "1:4+6");
  EXPECT_EQ(place(tagged.text), "1:9+1");
  const YamlNode& list = *root.find("bb");
  EXPECT_EQ(place(list.where), "3:3+1");
  EXPECT_EQ(place(list.items[0].where), "3:5+3");
  EXPECT_EQ(place(list.items[0].text), "3:6+1");
  EXPECT_EQ(list.items[0].style, YamlNode::Style::Quoted);
  EXPECT_EQ(list.items[1].style, YamlNode::Style::Literal);
  EXPECT_EQ(list.items[1].scalar, "t\n u\n");
  EXPECT_EQ(place(list.items[1].text), "5:5+1");
  EXPECT_EQ(list.items[1].block_indent, 4);
  EXPECT_EQ(place(root.find("c")->where), "7:1+1") << "an empty value stands at its key";
  EXPECT_EQ(root.find("c")->kind, YamlNode::Kind::Null);
  EXPECT_EQ(place(root.find("d")->where), "8:4+1");
  EXPECT_EQ(root.find("d")->scalar, "~");
}

TEST(Yaml, CountsColumnsInBytesBehindAByteOrderMark) {
  const auto documents = parse("\xef\xbb\xbf\xc3\xa9: {\xc3\xa9: \xc3\xbc, b: c}\n");
  ASSERT_TRUE(documents);
  const YamlNode& inner = documents->at(0).entries[0].value;
  EXPECT_EQ(place(inner.where), "1:8+1");
  EXPECT_EQ(place(inner.entries[1].where), "1:17+1");
}

TEST(Yaml, KeepsTheFirstByteOfBlocksWithEmptyLinesAndIndentationMarks) {
  const auto documents = parse("a: |2\n    x\nb: |\n\n  y\nc: >-\n  z\n");
  ASSERT_TRUE(documents);
  const YamlNode& root = documents->at(0);
  EXPECT_EQ(root.find("a")->scalar, "  x\n");
  EXPECT_EQ(root.find("a")->block_indent, 2);
  EXPECT_EQ(place(root.find("a")->text), "2:3+1");
  EXPECT_EQ(root.find("b")->scalar, "\ny\n");
  EXPECT_EQ(place(root.find("b")->text), "4:1+1");
  EXPECT_EQ(root.find("c")->scalar, "z");
}

TEST(Yaml, KeepsTheEmptyLinesAtTheEndOfAQuotedText) {
  const auto documents = parse(
      "a: 'x\n\n\n  '\nb: \"x\n\n\n\n\"\nc: '\n\n\n'\nd: 'x\n\n  '\ne: 'x\n  '\nf: 'x'\n"
      "g: \"x\\n\"\nh: 'x\r\n\r\n\r\n'\n");
  ASSERT_TRUE(documents);
  const YamlNode& root = documents->at(0);
  EXPECT_EQ(root.find("a")->scalar, "x\n\n") << "as PyYAML writes and reads it";
  EXPECT_EQ(root.find("b")->scalar, "x\n\n\n");
  EXPECT_EQ(root.find("c")->scalar, "\n\n");
  EXPECT_EQ(root.find("d")->scalar, "x\n");
  EXPECT_EQ(root.find("e")->scalar, "x ");
  EXPECT_EQ(root.find("f")->scalar, "x");
  EXPECT_EQ(root.find("g")->scalar, "x\n");
  EXPECT_EQ(root.find("h")->scalar, "x\n\n");
}

TEST(Yaml, AnAliasHasItsOwnPlace) {
  const auto documents = parse("a: &x {k: 1}\nb: *x\n");
  ASSERT_TRUE(documents);
  EXPECT_EQ(place(documents->at(0).find("b")->where), "2:4+1");
  EXPECT_EQ(place(documents->at(0).find("b")->entries[0].where), "1:8+1");
}

TEST(Yaml, MergeKeysYieldToWrittenOnes) {
  const auto documents =
      parse("x: &x {a: 1, b: 1}\ny: &y {b: 2, c: 2}\nz:\n  <<: [*x, *y]\n  a: 9\n'<<': t\n");
  ASSERT_TRUE(documents);
  EXPECT_EQ(yaml12_value(*documents->at(0).find("z")).display(), R"({"a":9,"b":1,"c":2})");
  EXPECT_EQ(documents->at(0).find("<<")->scalar, "t") << "a quoted << is an ordinary key";
}

TEST(Yaml, ReadsEveryDocument) {
  const auto documents = parse("a: 1\n---\n---\nb: 2\n...\n---\nc\n");
  ASSERT_TRUE(documents);
  ASSERT_EQ(documents->size(), 4U);
  EXPECT_EQ(documents->at(1).kind, YamlNode::Kind::Null);
  EXPECT_EQ(documents->at(3).scalar, "c");
  EXPECT_TRUE(parse("")->empty());
  EXPECT_TRUE(parse("# nothing\n")->empty());
}

TEST(Yaml, TakesFlowMarksAndWindowsLineEnds) {
  EXPECT_EQ(problem("a: [\n\tb,\n\tc\n]\n"), "");
  EXPECT_EQ(problem("a: {b, c}\n"), "");
  EXPECT_EQ(problem("a: 1\r\nb:\r\n  c: 2\r\n"), "");
  EXPECT_EQ(problem("? a\n: b\n"), "");
  EXPECT_EQ(problem("\"a b\" : 1\n'c''d': 2\n"), "");
  EXPECT_EQ(problem("a: one\n  two\nb: \"three\n  four\"\n"), "");
}

TEST(Yaml, RefusesAliasesThatExplode) {
  std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (char level = '1'; level <= '9'; ++level) {
    const std::string before{'*', 'a', static_cast<char>(level - 1)};
    text += {'a', level, ':', ' ', '&', 'a', level, ' ', '['};
    text += repeat(before + ", ", 9) + before + "]\n";
  }
  EXPECT_THAT(problem(text), testing::EndsWith("this YAML holds more than 1,000,000 values"));
}

struct Typed {
  const char* text;
  const char* core;  ///< "type display" by YAML 1.2
  const char* old;   ///< by YAML 1.1
};

TEST(Yaml, TypesPlainScalars) {
  const std::vector<Typed> cases{
      {"yes", "text yes", "truth value true"},
      {"NO", "text NO", "truth value false"},
      {"true", "truth value true", "truth value true"},
      {"0644", "whole number 644", "whole number 420"},
      {"0o644", "whole number 420", "text 0o644"},
      {"0x1F", "whole number 31", "whole number 31"},
      {"0b101", "text 0b101", "whole number 5"},
      {"1_000", "text 1_000", "whole number 1000"},
      {"22:30", "text 22:30", "whole number 1350"},
      {"22:30.5", "text 22:30.5", "number 1350.5"},
      {"08", "whole number 8", "text 08"},
      {"1.10", "number 1.1", "number 1.1"},
      {"1e3", "number 1000.0", "text 1e3"},
      {"1.5e+3", "number 1500.0", "number 1500.0"},
      {".5", "number 0.5", "number 0.5"},
      {"-7", "whole number -7", "whole number -7"},
      {"1.2.3", "text 1.2.3", "text 1.2.3"},
      {"2024-01-31", "text 2024-01-31", "text 2024-01-31"},
      {"10.0.0.1", "text 10.0.0.1", "text 10.0.0.1"},
      {"aa:bb", "text aa:bb", "text aa:bb"},
      {"99999999999999999999", "text 99999999999999999999", "text 99999999999999999999"},
      {"\"5\"", "text 5", "text 5"},
      {"!!str 5", "text 5", "text 5"},
      {"~", "null null", "null null"},
      {"null", "null null", "null null"}};
  for (const Typed& c : cases) {
    const auto documents = parse(std::string("a: ") + c.text + "\n");
    ASSERT_TRUE(documents) << c.text << ": " << documents.error().message;
    const YamlNode& node = *documents->at(0).find("a");
    const Value core = yaml12_value(node);
    const Value old = yaml11_value(node);
    EXPECT_EQ(std::string(core.type_name()) + " " + core.display(), c.core) << c.text;
    EXPECT_EQ(std::string(old.type_name()) + " " + old.display(), c.old) << c.text;
  }
}

class YamlFiles : public testing::Test {
 protected:
  YamlFiles() : folder_(testing::TempDir() + "hf_yaml_" + std::to_string(::getpid())) {
    std::filesystem::create_directories(folder_);
  }
  ~YamlFiles() override { std::filesystem::remove_all(folder_); }
  std::string folder_;
};

TEST_F(YamlFiles, NeverBlocksOnAFifoAndNamesWhatItIs) {
  const std::string fifo = folder_ + "/fifo";
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  EXPECT_THAT(load_yaml(fifo).error().message, testing::EndsWith("it isn't a regular file"));
  EXPECT_THAT(load_yaml(folder_).error().message, testing::EndsWith("it is a folder"));
  EXPECT_THAT(load_yaml("/dev/zero").error().message, testing::EndsWith("it isn't a regular file"));
  EXPECT_EQ(load_yaml(folder_ + "/none").error().code, Code::FileUnreadable);
}

TEST_F(YamlFiles, RefusesALargeFileUnread) {
  const std::string large = folder_ + "/large.yaml";
  std::ofstream(large) << "a: 1\n";
  std::filesystem::resize_file(large, 100U << 20);
  EXPECT_EQ(load_yaml(large).error().code, Code::FileTooLarge);
  EXPECT_EQ(read_file(large, 3).error().message, "'" + large + "' is larger than 3 bytes");
}

TEST_F(YamlFiles, ReadsAFileThatHidesItsSize) {
  const auto bytes = read_file("/proc/self/status", 1U << 20);
  ASSERT_TRUE(bytes);
  EXPECT_THAT(*bytes, testing::StartsWith("Name:"));
}

}  // namespace
}  // namespace holdfast
