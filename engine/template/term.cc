#include "engine/template/term.h"

#include "engine/core/suggest.h"
#include "engine/core/text.h"
#include "engine/template/source_text.h"

namespace holdfast::jinja {

Term undefined(std::string message, std::string hint) {
  Term term;
  term.missing = std::make_shared<const Missing>(Missing{.error = {.code = Code::UndefinedName,
                                                                   .message = std::move(message),
                                                                   .where = {},
                                                                   .hint = std::move(hint)}});
  return term;
}

Result<Value> used(const Term& term) {
  if (term.missing) {
    Error error = term.missing->error;
    if (term.missing->hint) error.hint = term.missing->hint();
    return fail(std::move(error));
  }
  if (term.space) {
    return fail(Code::TemplateType, "a namespace is used as a value",
                "read one of its attributes, as in ns.name");
  }
  if (term.loop) {
    return fail(Code::TemplateType, "the variable 'loop' is used as a value",
                "read one of its attributes, as in loop.index");
  }
  return term.value;
}

const Term* Namespace::find(const std::string& name) const {
  for (const auto& [key, term] : entries) {
    if (key == name) return &term;
  }
  return nullptr;
}

void Namespace::set(const std::string& name, Term term) {
  for (auto& [key, old] : entries) {
    if (key != name) continue;
    old = std::move(term);
    return;
  }
  entries.emplace_back(name, std::move(term));
}

Term Loop::attribute(const std::string& name) const {
  const auto number = [](std::size_t n) { return of(static_cast<std::int64_t>(n)); };
  const std::size_t length = items->size();
  if (name == "index") return number(index + 1);
  if (name == "index0") return number(index);
  if (name == "revindex") return number(length - index);
  if (name == "revindex0") return number(length - index - 1);
  if (name == "first") return of(index == 0);
  if (name == "last") return of(index + 1 == length);
  if (name == "length") return number(length);
  if (name == "depth") return of(depth);
  if (name == "depth0") return of(depth - 1);
  if (name == "previtem") {
    if (index > 0) return of((*items)[index - 1], levels);
    return undefined("there is no previous item in the first round of a loop",
                     "guard it with `{% if not loop.first %}`");
  }
  if (name == "nextitem") {
    if (index + 1 < length) return of((*items)[index + 1], levels);
    return undefined("there is no next item in the last round of a loop",
                     "guard it with `{% if not loop.last %}`");
  }
  static const std::vector<std::string> kNames = {"index",  "index0",   "revindex", "revindex0",
                                                  "first",  "last",     "length",   "depth",
                                                  "depth0", "previtem", "nextitem", "cycle"};
  return undefined("'loop' has no " + in_quotes(name), did_you_mean(name, kNames));
}

}  // namespace holdfast::jinja
