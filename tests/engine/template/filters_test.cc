#include <gtest/gtest.h>

#include "tests/engine/template/render.h"

namespace holdfast {
namespace {

struct Case {
  const char* expression;
  const char* expected;
};

class Filters : public testing::TestWithParam<Case> {};

TEST_P(Filters, GiveTheirValue) {
  EXPECT_EQ(outcome(evaluate(GetParam().expression)), GetParam().expected) << GetParam().expression;
}

INSTANTIATE_TEST_SUITE_P(
    Text, Filters,
    testing::Values(Case{"'grüße' | upper", "GRÜßE"}, Case{"'ABC' | lower", "abc"},
                    Case{"'hELLO w' | capitalize", "Hello w"}, Case{"'a-b (c)' | title", "A-B (C)"},
                    Case{"' x ' | trim", "x"}, Case{"'abc' | replace('b', 'x')", "axc"},
                    Case{"'a\\nb' | indent(2)", "a\n  b"},
                    Case{"'one two three' | truncate(8, leeway=0)", "one..."},
                    Case{"'ab' | center(6)", "  ab  "}, Case{"'%d%%' | format(5)", "5%"},
                    Case{"'a b  c' | split", R"(["a","b","c"])"}, Case{"5 | string", "5"},
                    Case{"'a b c' | wordcount", "3"}, Case{"'x' | comment", "#\n# x\n#"},
                    Case{"'%99999999d' | format(1)", "HF2105: a width of more than 10000"},
                    Case{"'%s' | format", "HF2104: the format has more places than arguments"},
                    Case{"'{:>4}|{x}'.format(1, x='y')", "   1|y"}));

INSTANTIATE_TEST_SUITE_P(Numbers, Filters,
                         testing::Values(Case{"'42' | int", "42"}, Case{"'x' | int(7)", "7"},
                                         Case{"'1f' | int(base=16)", "31"},
                                         Case{"'42.9' | int", "42"}, Case{"'1.5' | float", "1.5"},
                                         Case{"-3 | abs", "3"}, Case{"2.5 | round", "2.0"},
                                         Case{"1.21 | round(1, 'ceil')", "1.3"},
                                         Case{"'yes' | bool", "true"}, Case{"'2' | bool", "false"},
                                         Case{"2 | pow(3)", "8.0"}, Case{"9 | root", "3.0"},
                                         Case{"100 | log(10)", "2.0"},
                                         Case{"'99999999999999999999' | int",
                                              "HF2105: the number has more than 64 bits"}));

INSTANTIATE_TEST_SUITE_P(
    Lists, Filters,
    testing::Values(
        Case{"xs | length", "3"}, Case{"xs | count", "3"}, Case{"xs | first", "3"},
        Case{"xs | last", "2"},
        Case{"[] | first", "HF2101: there is no first item: a list is empty"},
        Case{"[] | last | default(0)", "0"}, Case{"'ab' | list", R"(["a","b"])"},
        Case{"xs | sort", "[1,2,3]"}, Case{"words | sort(reverse=true)", R"(["b","A","a"])"},
        Case{"users | sort(attribute='age') | map(attribute='name')", R"(["Bob","ann"])"},
        Case{"[1, 'a'] | sort", "HF2104: the text 'a' and 1 have no order"},
        Case{"words | unique", R"(["b","A"])"}, Case{"xs | reverse", "[2,1,3]"},
        Case{"xs | map('string')", R"(["3","1","2"])"},
        Case{"users | map(attribute='admin', default=false)", "[true,false]"},
        Case{"range(5) | select('even')", "[0,2,4]"}, Case{"range(5) | reject('even')", "[1,3]"},
        Case{"users | selectattr('admin', 'defined') | map(attribute='name')", R"(["ann"])"},
        Case{"users | rejectattr('age', 'gt', 30) | map(attribute='name')", R"(["Bob"])"},
        Case{"xs | sum", "6"}, Case{"users | sum(attribute='age')", "56"}, Case{"xs | min", "1"},
        Case{"xs | max", "3"}, Case{"xs | join('-')", "3-1-2"},
        Case{"range(5) | batch(2)", "[[0,1],[2,3],[4]]"},
        Case{"range(5) | slice(2)", "[[0,1,2],[3,4]]"},
        Case{"users | groupby('age') | map('first')", "[25,31]"},
        Case{"[1, [2, [3]]] | flatten(1)", "[1,2,[3]]"},
        Case{"[1, 2] | zip('ab')", R"([[1,"a"],[2,"b"]])"},
        Case{"[1] | zip_longest([2, 3], fillvalue=0)", "[[1,2],[0,3]]"},
        Case{"[1, 2] | union([2, 3])", "[1,2,3]"}, Case{"[1, 2] | intersect([2, 3])", "[2]"},
        Case{"[1, 2] | difference([2, 3])", "[1]"},
        Case{"[1, 2] | symmetric_difference([2, 3])", "[1,3]"},
        Case{"xs | map('nope')", "HF2103: there is no filter 'nope'"}));

INSTANTIATE_TEST_SUITE_P(
    Maps, Filters,
    testing::Values(Case{"m | dictsort", R"([["a",1],["b",2]])"},
                    Case{"m | items", R"([["b",2],["a",1]])"},
                    Case{"m | dict2items", R"([{"key":"b","value":2},{"key":"a","value":1}])"},
                    Case{"[{'key': 'x', 'value': 1}] | items2dict", R"({"x":1})"},
                    Case{"m | combine({'a': 5})", R"({"b":2,"a":5})"},
                    Case{"{'x': {'p': 1}} | combine({'x': {'q': 2}}, recursive=true)",
                         R"({"x":{"p":1,"q":2}})"},
                    Case{"{'x': [1]} | combine({'x': [2]}, list_merge='append')", R"({"x":[1,2]})"},
                    Case{"'a' | extract(m)", "1"},
                    Case{"[{'n': 1, 'k': [2]}] | subelements('k')", R"([[{"n":1,"k":[2]},2]])"},
                    Case{"true | ternary('y', 'n')", "y"},
                    Case{"nil | ternary('y', 'n', 'z')", "z"},
                    Case{"xs | combine(m)", "HF2104: 'combine' needs maps, not 3"}));

INSTANTIATE_TEST_SUITE_P(
    Data, Filters,
    testing::Values(
        Case{"m | to_json", R"({"b": 2, "a": 1})"},
        Case{"m | to_nice_json(indent=1)", "{\n \"a\": 1,\n \"b\": 2\n}"},
        Case{"{'k': '<é'} | tojson", R"({"k": "\u003c\u00e9"})"},
        Case{"'[1, {\"a\": null}]' | from_json", R"([1,{"a":null}])"},
        Case{"'{' | from_json", "HF2104: the text isn't JSON"},
        Case{"{'l': [1, {'a': 'yes'}], 'm': {}} | to_nice_yaml", "l:\n- 1\n-   a: 'yes'\nm: {}\n"},
        Case{"{'l': [1, 2], 'k': 'a: b'} | to_yaml", "k: 'a: b'\nl: [1, 2]\n"},
        Case{"s | b64encode", "SGVsbG8="}, Case{"'SGVsbG8=' | b64decode", "Hello"},
        Case{"'abc' | sha256", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        Case{"'abc' | hash('sha256') == 'abc' | sha256", "true"},
        Case{"'abc' | hash('md5')", "HF2104: 'hash' can't make 'md5'"},
        Case{"\"a'b\" | quote", "'a'\\''b'"}, Case{"'a b/c' | urlencode", "a%20b/c"},
        Case{"{'q': 'a b'} | urlencode", "q=a+b"}, Case{"'a%20b' | urldecode", "a b"},
        Case{"'1.10' | version('1.9', '>')", "true"}, Case{"'/a/b.c' | basename", "b.c"},
        Case{"'/a/b.c' | dirname", "/a"}, Case{"'/a/b.c' | splitext", R"(["/a/b",".c"])"},
        Case{"['/a', 'b'] | path_join", "/a/b"},
        Case{"'a1b2' | regex_replace('([a-z])', '<\\\\1>')", "<a>1<b>2"},
        Case{"'a1b2' | regex_search('[0-9]')", "1"}, Case{"'a' | regex_search('[0-9]')", "null"},
        Case{"'a1b2' | regex_findall('[0-9]')", R"(["1","2"])"},
        Case{"'a.b' | regex_escape", "a\\.b"}));

INSTANTIATE_TEST_SUITE_P(
    Methods, Filters,
    testing::Values(
        Case{"s.upper()", "HELLO"}, Case{"s.lower()", "hello"}, Case{"' x '.strip()", "x"},
        Case{"'xa'.lstrip('x')", "a"}, Case{"'ax'.rstrip('x')", "a"},
        Case{"'a,b'.split(',')", R"(["a","b"])"}, Case{"'a,b,c'.rsplit(',', 1)", R"(["a,b","c"])"},
        Case{"'a\\nb\\n'.splitlines()", R"(["a","b"])"}, Case{"s.replace('l', 'L', 1)", "HeLlo"},
        Case{"s.startswith('He')", "true"}, Case{"s.endswith(('x', 'lo'))", "true"},
        Case{"'-'.join(['a', 'b'])", "a-b"}, Case{"\"it's\".title()", "It'S"},
        Case{"s.capitalize()", "Hello"}, Case{"s.find('l')", "2"}, Case{"s.rfind('l')", "3"},
        Case{"s.count('l')", "2"}, Case{"s.index('x')", "HF2104: 'index' didn't find its text"},
        Case{"'12'.isdigit()", "true"}, Case{"'ab'.isalpha()", "true"},
        Case{"'a-'.isalnum()", "false"}, Case{"' '.isspace()", "true"},
        Case{"s.isupper()", "false"}, Case{"'a'.islower()", "true"},
        Case{"'a'.ljust(3, '.')", "a.."}, Case{"'a'.rjust(3)", "  a"}, Case{"'a'.center(3)", " a "},
        Case{"'-7'.zfill(4)", "-007"}, Case{"'abc'.removeprefix('a')", "bc"},
        Case{"'abc'.removesuffix('c')", "ab"}, Case{"'a=b=c'.partition('=')", R"(["a","=","b=c"])"},
        Case{"'a=b=c'.rpartition('=')", R"(["a=b","=","c"])"}, Case{"xs.index(1)", "1"},
        Case{"xs.count(3)", "1"}, Case{"m.keys()", R"(["b","a"])"}, Case{"m.values()", "[2,1]"},
        Case{"m.items()", R"([["b",2],["a",1]])"}, Case{"m.get('zz')", "null"}));

}  // namespace
}  // namespace holdfast
