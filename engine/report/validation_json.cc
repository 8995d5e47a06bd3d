#include "engine/report/validation_json.h"

#include <nlohmann/json.hpp>

#include "engine/report/json_parts.h"

namespace holdfast {
namespace {

nlohmann::ordered_json list_of(const std::vector<Error>& errors) {
  auto out = nlohmann::ordered_json::array();
  for (const Error& error : errors) out.push_back(json_of(error));
  return out;
}

}  // namespace

std::string validation_json(const std::optional<Catalog>& catalog, const Diagnostics& diagnostics) {
  nlohmann::ordered_json out{{"format", kJsonFormat}, {"valid", catalog.has_value()}};
  if (catalog) {
    out["resources"] = catalog->declarations.size();
    out["hosts"] = catalog->hosts.size();
  }
  out["errors"] = list_of(diagnostics.errors());
  out["warnings"] = list_of(diagnostics.warnings());
  return json_document(out, 2);
}

}  // namespace holdfast
