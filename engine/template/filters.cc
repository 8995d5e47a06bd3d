#include <map>

#include "engine/core/suggest.h"
#include "engine/core/text.h"
#include "engine/template/builtin.h"

// Finding filters and functions by their names.
namespace holdfast::jinja {
namespace {

using Index = std::map<std::string_view, const Builtin*>;

Index index_of(const std::vector<const Builtins*>& lists) {
  Index out;
  for (const Builtins* list : lists) {
    for (const Builtin& builtin : *list) out.emplace(builtin.name, &builtin);
  }
  return out;
}

constexpr const char* kFiles =
    "an expression reads nothing on the controller; ask for it with `!file PATH`";
constexpr const char* kRandom = "the same inputs must give the same plan; store the value once";
constexpr const char* kTime =
    "the same inputs must give the same plan; pass the time as a variable";
constexpr const char* kHtml = "texts are never escaped for HTML; leave it out";
constexpr const char* kLookup =
    "ask for it with a tag: `!env NAME`, `!file PATH` or `!command [argv]`";

/// Names of Jinja2's and Ansible's that reach outside or make no sense here, and what to do.
const std::map<std::string_view, const char*>& refused() {
  static const std::map<std::string_view, const char*> kNames = {
      {"lookup", kLookup},    {"query", kLookup},
      {"q", kLookup},         {"random", kRandom},
      {"shuffle", kRandom},   {"password_hash", kRandom},
      {"lipsum", kRandom},    {"now", kTime},
      {"strftime", kTime},    {"to_datetime", kTime},
      {"fileglob", kFiles},   {"realpath", kFiles},
      {"expanduser", kFiles}, {"expandvars", kFiles},
      {"relpath", kFiles},    {"e", kHtml},
      {"escape", kHtml},      {"forceescape", kHtml},
      {"safe", kHtml},        {"urlize", kHtml},
      {"xmlattr", kHtml},     {"striptags", kHtml},
      {"file", kFiles},       {"exists", kFiles},
      {"directory", kFiles},  {"is_file", kFiles},
      {"is_dir", kFiles},     {"link", kFiles},
      {"is_link", kFiles},    {"mount", kFiles},
      {"same_file", kFiles},  {"vault", kLookup},
      {"unvault", kLookup},   {"vault_encrypted", kLookup}};
  return kNames;
}

Result<const Builtin*> find(const Index& index, std::string_view name, const std::string& what) {
  if (const auto found = index.find(name); found != index.end()) return found->second;
  if (const char* why = refusal(name)) {
    return fail(Code::TemplateRefused,
                "the " + what + " " + in_quotes(name) + " is not allowed in an expression", why);
  }
  std::vector<std::string> known;
  for (const auto& [key, builtin] : index) known.emplace_back(key);
  return fail(Code::UnknownFilter, "there is no " + what + " " + in_quotes(name),
              did_you_mean(name, known));
}

Result<Term> range(Call& call) {
  HF_TRY(const std::int64_t first, call.whole(0, 0));
  HF_TRY(const std::int64_t second, call.whole(1, 0));
  HF_TRY(const std::int64_t step, call.whole(2, 1));
  if (step == 0) return call.wrong("needs a step other than 0");
  const std::int64_t start = call.has(1) ? first : 0;
  const std::int64_t stop = call.has(1) ? second : first;
  ValueList out;
  const bool up = step > 0;
  for (std::int64_t i = start; up ? i < stop : i > stop;) {
    if (static_cast<std::int64_t>(out.size()) >= kMaxRange) {
      return fail(Code::TemplateLimit,
                  "'range' of more than " + std::to_string(kMaxRange) + " items", "loop over less");
    }
    out.emplace_back(i);
    if (__builtin_add_overflow(i, step, &i)) break;
  }
  call.budget.spend_items(out.size());
  return of(std::move(out));
}

Result<Term> dict(Call& call) {
  ValueMap out;
  if (call.has(0)) {
    const Value& from = call.arg(0);
    if (from.is_map()) {
      out = from.as_map();
    } else if (from.is_list()) {
      for (const Value& pair : from.as_list()) {
        if (!pair.is_list() || pair.as_list().size() != 2 || !pair.as_list()[0].is_text()) {
          return call.needs("a list of pairs of a text and a value", pair);
        }
        if (!call.budget.spend_items(out.size() + 8)) break;
        out.set(pair.as_list()[0].as_text(), pair.as_list()[1]);
      }
    } else {
      return call.needs("a map or a list of pairs", from);
    }
  }
  for (const auto& [key, term] : call.rest.named) out.set(key, term.value);
  return of(std::move(out));
}

}  // namespace

const char* refusal(std::string_view name) {
  const auto found = refused().find(name);
  return found == refused().end() ? nullptr : found->second;
}

Result<const Builtin*> find_filter(std::string_view name) {
  static const Index kIndex =
      index_of({&text_filters(), &number_filters(), &list_filters(), &set_filters(), &map_filters(),
                &choice_filters(), &data_filters(), &regex_filters(), &path_filters()});
  return find(kIndex, name, "filter");
}

Result<const Builtin*> find_function(std::string_view name) {
  static const Builtins kFunctions = {{"range", "start! stop step", Flow::Moves, range, 1},
                                      {"dict", "items **", Flow::Moves, dict, 1},
                                      {"namespace", "* **", Flow::Moves, dict}};
  static const Index kIndex = index_of({&kFunctions});
  return find(kIndex, name, "function");
}

}  // namespace holdfast::jinja
