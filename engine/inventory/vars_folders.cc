#include "engine/inventory/vars_folders.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <utility>

#include "engine/core/text.h"
#include "engine/inventory/builder.h"
#include "engine/inventory/data_file.h"

namespace holdfast {
namespace {

namespace fs = std::filesystem;

constexpr int kDeepestFolder = 32;
constexpr std::array<std::string_view, 4> kEndings{"", ".yml", ".yaml", ".json"};

bool known_ending(const fs::path& path) {
  return std::find(kEndings.begin(), kEndings.end(), path.extension().string()) != kEndings.end();
}

/// A folder's files in alphabetical order, folders without a dot in their name read as well.
void files_below(const fs::path& folder, int depth, std::vector<std::string>& out) {
  std::error_code error;
  std::vector<fs::path> entries;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    entries.push_back(it->path());
  }
  std::sort(entries.begin(), entries.end());
  for (const fs::path& entry : entries) {
    const std::string name = entry.filename().string();
    if (starts_with(name, ".") || ends_with(name, "~")) continue;
    if (fs::is_directory(entry, error)) {
      if (entry.extension().empty() && depth < kDeepestFolder) files_below(entry, depth + 1, out);
    } else if (fs::is_regular_file(entry, error) && known_ending(entry)) {
      out.push_back(entry.string());
    }
  }
}

/// The file of the first ending that is there, or the files of a folder of that name.
std::vector<std::string> files_of(const fs::path& folder, const std::string& name) {
  std::vector<std::string> out;
  for (const std::string_view ending : kEndings) {
    const fs::path path = folder / (name + std::string(ending));
    std::error_code error;
    if (!fs::exists(path, error)) continue;
    if (fs::is_directory(path, error)) {
      files_below(path, 0, out);
    } else {
      out.push_back(path.string());
    }
    break;
  }
  return out;
}

bool leads_out(const std::string& name) {
  const std::vector<std::string_view> parts = split(name, '/');
  return starts_with(name, "/") || std::find(parts.begin(), parts.end(), "..") != parts.end();
}

/// Falsy values count as an empty file.
bool says_nothing(const Value& value) {
  const bool empty_list = value.is_list() && value.as_list().empty();
  const bool zero = value == Value(0) || value == Value(0.0) || value == Value(false);
  return value.is_null() || value == Value("") || empty_list || zero;
}

Result<Variables> read_file_variables(const std::string& path) {
  HF_TRY(const std::shared_ptr<const Source> source, load_source(path));
  HF_TRY(const std::optional<YamlNode> node, parse_data(source));
  Variables out;
  if (!node) return out;
  if (node->kind != YamlNode::Kind::Mapping) {
    HF_TRY(const Value value, ansible_value(*node));
    if (says_nothing(value)) return out;
    return fail(Error{.code = Code::InventoryInvalid,
                      .message = "'" + printable(path) +
                                 "' must be a mapping of variables, not a " +
                                 std::string(value.type_name()),
                      .where = node->where});
  }
  for (const YamlNode::Entry& entry : node->entries) {
    HF_TRY(Value value, ansible_value(entry.value));
    const std::string name = key_text(entry);
    out[name] = Variable{kept_value(name, std::move(value)), entry.where};
  }
  return out;
}

}  // namespace

Variables VarsFolders::load(std::string_view kind, const std::string& name,
                            Diagnostics& diagnostics) {
  Variables out;
  if (folder_.empty() || leads_out(name)) return out;
  const fs::path folder = fs::path(folder_ == "." ? "" : folder_) / kind;
  std::error_code error;
  if (!fs::exists(folder, error)) return out;
  if (!fs::is_directory(folder, error)) {
    const std::string message = "'" + printable(folder.string()) + "' isn't a folder";
    const bool said = std::any_of(warnings_.begin(), warnings_.end(),
                                  [&](const Error& w) { return w.message == message; });
    if (!said) warnings_.push_back(Error{.code = Code::InventorySkipped, .message = message});
    return out;
  }
  for (const std::string& path : files_of(folder, name)) {
    auto variables = read_file_variables(path);
    if (!variables) {
      diagnostics.error(std::move(variables.error()));
      continue;
    }
    for (auto& [key, variable] : *variables) out[key] = std::move(variable);
  }
  return out;
}

std::vector<Error> VarsFolders::take_warnings() { return std::exchange(warnings_, {}); }

}  // namespace holdfast
