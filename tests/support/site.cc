#include "tests/support/site.h"

#include <gtest/gtest.h>

#include "engine/report/error_text.h"

namespace holdfast {

Site::Site(Registry kinds) : kinds_(std::move(kinds)) {
  project.name = "demo";
  project.folder = folder_.path();
  project.module_path = {"manifests", "shared"};
  options.environment = "test";
  write("inventory.yaml",
        "all:\n  children:\n    web:\n      hosts:\n        h1:\n        h2:\n  hosts:\n    h3:\n");
}

Site::Site(const std::string& manifest) : Site() { write("manifests/site.yaml", manifest); }

Inventory Site::inventory() { return load_inventory(folder() + "/inventory.yaml", diagnostics); }

ManifestSet Site::load() {
  std::vector<std::string> paths;
  for (const std::string& manifest : manifests) paths.push_back(folder() + "/" + manifest);
  return ManifestSet::load(paths, project, kinds_, options, diagnostics);
}

Catalog Site::expand() {
  const Inventory hosts = inventory();
  return load().expand(hosts, facts, diagnostics);
}

std::string Site::errors() const { return errors_text(diagnostics, false); }
std::string Site::warnings() const { return warnings_text(diagnostics, false); }

std::vector<std::string> Site::problems() const {
  std::vector<std::string> out;
  for (const Error& error : diagnostics.errors()) {
    out.push_back(error.where.text() + (error.where.known() ? ": " : "") + error.message);
  }
  return out;
}

std::string summary(const Catalog& catalog) {
  std::string out;
  for (const Declaration& d : catalog.declarations) {
    out += d.host + " " + d.resource.address() + " " + Value(d.resource.desired).display();
    if (d.resource.absent) out += " absent";
    if (d.when_unknown) out += " when " + d.when_unknown->cause;
    out += "\n";
  }
  return out;
}

const Declaration& found(const Catalog& catalog, const std::string& host,
                         const std::string& address) {
  static const Declaration kNone;
  for (const Declaration& d : catalog.declarations) {
    if (d.host == host && d.resource.address() == address) return d;
  }
  ADD_FAILURE() << "no " << host << " " << address << " in\n" << summary(catalog);
  return kNone;
}

}  // namespace holdfast
