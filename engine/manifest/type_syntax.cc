#include "engine/manifest/type_syntax.h"

#include <array>
#include <utility>

#include "engine/core/suggest.h"
#include "engine/core/text.h"

namespace holdfast {
namespace {

constexpr int kMaxTypeDepth = 8;

using Name = std::pair<std::string_view, TypeKind>;
constexpr std::array<Name, 12> kSimple{{{"text", TypeKind::Text},
                                        {"bool", TypeKind::Bool},
                                        {"int", TypeKind::Int},
                                        {"float", TypeKind::Float},
                                        {"port", TypeKind::Port},
                                        {"path", TypeKind::Path},
                                        {"mode", TypeKind::Mode},
                                        {"duration", TypeKind::Duration},
                                        {"size", TypeKind::Size},
                                        {"url", TypeKind::Url},
                                        {"host", TypeKind::Host},
                                        {"any", TypeKind::Any}}};

tl::unexpected<Error> unknown_type(std::string_view text, const Position& where) {
  std::vector<std::string> names{"secret", "list(text)", "map(text)", "one_of(a, b)"};
  for (const auto& [name, kind] : kSimple) names.emplace_back(name);
  std::string hint = did_you_mean(text, names);
  if (hint.empty()) hint = "the types are " + join(names, ", ");
  return fail(Error{.code = Code::InputInvalid,
                    .message = "there is no type '" + printable(text) + "'",
                    .where = where,
                    .hint = std::move(hint)});
}

Result<Type> parse(std::string_view text, const Position& where, int depth) {
  text = trim(text);
  for (const auto& [name, kind] : kSimple) {
    if (text == name) return Type{.kind = kind};
  }
  if (text == "secret") return Type{.kind = TypeKind::Secret};
  const std::size_t open = text.find('(');
  if (open == std::string_view::npos || text.back() != ')' || depth > kMaxTypeDepth) {
    return unknown_type(text, where);
  }
  const std::string_view outer = trim(text.substr(0, open));
  const std::string_view inside = text.substr(open + 1, text.size() - open - 2);
  if (outer == "one_of") {
    std::vector<std::string> choices;
    for (const std::string_view choice : split(inside, ',')) {
      if (trim(choice).empty()) return unknown_type(text, where);
      choices.emplace_back(trim(choice));
    }
    return Type::one_of(std::move(choices));
  }
  if (outer != "list" && outer != "map") return unknown_type(text, where);
  HF_TRY(Type element, parse(inside, where, depth + 1));
  return outer == "list" ? Type::list_of(std::move(element)) : Type::map_of(std::move(element));
}

}  // namespace

Result<Type> parse_type(std::string_view text, const Position& where) {
  return parse(text, where, 0);
}

}  // namespace holdfast
