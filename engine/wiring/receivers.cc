#include <algorithm>

#include "engine/core/suggest.h"
#include "engine/core/text.h"
#include "engine/core/yaml.h"
#include "engine/wiring/checks.h"

namespace holdfast {
namespace {

/// The names of `receivers` in a configuration; none where it can't be read.
std::vector<std::string> receivers_in(const TextFile& file) {
  std::vector<std::string> out;
  const auto documents = parse_yaml(std::make_shared<const Source>(Source{file.path, file.text}));
  if (!documents || documents->size() != 1) return out;
  const YamlNode* list = documents->front().find("receivers");
  if (list == nullptr) return out;
  for (const YamlNode& receiver : list->items) {
    const YamlNode* name = receiver.find("name");
    if (name != nullptr && !name->scalar.empty()) out.push_back(name->scalar);
  }
  return out;
}

}  // namespace

void check_receivers(const Wiring& wiring, Diagnostics& diagnostics) {
  for (const Route& route : wiring.ends.routes) {
    for (const TextFile& file : wiring.ends.texts) {
      if (file.path != route.config || file.machine != route.machine) continue;
      const std::vector<std::string> names = receivers_in(file);
      const bool there = std::find(names.begin(), names.end(), route.receiver) != names.end();
      // Where it states none at all, they are from elsewhere.
      if (there || names.empty()) continue;
      diagnostics.error(
          on_host({.code = Code::ReceiverUnknown,
                   .message = route.who + " sends alerts to '" + printable(route.receiver) +
                              "', and " + printable(file.path) + " has no such receiver",
                   .where = route.place(),
                   .hint = file.secret ? "" : did_you_mean(route.receiver, names),
                   .notes = {{file.place(), "the receivers that there are"}}},
                  route.host));
    }
  }
}

}  // namespace holdfast
