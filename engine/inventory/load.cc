#include <algorithm>
#include <array>
#include <filesystem>

#include "engine/core/text.h"
#include "engine/core/yaml.h"
#include "engine/inventory/builder.h"
#include "engine/inventory/data_file.h"
#include "engine/inventory/host_pattern.h"
#include "engine/inventory/ini_inventory.h"
#include "engine/inventory/inventory.h"
#include "engine/inventory/program.h"
#include "engine/inventory/python_text.h"
#include "engine/inventory/vars_folders.h"
#include "engine/inventory/yaml_inventory.h"

namespace holdfast {
namespace {

namespace fs = std::filesystem;

/// What a folder of inventories may hold beside them.
constexpr std::array<std::string_view, 13> kIgnoredEndings{".pyc", ".pyo", ".swp",  ".bak", "~",
                                                           ".rpm", ".md",  ".txt",  ".rst", ".orig",
                                                           ".ini", ".cfg", ".retry"};

bool ignored(const std::string& name) {
  if (starts_with(name, ".") || name == "host_vars" || name == "group_vars" ||
      name == "vars_plugins") {
    return true;
  }
  return std::any_of(kIgnoredEndings.begin(), kIgnoredEndings.end(),
                     [&](std::string_view ending) { return ends_with(name, ending); });
}

bool may_be_yaml(const fs::path& path) {
  const std::string ending = path.extension().string();
  return ending.empty() || ending == ".yml" || ending == ".yaml" || ending == ".json";
}

/// Whether whoever wrote it meant YAML: decides which reader's error is shown where none fits.
bool looks_like_yaml(const Source& source) {
  if (!fs::path(source.path).extension().empty()) return true;
  for (const std::string_view raw : lines(source.text)) {
    const std::string_view line = trim(raw);
    if (line.empty() || line.front() == '#') continue;
    return line == "---" || ends_with(line, ":") || line.front() == '{';
  }
  return false;
}

class SourceReader {
 public:
  SourceReader(InventoryBuilder& builder, Diagnostics& diagnostics, bool trusted)
      : builder_(builder), diagnostics_(diagnostics), trusted_(trusted) {}

  void read(const std::string& path, int depth = 0) {
    std::error_code error;
    if (!fs::exists(path, error)) {
      diagnostics_.error(Error{.code = Code::FileUnreadable,
                               .message = "there is no inventory '" + printable(path) + "'"});
    } else if (fs::is_directory(path, error)) {
      read_folder(path, depth);
    } else {
      read_file(path);
    }
  }

  /// "h1,h2:2222,": names instead of a file.
  void read_names(const std::string& names) {
    for (const std::string_view part : split(names, ',')) {
      const std::string_view name = python_strip(part);
      if (name.empty()) continue;
      const HostAddress address =
          parse_host_address(name, false).value_or(HostAddress{std::string(name)});
      keep(builder_.add_host(address.host, "ungrouped", address.port, {}));
    }
  }

 private:
  void keep(Result<void> result) {
    if (!result) diagnostics_.error(std::move(result.error()));
  }

  void read_folder(const std::string& folder, int depth) {
    std::vector<std::string> names;
    std::error_code error;
    for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
      names.push_back(it->path().filename().string());
    }
    std::erase_if(names, ignored);
    std::sort(names.begin(), names.end());
    if (names.empty() || depth > 32) {
      diagnostics_.error(Error{
          .code = Code::InventoryInvalid,
          .message = "the folder '" + printable(folder) + "' holds no inventory",
          .hint = "files ending with .ini, .cfg, .txt, .md and the like are left out in a folder"});
      return;
    }
    for (const std::string& name : names) read((fs::path(folder) / name).string(), depth + 1);
  }

  void read_file(const std::string& path) {
    if (is_inventory_program(path)) {
      read_program(path);
      return;
    }
    auto source = load_source(path);
    if (!source) {
      diagnostics_.error(std::move(source.error()));
      return;
    }
    std::vector<Error> errors;
    read_data(*source, errors);
    for (Error& error : errors) diagnostics_.error(std::move(error));
  }

