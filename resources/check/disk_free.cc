#include <charconv>

#include "engine/core/text.h"
#include "engine/manifest/scalar_types.h"
#include "resources/check/question.h"
#include "resources/stated.h"

namespace holdfast {
namespace {

/// "10 %", 10; 0: it isn't one.
int percent_of(std::string_view text) {
  if (!ends_with(text, "%")) return 0;
  text = trim(text.substr(0, text.size() - 1));
  int out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  return whole && out >= 1 && out <= 100 ? out : 0;
}

std::int64_t bytes_of(std::string_view text) {
  const auto size = read_scalar(text, {.kind = TypeKind::Size, .min = 1});
  return size && size->is_int() ? size->as_int() : 0;
}

decltype(Probe::ask) ask(const std::string&, const ValueMap& stated) {
  const std::string at_least = stated_text(stated, "at_least");
  const int percent = percent_of(at_least);
  return Probe::DiskFree{.path = stated_text(stated, "path", "/"),
                         .bytes = percent > 0 ? 0 : bytes_of(at_least),
                         .percent = percent};
}

std::vector<QuestionFlaw> flaws(const ValueMap& map) {
  const Value* at_least = stated(map, "at_least");
  if (at_least == nullptr || percent_of(at_least->bytes()) > 0) return {};
  if (bytes_of(at_least->bytes()) > 0) return {};
  return {{": '" + printable(at_least->display()) +
           "' is neither a size such as 10GiB nor a part such as 10%"}};
}

}  // namespace

CheckQuestion disk_free_question() {
  return {{.name = "disk_free",
           .type = Type::object(
               {{.name = "path",
                 .type = {TypeKind::Path},
                 .doc = "A path on the file system.",
                 .default_value = "/"},
                {.name = "at_least",
                 .doc = "What must be free for accounts other than root: `10GiB`, or a part of the "
                        "whole, `10%`.",
                 .required = true}}),
           .doc = "Room on a disk."},
          ask,
          flaws,
          {"- check: there is room for a deployment\n"
           "  disk_free: {path: /opt, at_least: 10%}\n"}};
}

}  // namespace holdfast
