#include <filesystem>

#include "engine/core/suggest.h"
#include "engine/core/text.h"
#include "engine/manifest/keys.h"
#include "engine/manifest/loader.h"

namespace holdfast {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxModuleDepth = 32;

/// Names of the modules that lie in a folder.
void add_module_names(const fs::path& folder, std::vector<std::string>& names) {
  std::error_code problem;
  for (fs::directory_iterator it(folder, problem), end; !problem && it != end;
       it.increment(problem)) {
    if (it->path().extension() == ".yaml") names.push_back(it->path().stem().string());
  }
}

}  // namespace

/// Whether `path` may be opened now; an error that shows the circle, otherwise.
bool Loader::opens(const std::string& path, const Position& where) {
  for (std::size_t i = 0; i < opening_.size(); ++i) {
    if (opening_[i].path != path) continue;
    Error circle{.code = Code::ModuleCycle,
                 .message = "'" + printable(files_.shown(path)) + "' uses itself",
                 .where = where};
    for (std::size_t k = i + 1; k < opening_.size(); ++k) {
      circle.notes.push_back(
          {opening_[k].where, "through '" + printable(files_.shown(opening_[k].path)) + "'"});
    }
    diagnostics_.error(std::move(circle));
    return false;
  }
  if (opening_.size() < kMaxModuleDepth) return true;
  error(Code::TooMany, "modules are nested more than 32 levels deep", where);
  return false;
}

void Loader::read_includes(Document& out, const YamlNode& node) {
  for (const YamlNode* item : one_or_more(node)) {
    const Value path = typed_value(*item, Type{}, "'include'", diagnostics_);
    out.names_known = out.names_known && path.is_text();
    if (!path.is_text()) continue;
    auto file = files_.locate(path.as_text(), item->where);
    if (!file) {
      out.names_known = false;
      if (file.error().code == Code::FileUnreadable) file.error().code = Code::ModuleNotFound;
      diagnostics_.error(std::move(file.error()));
      continue;
    }
    include(out, *file, item->where);
  }
}

/// An included file is a piece of the manifest that includes it: variables and resources.
void Loader::include(Document& out, const std::string& path, const Position& where) {
  if (!opens(path, where)) return;
  opening_.push_back(Opening{path, where});
  const auto roots = documents(path, where);
  if (roots.empty()) out.names_known = false;
  for (const auto& root : roots) {
    if (!require_mapping(*root, "an included file", Code::ManifestShape, diagnostics_)) {
      out.names_known = false;
      continue;
    }
    static const std::vector<std::string> kKeys{"description", "include", "vars", "resources"};
    check_keys(*root, kKeys, "an included file", Code::UnknownAttribute, diagnostics_);
    out.names_known =
        out.names_known && !names_misspelt(*root, kKeys) && only_resources_slip(*root);
    out.roots.push_back(root);
    if (const YamlNode* includes = root->find("include")) read_includes(out, *includes);
    if (const YamlNode* vars = root->find("vars")) read_vars(out, *vars);
    if (const YamlNode* resources = root->find("resources")) {
      for (Item& item : read_items(*resources)) out.items.push_back(std::move(item));
    }
  }
  opening_.pop_back();
}

Result<std::string> Loader::find_module(const YamlNode& name) const {
  const std::string& word = name.scalar;
  const bool is_path =
      word.find('/') != std::string::npos || ends_with(word, ".yaml") || ends_with(word, ".yml");
  if (is_path) {
    auto file = files_.locate(word, name.where);
    if (!file && file.error().code == Code::FileUnreadable) {
      file.error().code = Code::ModuleNotFound;
    }
    return file;
  }
  std::vector<std::string> folders{files_.folder_of(name.where)};
  for (std::string& folder : files_.module_folders()) folders.push_back(std::move(folder));
  std::vector<std::string> names;
  std::vector<std::string> tried;
  for (const std::string& folder : folders) {
    const std::string file = (fs::path(folder) / (word + ".yaml")).string();
    // `locate` judges whether it stays in the project; a module path may lie beside the file.
    const std::string from = fs::path(file).lexically_relative(folders[0]).string();
    std::error_code ignored;
    if (fs::exists(file, ignored)) return files_.locate(from, name.where);
    tried.push_back(files_.shown(file));
    add_module_names(folder, names);
  }
  std::string hint = did_you_mean(word, names);
  if (hint.empty()) hint = "looked for " + printable(join(tried, ", "));
  return fail(Error{.code = Code::ModuleNotFound,
                    .message = "there is no module '" + printable(word) + "'",
                    .where = name.where,
                    .hint = std::move(hint)});
}

std::shared_ptr<const Document> Loader::module(const YamlNode& name) {
  auto path = find_module(name);
  if (!path) diagnostics_.error(std::move(path.error()));
  if (!path || !opens(*path, name.where)) {
    left_out_.anything = true;
    return nullptr;
  }
  const auto known = known_.find(*path);
  if (known != known_.end()) return known->second;
  opening_.push_back(Opening{*path, name.where});
  std::shared_ptr<Document> out;
  const auto roots = documents(*path, name.where);
  if (roots.size() > 1) {
    error(Code::ManifestShape, "a module is a file with one document", roots[1]->where);
  } else if (!roots.empty()) {
    out = read(roots[0], *path);
  }
  if (out && out->has_hosts) {
    diagnostics_.error(Error{
        .code = Code::ManifestShape,
        .message = "'" + printable(out->name) + "' has 'hosts', so it is a manifest and no module",
        .where = out->hosts.empty() ? out->where : out->hosts[0].second,
        .hint = "a module runs on the hosts of the manifest that uses it",
        .notes = {{name.where, "used here"}}});
  }
  opening_.pop_back();
  known_[*path] = out;
  if (out) modules_.push_back(out);
  return out;
}

}  // namespace holdfast
