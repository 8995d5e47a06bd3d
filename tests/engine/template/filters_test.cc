#include <gtest/gtest.h>

#include "tests/engine/template/render.h"

namespace holdfast {
namespace {

class Filters : public testing::TestWithParam<ExpressionCase> {};

TEST_P(Filters, GiveTheirValue) {
  EXPECT_EQ(outcome(evaluate(GetParam().expression)), GetParam().expected) << GetParam().expression;
}

INSTANTIATE_TEST_SUITE_P(
    Text, Filters,
    testing::Values(
        ExpressionCase{"'grüße' | upper", "GRÜßE"}, ExpressionCase{"'ABC' | lower", "abc"},
        ExpressionCase{"'hELLO w' | capitalize", "Hello w"},
        ExpressionCase{"'a-b (c)' | title", "A-B (C)"}, ExpressionCase{"' x ' | trim", "x"},
        ExpressionCase{"'abc' | replace('b', 'x')", "axc"},
        ExpressionCase{"'a\\nb' | indent(2)", "a\n  b"},
        ExpressionCase{"'one two three' | truncate(8, leeway=0)", "one..."},
        ExpressionCase{"'ab' | center(6)", "  ab  "}, ExpressionCase{"'%d%%' | format(5)", "5%"},
        ExpressionCase{"'a b  c' | split", R"(["a","b","c"])"}, ExpressionCase{"5 | string", "5"},
        ExpressionCase{"'a b c' | wordcount", "3"}, ExpressionCase{"'x' | comment", "#\n# x\n#"},
        ExpressionCase{"'%99999999d' | format(1)", "HF2105: a width of more than 10000"},
        ExpressionCase{"'%s' | format", "HF2104: the format has more places than arguments"},
        ExpressionCase{"'{:>4}|{x}'.format(1, x='y')", "   1|y"}));

INSTANTIATE_TEST_SUITE_P(
    Numbers, Filters,
    testing::Values(ExpressionCase{"'42' | int", "42"}, ExpressionCase{"'x' | int(7)", "7"},
                    ExpressionCase{"'1f' | int(base=16)", "31"},
                    ExpressionCase{"'42.9' | int", "42"}, ExpressionCase{"'1.5' | float", "1.5"},
                    ExpressionCase{"-3 | abs", "3"}, ExpressionCase{"2.5 | round", "2.0"},
                    ExpressionCase{"1.21 | round(1, 'ceil')", "1.3"},
                    ExpressionCase{"'yes' | bool", "true"}, ExpressionCase{"'2' | bool", "false"},
                    ExpressionCase{"2 | pow(3)", "8.0"}, ExpressionCase{"9 | root", "3.0"},
                    ExpressionCase{"100 | log(10)", "2.0"},
                    ExpressionCase{"'99999999999999999999' | int",
                                   "HF2105: the number has more than 64 bits"}));

INSTANTIATE_TEST_SUITE_P(
    Lists, Filters,
    testing::Values(
        ExpressionCase{"xs | length", "3"}, ExpressionCase{"xs | count", "3"},
        ExpressionCase{"xs | first", "3"}, ExpressionCase{"xs | last", "2"},
        ExpressionCase{"[] | first", "HF2101: there is no first item: a list is empty"},
        ExpressionCase{"[] | last | default(0)", "0"},
        ExpressionCase{"'ab' | list", R"(["a","b"])"}, ExpressionCase{"xs | sort", "[1,2,3]"},
        ExpressionCase{"words | sort(reverse=true)", R"(["b","A","a"])"},
        ExpressionCase{"users | sort(attribute='age') | map(attribute='name')", R"(["Bob","ann"])"},
        ExpressionCase{"[1, 'a'] | sort", "HF2104: the text 'a' and 1 have no order"},
        ExpressionCase{"words | unique", R"(["b","A"])"}, ExpressionCase{"xs | reverse", "[2,1,3]"},
        ExpressionCase{"xs | map('string')", R"(["3","1","2"])"},
        ExpressionCase{"users | map(attribute='admin', default=false)", "[true,false]"},
        ExpressionCase{"range(5) | select('even')", "[0,2,4]"},
        ExpressionCase{"range(5) | reject('even')", "[1,3]"},
        ExpressionCase{"users | selectattr('admin', 'defined') | map(attribute='name')",
                       R"(["ann"])"},
        ExpressionCase{"users | rejectattr('age', 'gt', 30) | map(attribute='name')", R"(["Bob"])"},
        ExpressionCase{"xs | sum", "6"}, ExpressionCase{"users | sum(attribute='age')", "56"},
        ExpressionCase{"xs | min", "1"}, ExpressionCase{"xs | max", "3"},
        ExpressionCase{"xs | join('-')", "3-1-2"},
        ExpressionCase{"range(5) | batch(2)", "[[0,1],[2,3],[4]]"},
        ExpressionCase{"range(5) | slice(2)", "[[0,1,2],[3,4]]"},
        ExpressionCase{"users | groupby('age') | map('first')", "[25,31]"},
        ExpressionCase{"[1, [2, [3]]] | flatten(1)", "[1,2,[3]]"},
        ExpressionCase{"[1, 2] | zip('ab')", R"([[1,"a"],[2,"b"]])"},
        ExpressionCase{"[1] | zip_longest([2, 3], fillvalue=0)", "[[1,2],[0,3]]"},
        ExpressionCase{"[1, 2] | union([2, 3])", "[1,2,3]"},
        ExpressionCase{"[1, 2] | intersect([2, 3])", "[2]"},
        ExpressionCase{"[1, 2] | difference([2, 3])", "[1]"},
        ExpressionCase{"[1, 2] | symmetric_difference([2, 3])", "[1,3]"},
        ExpressionCase{"xs | map('nope')", "HF2103: there is no filter 'nope'"}));

INSTANTIATE_TEST_SUITE_P(
    Maps, Filters,
    testing::Values(
        ExpressionCase{"m | dictsort", R"([["a",1],["b",2]])"},
        ExpressionCase{"m | items", R"([["b",2],["a",1]])"},
        ExpressionCase{"m | dict2items", R"([{"key":"b","value":2},{"key":"a","value":1}])"},
        ExpressionCase{"[{'key': 'x', 'value': 1}] | items2dict", R"({"x":1})"},
        ExpressionCase{"m | combine({'a': 5})", R"({"b":2,"a":5})"},
        ExpressionCase{"{'x': {'p': 1}} | combine({'x': {'q': 2}}, recursive=true)",
                       R"({"x":{"p":1,"q":2}})"},
        ExpressionCase{"{'x': [1]} | combine({'x': [2]}, list_merge='append')", R"({"x":[1,2]})"},
        ExpressionCase{"'a' | extract(m)", "1"},
        ExpressionCase{"[{'n': 1, 'k': [2]}] | subelements('k')", R"([[{"n":1,"k":[2]},2]])"},
        ExpressionCase{"true | ternary('y', 'n')", "y"},
        ExpressionCase{"nil | ternary('y', 'n', 'z')", "z"},
        ExpressionCase{"xs | combine(m)", "HF2104: 'combine' needs maps, not 3"}));

INSTANTIATE_TEST_SUITE_P(
    Data, Filters,
    testing::Values(
        ExpressionCase{"m | to_json", R"({"b": 2, "a": 1})"},
        ExpressionCase{"m | to_nice_json(indent=1)", "{\n \"a\": 1,\n \"b\": 2\n}"},
        ExpressionCase{"{'k': '<é'} | tojson", R"({"k": "\u003c\u00e9"})"},
        ExpressionCase{"'[1, {\"a\": null}]' | from_json", R"([1,{"a":null}])"},
        ExpressionCase{"'{' | from_json", "HF2104: the text isn't JSON"},
        ExpressionCase{"{'l': [1, {'a': 'yes'}], 'm': {}} | to_nice_yaml",
                       "l:\n- 1\n-   a: 'yes'\nm: {}\n"},
        ExpressionCase{"{'l': [1, 2], 'k': 'a: b'} | to_yaml", "k: 'a: b'\nl: [1, 2]\n"},
        ExpressionCase{"s | b64encode", "SGVsbG8="},
        ExpressionCase{"'SGVsbG8=' | b64decode", "Hello"},
        ExpressionCase{"'abc' | sha256",
                       "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        ExpressionCase{"'abc' | hash('sha256') == 'abc' | sha256", "true"},
        ExpressionCase{"'abc' | hash('md5')", "HF2104: 'hash' can't make 'md5'"},
        ExpressionCase{"\"a'b\" | quote", "'a'\\''b'"},
        ExpressionCase{"'a b/c' | urlencode", "a%20b/c"},
        ExpressionCase{"{'q': 'a b'} | urlencode", "q=a+b"},
        ExpressionCase{"'a%20b' | urldecode", "a b"},
        ExpressionCase{"'1.10' | version('1.9', '>')", "true"},
        ExpressionCase{"'/a/b.c' | basename", "b.c"}, ExpressionCase{"'/a/b.c' | dirname", "/a"},
        ExpressionCase{"'/a/b.c' | splitext", R"(["/a/b",".c"])"},
        ExpressionCase{"['/a', 'b'] | path_join", "/a/b"},
        ExpressionCase{"'a1b2' | regex_replace('([a-z])', '<\\\\1>')", "<a>1<b>2"},
        ExpressionCase{"'a1b2' | regex_search('[0-9]')", "1"},
        ExpressionCase{"'a' | regex_search('[0-9]')", "null"},
        ExpressionCase{"'a1b2' | regex_findall('[0-9]')", R"(["1","2"])"},
        ExpressionCase{"'a.b' | regex_escape", "a\\.b"}));

INSTANTIATE_TEST_SUITE_P(
    Methods, Filters,
    testing::Values(
        ExpressionCase{"s.upper()", "HELLO"}, ExpressionCase{"s.lower()", "hello"},
        ExpressionCase{"' x '.strip()", "x"}, ExpressionCase{"'xa'.lstrip('x')", "a"},
        ExpressionCase{"'ax'.rstrip('x')", "a"}, ExpressionCase{"'a,b'.split(',')", R"(["a","b"])"},
        ExpressionCase{"'a,b,c'.rsplit(',', 1)", R"(["a,b","c"])"},
        ExpressionCase{"'a\\nb\\n'.splitlines()", R"(["a","b"])"},
        ExpressionCase{"s.replace('l', 'L', 1)", "HeLlo"},
        ExpressionCase{"s.startswith('He')", "true"},
        ExpressionCase{"s.endswith(('x', 'lo'))", "true"},
        ExpressionCase{"'-'.join(['a', 'b'])", "a-b"}, ExpressionCase{"\"it's\".title()", "It'S"},
        ExpressionCase{"s.capitalize()", "Hello"}, ExpressionCase{"s.find('l')", "2"},
        ExpressionCase{"s.rfind('l')", "3"}, ExpressionCase{"s.count('l')", "2"},
        ExpressionCase{"s.index('x')", "HF2104: 'index' didn't find its text"},
        ExpressionCase{"'12'.isdigit()", "true"}, ExpressionCase{"'ab'.isalpha()", "true"},
        ExpressionCase{"'a-'.isalnum()", "false"}, ExpressionCase{"' '.isspace()", "true"},
        ExpressionCase{"s.isupper()", "false"}, ExpressionCase{"'a'.islower()", "true"},
        ExpressionCase{"'a'.ljust(3, '.')", "a.."}, ExpressionCase{"'a'.rjust(3)", "  a"},
        ExpressionCase{"'a'.center(3)", " a "}, ExpressionCase{"'-7'.zfill(4)", "-007"},
        ExpressionCase{"'abc'.removeprefix('a')", "bc"},
        ExpressionCase{"'abc'.removesuffix('c')", "ab"},
        ExpressionCase{"'a=b=c'.partition('=')", R"(["a","=","b=c"])"},
        ExpressionCase{"'a=b=c'.rpartition('=')", R"(["a=b","=","c"])"},
        ExpressionCase{"xs.index(1)", "1"}, ExpressionCase{"xs.count(3)", "1"},
        ExpressionCase{"m.keys()", R"(["b","a"])"}, ExpressionCase{"m.values()", "[2,1]"},
        ExpressionCase{"m.items()", R"([["b",2],["a",1]])"},
        ExpressionCase{"m.get('zz')", "null"}));

}  // namespace
}  // namespace holdfast