  void read_program(const std::string& path) {
    if (!trusted_) {
      diagnostics_.error(
          Error{.code = Code::InventoryProgramUntrusted,
                .message = "'" + printable(path) +
                           "' is an inventory program, and this project "
                           "isn't trusted to run it",
                .hint = "`holdfast trust` shows what a project may run; if the file is data, "
                        "`chmod -x` it"});
      return;
    }
    std::vector<Error> errors;
    run_inventory_program(path, builder_, errors);
    for (Error& error : errors) diagnostics_.error(std::move(error));
  }

  /// YAML first, where the file's ending allows it; what isn't a mapping may still be INI.
  void read_data(const std::shared_ptr<const Source>& source, std::vector<Error>& errors) {
    std::optional<Error> yaml_error;
    if (may_be_yaml(source->path) || starts_with(source->text, "$ANSIBLE_VAULT;")) {
      auto data = parse_data(source);
      if (data && *data && (*data)->kind == YamlNode::Kind::Mapping) {
        read_mapping(**data, errors);
        return;
      }
      yaml_error = data ? not_a_mapping(source) : std::move(data.error());
      if (yaml_error->code == Code::VaultUnsupported) {
        errors.push_back(std::move(*yaml_error));
        return;
      }
    }
    std::vector<Error> ini_errors;
    read_ini_inventory(source, builder_, ini_errors);
    if (ini_errors.empty()) return;
    if (yaml_error && looks_like_yaml(*source)) {
      errors.push_back(std::move(*yaml_error));
      return;
    }
    if (fs::path(source->path).extension() == ".toml") {
      ini_errors.front().hint = "holdfast reads no TOML inventories; write YAML";
    }
    errors = std::move(ini_errors);
  }

  static Error not_a_mapping(const std::shared_ptr<const Source>& source) {
    return Error{.code = Code::InventoryInvalid,
                 .message = "'" + printable(source->path) + "' isn't a mapping of groups",
                 .where = Position{.source = source, .line = 1, .column = 1},
                 .hint = "begin with 'all:', and 'hosts:' below it"};
  }

  void read_mapping(const YamlNode& root, std::vector<Error>& errors) {
    const YamlNode* plugin = root.find("plugin");
    if (plugin != nullptr && plugin->kind == YamlNode::Kind::Scalar && !plugin->scalar.empty()) {
      errors.push_back(Error{.code = Code::InventoryPluginUnsupported,
                             .message = "this configures the inventory plugin '" +
                                        printable(plugin->scalar) + "', and holdfast has none",
                             .where = plugin->where,
                             .hint = "write what it says to a file: `ansible-inventory -i FILE "
                                     "--list --export --yaml`"});
      return;
    }
    read_yaml_inventory(root, builder_, errors);
  }

  InventoryBuilder& builder_;
  Diagnostics& diagnostics_;
  bool trusted_;
};

/// Where group_vars/ and host_vars/ of an inventory lie.
std::string vars_folder(const std::string& path) {
  std::error_code error;
  if (fs::is_directory(path, error)) return path;
  const std::string parent = fs::path(path).parent_path().string();
  return parent.empty() ? "." : parent;
}

}  // namespace

Inventory load_inventory(const std::string& path, Diagnostics& diagnostics, bool trusted) {
  InventoryBuilder builder;
  SourceReader reader(builder, diagnostics, trusted);
  std::error_code error;
  const bool names = path.find(',') != std::string::npos && !fs::exists(path, error);
  if (names) {
    reader.read_names(path);
  } else {
    reader.read(path);
  }
  if (auto done = builder.reconcile(); !done) diagnostics.error(std::move(done.error()));
  VarsFolders folders(names ? std::string() : vars_folder(path));
  return builder.build(folders, diagnostics);
}

}  // namespace holdfast
