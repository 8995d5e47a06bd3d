#include "engine/manifest/retention.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "engine/core/suggest.h"
#include "engine/core/text.h"
#include "engine/manifest/keys.h"
#include "engine/manifest/manifest.h"

namespace holdfast {
namespace {

constexpr int kMostRuns = 100000;

/// A hundred years: more than that is a slip, and still fits a host's arithmetic.
constexpr double kLongest = 100.0 * 365 * 86400;

struct Key {
  const char* name;
  Type type;
  void (*put)(Retention&, const Value&);
};

std::chrono::seconds seconds(const Value& value) {
  return std::chrono::seconds(
      static_cast<std::int64_t>(std::ceil(std::min(value.as_float(), kLongest))));
}

const std::array<Key, 5>& keys() {
  static const std::array<Key, 5> kKeys{
      {{"secrets",
        {.kind = TypeKind::Duration},
        [](Retention& r, const Value& v) { r.secrets = seconds(v); }},
       {"age",
        {.kind = TypeKind::Duration},
        [](Retention& r, const Value& v) { r.age = seconds(v); }},
       {"number",
        {.kind = TypeKind::Int, .min = 1, .max = kMostRuns},
        [](Retention& r, const Value& v) { r.number = static_cast<int>(v.as_int()); }},
       {"size",
        {.kind = TypeKind::Size},
        [](Retention& r, const Value& v) { r.size = v.as_int(); }},
       {"history", {.kind = TypeKind::Duration}, [](Retention& r, const Value& v) {
          r.history = seconds(v);
        }}}};
  return kKeys;
}

std::vector<std::string> names() {
  std::vector<std::string> out;
  for (const Key& key : keys()) out.emplace_back(key.name);
  return out;
}

}  // namespace

void read_retention(const YamlNode& node, Retention& retention, Diagnostics& diagnostics) {
  if (!require_mapping(node, "'retention'", Code::ProjectInvalid, diagnostics)) return;
  check_keys(node, names(), "'retention'", Code::ProjectInvalid, diagnostics);
  for (const Key& key : keys()) {
    const YamlNode* given = node.find(key.name);
    if (given == nullptr) continue;
    const std::string what = "'" + std::string(key.name) + "' of 'retention'";
    const Value value = typed_value(*given, key.type, what, diagnostics);
    if (!value.is_null()) key.put(retention, value);
  }
}

Result<void> set_retention(const std::string& pair, Retention& retention) {
  const auto at = pair.find('=');
  const std::string name = pair.substr(0, at);
  const auto key =
      std::find_if(keys().begin(), keys().end(), [&](const Key& one) { return one.name == name; });
  if (at == std::string::npos || key == keys().end()) {
    return fail(Code::Usage,
                "--retention takes NAME=VALUE, with one of " + join(names(), ", ") + ", not '" +
                    printable(pair) + "'",
                did_you_mean(name, names()));
  }
  HF_TRY(const Value value,
         typed_value(Value(pair.substr(at + 1)), key->type, "--retention " + name, {}));
  key->put(retention, value);
  return {};
}

}  // namespace holdfast
