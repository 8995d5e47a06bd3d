#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "resources/promql/promql.h"

namespace holdfast::promql {

enum class TokenKind {
  End,
  Error,       ///< `text` says what is wrong; nothing follows.
  Identifier,  ///< A name that may be a label's.
  MetricName,  ///< A name with a colon.
  Keyword,     ///< `text` in lower case.
  Number,
  Duration,
  String,    ///< `text` is its value.
  Variable,  ///< Of Grafana's, with the letters that touch it.
  Symbol     ///< An operator, a bracket, a comma.
};

struct Token {
  TokenKind kind = TokenKind::End;
  std::string text;
  std::size_t offset = 0;
  std::size_t length = 0;
  bool variable = false;  ///< Of a string: a variable of Grafana's is in it.
};

/// Whether a word is one of the language's own, in whatever case.
bool is_keyword(std::string_view lower);
bool is_aggregation(std::string_view keyword);
std::vector<std::string_view> aggregations();

/// The tokens of a text, comments left out; the last one is End or Error.
std::vector<Token> lex(std::string_view text, PromqlFrom from);

}  // namespace holdfast::promql
