#include "engine/template/builtin.h"

#include <map>

#include "engine/core/suggest.h"
#include "engine/core/text.h"
#include "engine/template/python_text.h"
#include "engine/template/unicode.h"

namespace holdfast::jinja {
namespace {

Term list_item(const Value& value, std::size_t size, std::int64_t index) {
  const std::int64_t at = index < 0 ? index + static_cast<std::int64_t>(size) : index;
  if (at < 0 || at >= static_cast<std::int64_t>(size)) {
    return undefined("there is no item " + std::to_string(index) + " in " + a_type(value) + " of " +
                     std::to_string(size));
  }
  const auto position = static_cast<std::size_t>(at);
  if (value.is_list()) return of(value.as_list()[position]);
  const std::string character(characters(value.bytes())[position]);
  return of(value.is_secret() ? Value(Secret(character)) : Value(character));
}

std::vector<std::string> keys_of(const ValueMap& map) {
  std::vector<std::string> out;
  for (const auto& [key, item] : map) out.push_back(key);
  return out;
}

Term plain_member(const Value& value, const Value& key) {
  const bool text_key = key.is_text() || key.is_secret();
  const std::string name = text_key       ? std::string(key.bytes())
                           : key.is_int() ? std::to_string(key.as_int())
                                          : std::string();
  if (value.is_map()) {
    const Value* found = text_key || key.is_int() ? value.as_map().find(name) : nullptr;
    if (found != nullptr) return of(*found);
    Term missing =
        undefined(key.is_secret() ? "the map has no such key"
                                  : "the map has no " + in_quotes(text_key ? name : key.display()));
    Missing with_hint = *missing.missing;
    with_hint.hint = [map = value, name] { return did_you_mean(name, keys_of(map.as_map())); };
    missing.missing = std::make_shared<const Missing>(std::move(with_hint));
    return missing;
  }
  if ((key.is_int() || key.is_bool()) && value.is_list()) {
    return list_item(value, value.as_list().size(), number_of(key)->whole);
  }
  if ((key.is_int() || key.is_bool()) && (value.is_text() || value.is_secret())) {
    return list_item(value, character_count(value.bytes()), number_of(key)->whole);
  }
  const std::string shown_key =
      key.is_secret() ? "such item" : in_quotes(text_key ? name : key.display());
  const bool method = find_method(name, value).has_value();
  return undefined(a_type(value) + " has no " + shown_key,
                   method ? "call the method: " + name + "()" : "");
}

}  // namespace

Term member_of(const Value& value, const Value& key) {
  if (value.is_unknown()) return of(value);
  Term found = plain_member(value, key);
  found.value = found.value.tainted(value.reported_by());
  return found;
}

Term attribute_of(const Value& value, std::string_view path) {
  Term current = of(value);
  while (current.defined()) {
    const auto dot = path.find('.');
    const std::string part(path.substr(0, dot));
    const bool digits = !part.empty() && part.size() < 10 &&
                        part.find_first_not_of("0123456789") == std::string::npos;
    current = member_of(current.value, digits ? Value(std::stoi(part)) : Value(part));
    if (dot == std::string_view::npos) return current;
    path.remove_prefix(dot + 1);
  }
  return current;
}

tl::unexpected<Error> Call::wrong(std::string message, std::string hint) const {
  return fail(Code::TemplateType, in_quotes(name) + " " + message, std::move(hint));
}

tl::unexpected<Error> Call::needs(std::string_view what, const Value& got) const {
  return wrong("needs " + std::string(what) + ", not " + shown(got));
}

Result<std::int64_t> Call::whole(std::size_t i, std::int64_t otherwise) const {
  if (!has(i) || arg(i).is_null()) return otherwise;
  const auto number = number_of(arg(i));
  if (!number || number->real) return needs("a whole number", arg(i));
  return number->whole;
}

Result<std::string> Call::text(std::size_t i, std::string_view otherwise) const {
  if (!has(i)) return std::string(otherwise);
  if (!arg(i).is_text() && !arg(i).is_secret()) return needs("a text", arg(i));
  return std::string(arg(i).bytes());
}

bool Call::truth(std::size_t i, bool otherwise) const {
  if (!has(i)) return otherwise;
  const Value& value = arg(i);
  if (const auto number = number_of(value)) return number->as_double() != 0;
  if (value.is_list()) return !value.as_list().empty();
  if (value.is_map()) return !value.as_map().empty();
  return !value.bytes().empty();
}

std::string Call::subject_text() const {
  // What the text is made of is in the call's own mixture already.
  Mixture ignored(budget);
  return to_text(subject.value, ignored, budget);
}

Result<ValueList> Call::items_of(const Value& from) const {
  ValueList out;
  if (from.is_list()) {
    if (!budget.spend_items(from.as_list().size())) return out;
    return from.as_list();
  }
  if (from.is_map()) {
    if (!budget.spend_items(from.as_map().size())) return out;
    for (const auto& [key, item] : from.as_map()) out.emplace_back(key);
    return out;
  }
  if (!from.is_text() && !from.is_secret()) {
    return fail(Code::TemplateType, shown(from) + " has no items to go through");
  }
  if (!budget.spend_items(from.bytes().size())) return out;
  for (const std::string_view character : characters(from.bytes())) {
    out.push_back(from.is_secret() ? Value(Secret(std::string(character))) : Value(character));
  }
  return out;
}

}  // namespace holdfast::jinja
