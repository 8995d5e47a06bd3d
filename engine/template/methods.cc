#include <algorithm>
#include <array>

#include "engine/core/suggest.h"
#include "engine/core/text.h"
#include "engine/template/builtin.h"
#include "engine/template/format.h"
#include "engine/template/python_text.h"
#include "engine/template/text_functions.h"
#include "engine/template/unicode.h"

// Methods of texts, lists and maps. None changes its subject.
namespace holdfast::jinja {
namespace {

std::string subject(const Call& call) { return std::string(call.value().bytes()); }

Result<Term> upper_case(Call& call) { return of(upper(call.value().bytes())); }
Result<Term> lower_case(Call& call) { return of(lower(call.value().bytes())); }
Result<Term> capitalized(Call& call) { return of(capitalize(call.value().bytes())); }

/// Python's str.title: every run of letters is a word.
Result<Term> title_case(Call& call) {
  std::string out;
  bool inside = false;
  for (const std::string_view character : characters(call.value().bytes())) {
    out += inside ? lower(character) : upper(character);
    inside = is_letter(character);
  }
  return of(std::move(out));
}

Result<Term> stripped(Call& call, bool left, bool right) {
  std::optional<std::string> chars;
  if (call.has(0) && !call.arg(0).is_null()) {
    HF_TRY(chars, call.text(0, ""));
  }
  return of(strip(call.value().bytes(), chars, left, right));
}
Result<Term> strip_both(Call& call) { return stripped(call, true, true); }
Result<Term> strip_left(Call& call) { return stripped(call, true, false); }
Result<Term> strip_right(Call& call) { return stripped(call, false, true); }

Result<Term> split_at(Call& call, bool from_end) {
  HF_TRY(const std::int64_t times, call.whole(1, -1));
  std::optional<std::string> separator;
  if (call.has(0) && !call.arg(0).is_null()) {
    HF_TRY(separator, call.text(0, ""));
    if (separator->empty()) return call.wrong("needs a separator that isn't empty");
  }
  const std::string text = subject(call);
  if (from_end && separator) {
    HF_TRY(ValueList out, split_words_from_end(text, *separator, times, call.budget));
    return of(std::move(out));
  }
  if (from_end && times >= 0) return call.wrong("needs a separator where it has a limit");
  HF_TRY(ValueList out, split_words(text, separator, times, call.budget));
  return of(std::move(out));
}
Result<Term> split_from_start(Call& call) { return split_at(call, false); }
Result<Term> split_from_end(Call& call) { return split_at(call, true); }

Result<Term> text_lines(Call& call) {
  ValueList out;
  for (const std::string_view line : split_lines(call.value().bytes(), call.truth(0, false))) {
    if (!call.budget.spend_items(8)) break;
    out.emplace_back(line);
  }
  return of(std::move(out));
}

Result<Term> replace_substring(Call& call) {
  HF_TRY(const std::string old, call.text(0, ""));
  HF_TRY(const std::string fresh, call.text(1, ""));
  HF_TRY(const std::int64_t count, call.whole(2, -1));
  HF_TRY(std::string out, replaced(call.value().bytes(), old, fresh, count, call.budget));
  return of(std::move(out));
}

Result<Term> begins_or_ends(Call& call, bool begins) {
  const ValueList wanted = call.arg(0).is_list() ? call.arg(0).as_list() : ValueList{call.arg(0)};
  for (const Value& one : wanted) {
    if (!one.is_text() && !one.is_secret()) return call.needs("a text", one);
    const std::string_view text = call.value().bytes();
    if (begins ? starts_with(text, one.bytes()) : ends_with(text, one.bytes())) return of(true);
  }
  return of(false);
}
Result<Term> begins_with(Call& call) { return begins_or_ends(call, true); }
Result<Term> finishes_with(Call& call) { return begins_or_ends(call, false); }

Result<Term> join_texts(Call& call) {
  HF_TRY(const ValueList items, call.items_of(call.arg(0)));
  std::string out;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (!items[i].is_text() && !items[i].is_secret()) return call.needs("texts to join", items[i]);
    if (i > 0) out += call.value().bytes();
    out += items[i].bytes();
    if (out.size() > kMaxText || !call.budget.spend_text(256 + call.value().bytes().size())) break;
  }
  call.budget.spend_text(out.size());
  return of(std::move(out));
}

Result<Term> format_with_braces(Call& call) {
  FormatArguments arguments;
  for (const Term& term : call.rest.positional) arguments.positional.push_back(term.value);
  for (const auto& [key, term] : call.rest.named) arguments.named.emplace_back(key, term.value);
  HF_TRY(std::string out, format_braces(call.value().bytes(), arguments, call.budget));
  return of(std::move(out));
}

Result<Term> found_at(Call& call, bool last) {
  HF_TRY(const std::string wanted, call.text(0, ""));
  const std::string_view text = call.value().bytes();
  const auto at = last ? text.rfind(wanted) : text.find(wanted);
  if (at == std::string_view::npos) return of(-1);
  return of(static_cast<std::int64_t>(character_count(text.substr(0, at))));
}
Result<Term> find_first(Call& call) { return found_at(call, false); }
Result<Term> find_last(Call& call) { return found_at(call, true); }

Result<Term> text_index(Call& call) {
  HF_TRY(Term found, found_at(call, false));
  if (found.value.as_int() < 0) return call.wrong("didn't find its text");
  return found;
}

Result<Term> count_text(Call& call) {
  HF_TRY(const std::string wanted, call.text(0, ""));
  const std::string_view text = call.value().bytes();
  if (wanted.empty()) return of(static_cast<std::int64_t>(character_count(text) + 1));
  std::int64_t count = 0;
  for (auto at = text.find(wanted); at != std::string_view::npos;
       at = text.find(wanted, at + wanted.size())) {
    ++count;
  }
  return of(count);
}

template <bool (*kHolds)(std::string_view)>
Result<Term> every_character(Call& call) {
  const std::vector<std::string_view> all = characters(call.value().bytes());
  return of(!all.empty() && std::all_of(all.begin(), all.end(), kHolds));
}
bool digit(std::string_view c) { return c.size() == 1 && c[0] >= '0' && c[0] <= '9'; }
bool letter_or_digit(std::string_view c) { return digit(c) || is_letter(c); }

Result<Term> all_upper(Call& call) { return of(is_upper(call.value().bytes())); }
Result<Term> all_lower(Call& call) { return of(is_lower(call.value().bytes())); }

Result<Term> justified(Call& call, Padding where) {
  HF_TRY(const std::int64_t width, call.whole(0, 0));
  HF_TRY(const std::string fill, call.text(1, " "));
  if (character_count(fill) != 1) return call.wrong("fills with one character");
  HF_TRY(std::string out, padded(call.value().bytes(), width, fill, where));
  return of(std::move(out));
}
Result<Term> to_left(Call& call) { return justified(call, Padding::Right); }
Result<Term> to_right(Call& call) { return justified(call, Padding::Left); }
Result<Term> to_center(Call& call) { return justified(call, Padding::Center); }

Result<Term> zero_filled(Call& call) {
  HF_TRY(const std::int64_t width, call.whole(0, 0));
  std::string_view text = call.value().bytes();
  std::string sign;
  if (starts_with(text, "-") || starts_with(text, "+")) {
    sign = text.substr(0, 1);
    text.remove_prefix(1);
  }
  HF_TRY(const std::string digits,
         padded(text, width - static_cast<std::int64_t>(sign.size()), "0", Padding::Left));
  return of(sign + digits);
}

Result<Term> without_prefix(Call& call) {
  HF_TRY(const std::string prefix, call.text(0, ""));
  const std::string text = subject(call);
  return of(starts_with(text, prefix) ? text.substr(prefix.size()) : text);
}

Result<Term> without_suffix(Call& call) {
  HF_TRY(const std::string suffix, call.text(0, ""));
  const std::string text = subject(call);
  return of(ends_with(text, suffix) ? text.substr(0, text.size() - suffix.size()) : text);
}

Result<Term> parted(Call& call, bool from_end) {
  HF_TRY(const std::string separator, call.text(0, ""));
  if (separator.empty()) return call.wrong("needs a separator that isn't empty");
  const std::string text = subject(call);
  const auto at = from_end ? text.rfind(separator) : text.find(separator);
  if (at == std::string::npos) {
    return of(from_end ? ValueList{Value(""), Value(""), Value(text)}
                       : ValueList{Value(text), Value(""), Value("")});
  }
  return of(ValueList{Value(text.substr(0, at)), Value(separator),
                      Value(text.substr(at + separator.size()))});
}
Result<Term> partition(Call& call) { return parted(call, false); }
Result<Term> partition_from_end(Call& call) { return parted(call, true); }

Result<Term> list_index(Call& call) {
  const ValueList& items = call.value().as_list();
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (equal(items[i], call.arg(0), call.budget)) return of(static_cast<std::int64_t>(i));
  }
  return call.wrong("didn't find its item");
}

