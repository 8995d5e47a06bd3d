#include "engine/core/kind.h"

namespace holdfast {

const Value& Answers::at(const Query& query) const {
  static const Value kNotAsked = Unknown{"not asked"};
  const auto found = answers_.find(query);
  return found == answers_.end() ? kNotAsked : found->second;
}

const AttributeChange* Change::find(std::string_view name) const {
  for (const AttributeChange& attribute : attributes) {
    if (attribute.name == name) return &attribute;
  }
  return nullptr;
}

std::vector<Error> Kind::check(const Resource&) const { return {}; }
Effects Kind::effects(const Resource&, const Change&) const { return {}; }

std::string Kind::identity(const Resource& resource) const {
  std::string out = resource.kind + " " + resource.name;
  for (const Attribute& attribute : schema().attributes) {
    const Value* value = attribute.identity ? resource.get(attribute.name) : nullptr;
    if (value != nullptr) out += " " + attribute.name + "=" + canonical(*value, "identity");
  }
  return out;
}

void Registry::add(std::unique_ptr<Kind> kind) {
  const std::string name = kind->schema().kind;
  kinds_[name] = std::move(kind);
}

void Registry::add(std::unique_ptr<Collector> collector) {
  const std::string name = collector->name();
  collectors_[name] = std::move(collector);
}

const Kind* Registry::kind(std::string_view name) const {
  const auto found = kinds_.find(name);
  return found == kinds_.end() ? nullptr : found->second.get();
}

const Collector* Registry::collector(std::string_view name) const {
  const auto found = collectors_.find(name);
  return found == collectors_.end() ? nullptr : found->second.get();
}

std::vector<const Kind*> Registry::kinds() const {
  std::vector<const Kind*> out;
  for (const auto& [name, kind] : kinds_) out.push_back(kind.get());
  return out;
}

std::vector<const Collector*> Registry::collectors() const {
  std::vector<const Collector*> out;
  for (const auto& [name, collector] : collectors_) out.push_back(collector.get());
  return out;
}

}  // namespace holdfast
