#include "engine/plan/merge_names.h"

#include <algorithm>

#include "engine/core/text.h"

namespace holdfast {
namespace {

using Names = std::map<std::string, std::string>;

void rename(std::vector<Reference>& references, const Names& first_name) {
  for (Reference& reference : references) {
    const auto found = reference.host ? first_name.find(*reference.host) : first_name.end();
    if (found != first_name.end()) reference.host = found->second;
  }
}

void append(std::vector<Reference>& to, const std::vector<Reference>& more) {
  to.insert(to.end(), more.begin(), more.end());
}

bool known(const Declaration& declaration) {
  return !declaration.when_unknown && Value(declaration.resource.desired).find_unknown() == nullptr;
}

/// Whether two names want the same of one thing.
bool agree(const Declaration& a, const Declaration& b) {
  return a.resource.absent == b.resource.absent && a.audit == b.audit && a.alias == b.alias &&
         Value(a.resource.desired) == Value(b.resource.desired);
}

/// The first attribute that differs; "" where it is something else.
std::string difference(const Resource& a, const Resource& b) {
  for (const auto& [name, value] : a.desired) {
    const Value* other = b.get(name);
    if (other == nullptr || !(*other == value)) return name;
  }
  for (const auto& [name, value] : b.desired) {
    if (a.get(name) == nullptr) return name;
  }
  return {};
}

Position place_of(const Resource& resource, const std::string& attribute) {
  const auto found = resource.places.find(attribute);
  return found == resource.places.end() ? resource.where : found->second;
}

Error contradiction(const Declaration& a, const Declaration& b) {
  const std::string attribute = difference(a.resource, b.resource);
  return {
      .code = Code::SameMachine,
      .message = printable(a.owner.host + " and " + b.owner.host + " are one machine, and want " +
                           b.resource.address() + " otherwise") +
                 (attribute.empty() ? "" : ": '" + attribute + "' differs"),
      .where = place_of(b.resource, attribute),
      .hint = "declare it the same through both names, or through one of them",
      .notes = {{place_of(a.resource, attribute), printable("as " + a.owner.host + " wants it")}}};
}

/// What a second name says of a resource beside what it should be like.
void absorb(Declaration& kept, const Declaration& other) {
  append(kept.requires_, other.requires_);
  append(kept.before, other.before);
  append(kept.restart_on, other.restart_on);
  append(kept.reload_on, other.reload_on);
  kept.tags.insert(other.tags.begin(), other.tags.end());
  kept.reported_by.insert(other.reported_by.begin(), other.reported_by.end());
  std::erase_if(kept.trust_facts,
                [&](const std::string& host) { return other.trust_facts.count(host) == 0; });
  kept.protect = kept.protect || other.protect;
  kept.keep = kept.keep || other.keep;
  kept.resource.sensitive = kept.resource.sensitive || other.resource.sensitive;
}

void merge_declarations(Catalog& catalog, const Names& first_name, const Registry& registry,
                        Diagnostics& diagnostics) {
  std::vector<Declaration> merged;
  std::map<std::pair<std::string, std::string>, std::size_t> first;
  for (Declaration& declaration : catalog.declarations) {
    const auto renamed = first_name.find(declaration.host);
    if (renamed != first_name.end()) declaration.host = renamed->second;
    for (auto* references : {&declaration.requires_, &declaration.before, &declaration.restart_on,
                             &declaration.reload_on}) {
      rename(*references, first_name);
    }
    const Kind* kind = registry.kind(declaration.resource.kind);
    if (kind != nullptr && known(declaration)) {
      const auto [twin, fresh] = first.emplace(
          std::pair(declaration.host, kind->identity(declaration.resource)), merged.size());
      Declaration* kept = fresh ? nullptr : &merged[twin->second];
      if (kept != nullptr && agree(*kept, declaration)) {
        absorb(*kept, declaration);
        continue;
      }
      if (kept != nullptr) diagnostics.error(contradiction(*kept, declaration));
    }
    merged.push_back(std::move(declaration));
  }
  catalog.declarations = std::move(merged);
}

}  // namespace

void merge_names(Catalog& catalog, std::vector<HostInput>& inputs,
                 const std::map<std::string, std::string>& first_name, const Registry& registry,
                 Diagnostics& diagnostics) {
  if (first_name.empty()) return;
  for (const HostInput& input : inputs) {
    const auto renamed = first_name.find(input.host);
    if (renamed == first_name.end()) continue;
    const auto first = std::find_if(inputs.begin(), inputs.end(), [&](const HostInput& other) {
      return other.host == renamed->second;
    });
    if (first == inputs.end()) continue;
    first->also.push_back(input.host);
    for (const auto& [query, value] : input.seen.answers.all()) {
      if (first->seen.answers.all().count(query) == 0) first->seen.answers.set(query, value);
    }
  }
  const auto another = [&](const std::string& name) { return first_name.count(name) > 0; };
  std::erase_if(inputs, [&](const HostInput& input) { return another(input.host); });
  std::erase_if(catalog.hosts, another);
  merge_declarations(catalog, first_name, registry, diagnostics);
}

void own_through(const Catalog& catalog, std::vector<HostInput>& inputs, const SameWay& same_way,
                 const Registry& registry) {
  for (HostInput& input : inputs) {
    const auto others = same_way.find(input.host);
    if (others == same_way.end() || !input.seen.state || !*input.seen.state) continue;
    HostState& state = **input.seen.state;
    for (const Declaration& declaration : catalog.declarations) {
      const Kind* kind = registry.kind(declaration.resource.kind);
      if (declaration.host != input.host || kind == nullptr || !known(declaration)) continue;
      const auto found = state.objects.find(kind->identity(declaration.resource));
      if (found == state.objects.end()) continue;
      Owner& owner = found->second.owner;
      if (others->second.count(owner.host) > 0) owner.host = declaration.owner.host;
    }
  }
}

}  // namespace holdfast