Result<Term> list_count(Call& call) {
  std::int64_t count = 0;
  for (const Value& item : call.value().as_list()) {
    if (equal(item, call.arg(0), call.budget)) ++count;
  }
  return of(count);
}

Result<Term> keys(Call& call) {
  HF_TRY(ValueList out, call.items());
  return of(std::move(out));
}

Result<Term> values(Call& call) {
  ValueList out;
  call.budget.spend_items(call.value().as_map().size());
  for (const auto& [key, item] : call.value().as_map()) out.push_back(item);
  return of(std::move(out));
}

Result<Term> pairs(Call& call) {
  ValueList out;
  call.budget.spend_items(2 * call.value().as_map().size());
  for (const auto& [key, item] : call.value().as_map()) {
    out.emplace_back(ValueList{Value(key), item});
  }
  return of(std::move(out));
}

Result<Term> get(Call& call) {
  Term found = member_of(call.value(), call.arg(0));
  if (!found.defined()) found = call.has(1) ? call.term(1) : of({});
  return found;
}

const Builtins& text_methods() {
  static const Builtins kMethods = {
      {"upper", "", Flow::Builds, upper_case},
      {"lower", "", Flow::Builds, lower_case},
      {"capitalize", "", Flow::Builds, capitalized},
      {"title", "", Flow::Builds, title_case},
      {"strip", "chars", Flow::Builds, strip_both},
      {"lstrip", "chars", Flow::Builds, strip_left},
      {"rstrip", "chars", Flow::Builds, strip_right},
      {"split", "sep maxsplit", Flow::Builds, split_from_start, 1},
      {"rsplit", "sep maxsplit", Flow::Builds, split_from_end, 1},
      {"splitlines", "keepends", Flow::Builds, text_lines, 1},
      {"replace", "old! new! count", Flow::Builds, replace_substring},
      {"startswith", "prefix!", Flow::Compares, begins_with},
      {"endswith", "suffix!", Flow::Compares, finishes_with},
      {"join", "iterable!", Flow::Builds, join_texts},
      {"format", "* **", Flow::Builds, format_with_braces},
      {"find", "sub!", Flow::Compares, find_first},
      {"rfind", "sub!", Flow::Compares, find_last},
      {"index", "sub!", Flow::Compares, text_index},
      {"count", "sub!", Flow::Compares, count_text},
      {"isdigit", "", Flow::Compares, every_character<digit>},
      {"isalpha", "", Flow::Compares, every_character<is_letter>},
      {"isalnum", "", Flow::Compares, every_character<letter_or_digit>},
      {"isspace", "", Flow::Compares, every_character<is_white>},
      {"isupper", "", Flow::Compares, all_upper},
      {"islower", "", Flow::Compares, all_lower},
      {"ljust", "width! fillchar", Flow::Builds, to_left},
      {"rjust", "width! fillchar", Flow::Builds, to_right},
      {"center", "width! fillchar", Flow::Builds, to_center},
      {"zfill", "width!", Flow::Builds, zero_filled},
      {"removeprefix", "prefix!", Flow::Builds, without_prefix},
      {"removesuffix", "suffix!", Flow::Builds, without_suffix},
      {"partition", "sep!", Flow::Builds, partition, 1},
      {"rpartition", "sep!", Flow::Builds, partition_from_end, 1},
  };
  return kMethods;
}

