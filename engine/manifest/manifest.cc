#include "engine/manifest/manifest.h"

#include <algorithm>
#include <filesystem>

#include "engine/core/suggest.h"
#include "engine/core/text.h"
#include "engine/manifest/loader.h"
#include "engine/manifest/manifest_set.h"

namespace holdfast {
namespace {

/// Two manifests of one name would own the same things.
void refuse_same_names(const std::vector<std::shared_ptr<const Document>>& manifests,
                       Diagnostics& diagnostics) {
  std::map<std::string, const Document*> seen;
  for (const auto& manifest : manifests) {
    const auto [other, fresh] = seen.emplace(manifest->name, manifest.get());
    if (fresh) continue;
    diagnostics.error(
        Error{.code = Code::ManifestShape,
              .message = "two manifests are called '" + printable(manifest->name) + "'",
              .where = manifest->where,
              .hint = "say `manifest: NAME` in one of them",
              .notes = {{other->second->where, "the other one"}}});
  }
}

bool mentions_facts(const Value& value) {
  if (value.is_text()) {
    return Template::has_markup(value.as_text()) &&
           value.as_text().find("facts") != std::string::npos;
  }
  if (value.is_list()) {
    return std::any_of(value.as_list().begin(), value.as_list().end(), mentions_facts);
  }
  if (!value.is_map()) return false;
  return std::any_of(value.as_map().begin(), value.as_map().end(),
                     [](const auto& entry) { return mentions_facts(entry.second); });
}

/// --set of a name that nobody asks for is a slip.
void refuse_unknown_set(const ManifestSet::Impl& set, const Inventory& inventory,
                        Diagnostics& diagnostics) {
  std::set<std::string> names;
  for (const auto* documents : {&set.manifests, &set.modules}) {
    for (const auto& document : *documents) {
      for (const Input& input : document->inputs) names.insert(input.name);
      for (const VariableNode& variable : document->vars) names.insert(variable.name);
    }
  }
  for (const InventoryHost& host : inventory.hosts()) {
    for (const auto& [name, variable] : host.variables) names.insert(name);
  }
  for (const auto& [name, text] : set.options.set) {
    if (names.count(name) > 0) continue;
    diagnostics.error(
        Error{.code = Code::UnknownVariable,
              .message = "--set: there is no input or variable '" + printable(name) + "'",
              .hint = did_you_mean(name, std::vector<std::string>(names.begin(), names.end()))});
  }
}

}  // namespace

Result<std::vector<std::string>> ManifestSet::Impl::hosts_of(const Document& document,
                                                             const Inventory& inventory) const {
  std::set<std::string> wanted;
  for (const auto& [pattern, where] : document.hosts) {
    HF_TRY(const std::vector<std::string> hosts, inventory.select(pattern, where));
    wanted.insert(hosts.begin(), hosts.end());
  }
  if (!options.limit.empty()) {
    HF_TRY(const std::vector<std::string> left, inventory.select(join(options.limit, ",")));
    std::set<std::string> both;
    for (const std::string& host : left) {
      if (wanted.count(host) > 0) both.insert(host);
    }
    wanted = std::move(both);
  }
  std::vector<std::string> out;
  for (const InventoryHost& host : inventory.hosts()) {
    if (wanted.count(host.name) > 0) out.push_back(host.name);
  }
  return out;
}

ManifestSet ManifestSet::load(const std::vector<std::string>& paths, const Project& project,
                              const Registry& registry, const LoadOptions& options,
                              Diagnostics& diagnostics) {
  auto impl = std::make_shared<Impl>(project, registry, options);
  Diagnostics found;
  Loader loader(*impl->files, registry, found);
  for (const std::string& path : paths) {
    const std::filesystem::path whole = absolute_path(path);
    for (auto& manifest : loader.manifests(whole.lexically_normal().string())) {
      impl->manifests.push_back(std::move(manifest));
    }
  }
  impl->modules = loader.modules();
  impl->left_out = loader.left_out();
  refuse_same_names(impl->manifests, found);
  for (const auto& manifest : impl->manifests) check_document(*manifest, *impl, found);
  for (const auto& module : impl->modules) check_document(*module, *impl, found);
  report_in_order(found, *impl->files, diagnostics);
  ManifestSet out;
  out.impl_ = std::move(impl);
  return out;
}

bool LeftOut::may_be(std::string_view address) const {
  return anything || std::any_of(names.begin(), names.end(), [&](const std::string& name) {
           return ends_with(address, " " + name);
         });
}

bool ManifestSet::needs_facts() const {
  return impl_->expressions->ask_for_facts() || impl_->templates_by_expression;
}

bool ManifestSet::needs_facts(const Inventory& inventory) const {
  if (needs_facts()) return true;
  return std::any_of(
      inventory.hosts().begin(), inventory.hosts().end(), [](const InventoryHost& host) {
        return std::any_of(host.variables.begin(), host.variables.end(),
                           [](const auto& entry) { return mentions_facts(entry.second.value); });
      });
}

std::vector<std::string> ManifestSet::secrets_set() const {
  std::set<std::string> out;
  for (const auto* documents : {&impl_->manifests, &impl_->modules}) {
    for (const auto& document : *documents) {
      for (const Input& input : document->inputs) {
        if (input.attribute().secret && impl_->options.set.count(input.name) > 0)
          out.insert(input.name);
      }
    }
  }
  return {out.begin(), out.end()};
}

std::vector<std::string> ManifestSet::hosts(const Inventory& inventory, Diagnostics& diagnostics,
                                            const std::set<std::string>& left) const {
  std::set<std::string> wanted = left;
  Diagnostics found;
  for (const auto& manifest : impl_->manifests) {
    auto hosts = impl_->hosts_of(*manifest, inventory);
    if (hosts) {
      wanted.insert(hosts->begin(), hosts->end());
    } else {
      found.error(std::move(hosts.error()));
    }
  }
  const bool asked = std::any_of(impl_->manifests.begin(), impl_->manifests.end(),
                                 [](const auto& manifest) { return !manifest->hosts.empty(); });
  if (wanted.empty() && !found.failed() && asked) {
    const bool limited = !impl_->options.limit.empty();
    found.error(Error{.code = Code::NoHosts,
                      .message = limited
                                     ? "--limit '" + printable(join(impl_->options.limit, ",")) +
                                           "' leaves no host of these manifests"
                                     : "no host is left to work on",
                      .where = limited || impl_->manifests[0]->hosts.empty()
                                   ? Position{}
                                   : impl_->manifests[0]->hosts[0].second});
  }
  report_in_order(found, *impl_->files, diagnostics);
  std::vector<std::string> out;
  for (const InventoryHost& host : inventory.hosts()) {
    if (wanted.count(host.name) > 0) out.push_back(host.name);
  }
  return out;
}

Catalog ManifestSet::expand(const Inventory& inventory, const std::map<std::string, Value>& facts,
                            Diagnostics& diagnostics, const std::set<std::string>& left) const {
  Catalog catalog;
  catalog.left_out = impl_->left_out;
  catalog.hosts = hosts(inventory, diagnostics, left);
  Diagnostics found;
  refuse_unknown_set(*impl_, inventory, found);
  std::map<std::string, std::vector<const Document*>> for_host;
  for (const auto& manifest : impl_->manifests) {
    const auto hosts = impl_->hosts_of(*manifest, inventory);
    if (!manifest->names_known || !hosts) catalog.left_out.anything = true;
    for (const std::string& host : hosts.value_or(std::vector<std::string>())) {
      for_host[host].push_back(manifest.get());
    }
    const auto project_policy = parse_policy(impl_->project.on_failure.value_or("rollback"));
    catalog.on_failure[manifest->name] = manifest->on_failure.value_or(*project_policy);
  }
  World world(inventory, facts, impl_->options.set, impl_->options.environment);
  Expansion expansion(*impl_, world, catalog);
  for (const std::string& host : catalog.hosts) {
    Diagnostics here;
    expansion.add_host(host, for_host[host], here);
    for (Error error : here.errors()) {
      if (error.hosts.empty()) error.hosts = {host};
      found.error(std::move(error));
    }
    for (const Error& warning : here.warnings()) found.warning(warning);
    // Those that name other hosts only want nothing here, which is known as well.
    const auto& wanting = for_host[host];
    for (const auto& manifest : impl_->manifests) {
      const bool names_it =
          std::find(wanting.begin(), wanting.end(), manifest.get()) != wanting.end();
      if (!names_it) catalog.owners.push_back(impl_->owner(*manifest, host));
    }
  }
  report_in_order(found, *impl_->files, diagnostics, catalog.hosts.size());
  catalog.inputs = impl_->files->read();
  return catalog;
}

void ManifestSet::report(const Diagnostics& found, Diagnostics& to) const {
  report_in_order(found, *impl_->files, to);
}

}  // namespace holdfast
