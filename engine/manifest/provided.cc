#include "engine/manifest/provided.h"

#include "engine/core/text.h"

namespace holdfast {
namespace {

void read_metrics(const ValueList& list, const Position& where, const std::string& label,
                  Provided& out, Diagnostics& diagnostics) {
  for (const Value& item : list) {
    if (!item.is_text()) continue;
    auto metric = parse_metric(item.as_text());
    if (metric) {
      out.metrics.push_back(std::move(*metric));
      continue;
    }
    diagnostics.error({.code = Code::WrongType,
                       .message = "'" + printable(item.as_text()) + "' in 'provides' of " + label +
                                  " is no metric",
                       .where = where,
                       .hint = "write name, name{label, label}, or name_* for all that begin so"});
  }
}

}  // namespace

Type provides_type() {
  const Type texts = Type::list_of(Type{});
  return Type::object(
      {{.name = "port", .type = {TypeKind::Port}, .doc = "TCP port that its program listens on."},
       {.name = "metrics",
        .type = texts,
        .doc =
            "Metrics that it gives: `name`, `name{label, label}`, `name_*`. Without a port: that "
            "Prometheus has in some other way."},
       {.name = "metrics_from",
        .doc = "A file of the project with what its program answers to /metrics, in place of that "
               "list."},
       {.name = "labels",
        .type = Type::map_of(Type{}),
        .doc = "Labels that it gives all its metrics, with their values."},
       {.name = "units", .type = texts, .doc = "systemd units that it makes."}});
}

Provided read_provided(const Value& value, const std::shared_ptr<const Source>& file,
                       const Position& where, const std::string& label, Diagnostics& diagnostics) {
  Provided out;
  out.where = where;
  if (!value.is_map()) return out;
  const ValueMap& map = value.as_map();
  const auto known = [&](std::string_view name) -> const Value* {
    const Value* found = map.find(name);
    const bool told = found != nullptr && !found->is_null() && !found->holds_secret() &&
                      found->find_unknown() == nullptr;
    return told ? found : nullptr;
  };
  if (const Value* port = known("port"); port != nullptr && port->is_int()) {
    out.port = static_cast<int>(port->as_int());
  }
  if (const Value* metrics = known("metrics"); metrics != nullptr && metrics->is_list()) {
    out.metrics_known = true;
    read_metrics(metrics->as_list(), where, label, out, diagnostics);
  }
  if (file != nullptr) {
    out.metrics_known = true;
    for (ExportedMetric& metric : read_exposition(file, diagnostics)) {
      out.metrics.push_back(std::move(metric));
    }
  }
  if (const Value* labels = known("labels"); labels != nullptr && labels->is_map()) {
    for (const auto& [name, text] : labels->as_map()) {
      if (text.is_text()) out.labels[name] = text.as_text();
    }
  }
  if (const Value* units = known("units"); units != nullptr && units->is_list()) {
    for (const Value& unit : units->as_list()) {
      if (unit.is_text()) out.units.push_back(unit.as_text());
    }
  }
  return out;
}

}  // namespace holdfast