const Builtins& list_methods() {
  static const Builtins kMethods = {{"index", "value!", Flow::Compares, list_index},
                                    {"count", "value!", Flow::Compares, list_count}};
  return kMethods;
}

const Builtins& map_methods() {
  static const Builtins kMethods = {{"items", "", Flow::Moves, pairs, 1},
                                    {"keys", "", Flow::Moves, keys},
                                    {"values", "", Flow::Moves, values},
                                    {"get", "key! default", Flow::Moves, get}};
  return kMethods;
}

const Builtins& no_methods() {
  static const Builtins kMethods;
  return kMethods;
}

bool changes_in_place(std::string_view name) {
  static constexpr std::array<std::string_view, 12> kNames = {
      "append", "extend", "insert",  "pop",        "remove",  "clear",
      "update", "sort",   "reverse", "setdefault", "popitem", "add"};
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

}  // namespace

Result<const Builtin*> find_method(std::string_view name, const Value& value) {
  const bool text = value.is_text() || value.is_secret();
  const Builtins& methods = text              ? text_methods()
                            : value.is_list() ? list_methods()
                            : value.is_map()  ? map_methods()
                                              : no_methods();
  std::vector<std::string> known;
  for (const Builtin& method : methods) {
    if (method.name == name) return &method;
    known.emplace_back(method.name);
  }
  std::string hint = did_you_mean(name, known);
  if (changes_in_place(name)) {
    hint =
        "no value is changed in place: use + for lists, `combine` for maps, `| sort`, a namespace";
  }
  return fail(Code::UnknownFilter, a_type(value) + " has no method " + in_quotes(name),
              std::move(hint));
}

}  // namespace holdfast::jinja
