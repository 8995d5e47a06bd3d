#pragma once

#include <string>
#include <vector>

#include "engine/template/source_text.h"

namespace holdfast::jinja {

struct Token {
  enum class Kind {
    Data,
    OutputBegin,
    OutputEnd,
    BlockBegin,
    BlockEnd,
    Name,
    String,
    Integer,
    Float,
    Operator,
    End
  };
  Kind kind = Kind::End;
  Span at{};
  std::string text{};  ///< Data and strings with their escapes resolved; else as written.
  std::int64_t integer = 0;
  double real = 0;

  bool is_operator(std::string_view symbol) const {
    return kind == Kind::Operator && text == symbol;
  }
  bool is_name(std::string_view word) const { return kind == Kind::Name && text == word; }
};

/// A template's tokens, the last one End. Comments and raw blocks are resolved; whitespace control,
/// trim_blocks and keep_trailing_newline are applied as Ansible's template module sets them.
Result<std::vector<Token>> tokenize(const SourceText& source);
/// The same for a bare expression.
Result<std::vector<Token>> tokenize_expression(const SourceText& source);

}  // namespace holdfast::jinja
