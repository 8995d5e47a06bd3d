#include "engine/core/text.h"
#include "engine/template/builtin.h"

// Filters on paths, as Python's os.path treats them on Linux. None looks at a file.
namespace holdfast::jinja {
namespace {

Result<std::string> path_text(const Call& call) {
  if (!call.value().is_text() && !call.value().is_secret()) {
    return call.needs("a path", call.value());
  }
  return std::string(call.value().bytes());
}

Result<Term> basename(Call& call) {
  HF_TRY(const std::string path, path_text(call));
  return of(path.substr(path.rfind('/') + 1));
}

Result<Term> dirname(Call& call) {
  HF_TRY(const std::string path, path_text(call));
  const std::string head = path.substr(0, path.rfind('/') + 1);
  const auto last = head.find_last_not_of('/');
  return of(last == std::string::npos ? head : head.substr(0, last + 1));
}

Result<Term> splitext(Call& call) {
  HF_TRY(const std::string path, path_text(call));
  const std::size_t name = path.rfind('/') + 1;
  const std::size_t begin = path.find_first_not_of('.', name);
  const std::size_t dot = path.rfind('.');
  const bool has = begin != std::string::npos && dot != std::string::npos && dot > begin;
  return of(ValueList{Value(path.substr(0, has ? dot : path.size())),
                      Value(has ? path.substr(dot) : std::string())});
}

Result<Term> path_join(Call& call) {
  if (!call.value().is_list()) {
    HF_TRY(std::string path, path_text(call));
    return of(std::move(path));
  }
  std::string out;
  for (const Value& part : call.value().as_list()) {
    if (!part.is_text() && !part.is_secret()) return call.needs("paths", part);
    if (starts_with(part.bytes(), "/")) {
      out.clear();
    } else if (!out.empty() && out.back() != '/') {
      out += '/';
    }
    out += part.bytes();
    if (out.size() > kMaxText || !call.budget.spend_text(256 + part.bytes().size())) break;
  }
  return of(std::move(out));
}

}  // namespace

const Builtins& path_filters() {
  static const Builtins kFilters = {
      {"basename", "", Flow::Builds, basename},
      {"dirname", "", Flow::Builds, dirname},
      {"splitext", "", Flow::Builds, splitext, 1},
      {"path_join", "", Flow::Builds, path_join},
  };
  return kFilters;
}

}  // namespace holdfast::jinja
