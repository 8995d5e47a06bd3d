#include "engine/core/kind.h"

#include <algorithm>

namespace holdfast {
namespace {

std::string_view nth_line(std::string_view text, int line) {
  for (; line > 1 && !text.empty(); --line) {
    text.remove_prefix(std::min(text.find('\n'), text.size() - 1) + 1);
  }
  return text.substr(0, text.find('\n'));
}

}  // namespace

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

Position Resource::place_in(const std::string& attribute, int line, int column, int length) const {
  const auto place = places.find(attribute);
  const Position whole = place == places.end() ? where : place->second;
  const auto origin = origins.find(attribute);
  const Value* value = get(attribute);
  if (origin == origins.end() || value == nullptr) return whole;
  const std::string_view text = value->bytes();
  if (std::count(text.begin(), text.end(), '\n') != origin->second.lines) return whole;
  Position out = origin->second.begin;
  out.line += line - 1;
  const auto indent = static_cast<std::size_t>(origin->second.indent);
  const std::string_view written = out.line_text().substr(std::min(indent, out.line_text().size()));
  const bool same = written == nth_line(text, line);
  if (!same && written.find("{{") == std::string_view::npos) return whole;
  const std::size_t first = std::min(written.find_first_not_of(" \t"), written.size());
  out.column = origin->second.indent + (same ? column : static_cast<int>(first) + 1);
  out.length = same ? length : static_cast<int>(written.size() - first);
  return out;
}

Result<std::string> Service::check(const Server&, const std::string& question,
                                   const Contact&) const {
  return fail(Code::Internal, name() + " can't be asked whether " + question);
}

Result<Secret> Service::issue(const Server&, const std::string& what, const Contact&) const {
  return fail(Code::Internal, "'" + name() + "' issues no '" + what + "'");
}

std::vector<Error> Kind::check(const Resource&) const { return {}; }
Effects Kind::effects(const Resource&, const Change&) const { return {}; }

std::optional<WayIn> Kind::way_in(const Resource&, const Change&, const Surroundings&) const {
  return std::nullopt;
}

Value Kind::text(const Resource& resource, std::string_view attribute) const {
  const Value* stated = resource.get(attribute);
  return stated == nullptr ? Value() : *stated;
}

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

void Registry::add(std::unique_ptr<Service> service) {
  const std::string name = service->name();
  services_[name] = std::move(service);
}

const Service* Registry::service(std::string_view name) const {
  const auto found = services_.find(name);
  return found == services_.end() ? nullptr : found->second.get();
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
