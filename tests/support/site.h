#pragma once

#include <map>
#include <string>

#include "engine/manifest/manifest.h"
#include "tests/support/fake_kinds.h"
#include "tests/support/temp_folder.h"

namespace holdfast {

/// A small project on disk, its fake kinds, and what comes out of it.
class Site {
 public:
  /// An inventory of h1 and h2 in group web, h3 beside them.
  explicit Site(Registry kinds = fake_kinds());
  /// manifests/site.yaml.
  explicit Site(const std::string& manifest);

  void write(const std::string& path, const std::string& bytes) { folder_.write(path, bytes); }
  const std::string& folder() const { return folder_.path(); }
  /// Loads and expands all of it; what is wrong is in `errors`.
  Catalog expand();
  ManifestSet load();
  Inventory inventory();

  /// Everything wrong so far, as a user sees it.
  std::string errors() const;
  std::string warnings() const;
  /// "line:column message" of each error, without lines and hints.
  std::vector<std::string> problems() const;

  LoadOptions options{};
  std::map<std::string, Value> facts{};
  std::vector<std::string> manifests{"manifests/site.yaml"};
  Diagnostics diagnostics{};
  Project project{};

 private:
  TempFolder folder_;
  Registry kinds_;
};

/// "h1 note /etc/a {"content":"x"}" of every declaration, a line each.
std::string summary(const Catalog& catalog);
/// The declaration of this host and address; fails the test where there is none.
const Declaration& found(const Catalog& catalog, const std::string& host,
                         const std::string& address);

}  // namespace holdfast
