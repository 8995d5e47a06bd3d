#include "engine/manifest/trust_list.h"

#include <unistd.h>

#include <filesystem>
#include <set>

#include "engine/core/hash.h"
#include "engine/core/text.h"
#include "engine/core/yaml.h"
#include "engine/manifest/files.h"

namespace holdfast {
namespace {

/// A file of the project itself is read without trust.
bool stays_inside(const YamlNode& node, const ProjectFiles& files) {
  if (node.tag != "!file" || node.kind != YamlNode::Kind::Scalar) return false;
  const auto found = files.locate(node.scalar, node.where, {"files"});
  return found || found.error().code != Code::OutsideProject;
}

void collect(const YamlNode& node, const ProjectFiles& files, std::set<std::string>& out) {
  const bool asks = node.tag == "!command" || node.tag == "!file";
  if (asks && !stays_inside(node, files)) {
    std::string line = node.tag.substr(1) + ":";
    if (node.kind == YamlNode::Kind::Scalar) line += " " + printable(node.scalar);
    for (const YamlNode& item : node.items) line += " " + printable(item.scalar);
    out.insert(line);
  }
  for (const YamlNode& item : node.items) collect(item, files, out);
  for (const YamlNode::Entry& entry : node.entries) collect(entry.value, files, out);
}

void collect_program(const std::filesystem::path& path, std::set<std::string>& out) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error) || access(path.c_str(), X_OK) != 0) return;
  const auto source = load_source(path.string());
  if (!source || !starts_with((*source)->text, "#!")) return;
  // By its contents: another program at the same place is another program.
  out.insert("inventory program: " + printable(path.string()) + " " + sha256_hex((*source)->text));
}

}  // namespace

std::vector<std::string> trust_list(const Project& project, const std::vector<std::string>& files,
                                    const std::string& inventory) {
  std::set<std::string> out;
  ProjectFiles confined(project, false);
  for (const std::string& file : files) {
    const std::filesystem::path path = std::filesystem::path(project.folder) / file;
    const auto source = confined.text(path.lexically_normal().string());
    if (!source) continue;
    const auto documents = parse_yaml(*source);
    if (!documents) continue;
    for (const YamlNode& document : *documents) collect(document, confined, out);
  }
  std::error_code error;
  if (std::filesystem::is_directory(inventory, error)) {
    for (const auto& entry : std::filesystem::directory_iterator(inventory, error))
      collect_program(entry.path(), out);
  } else {
    collect_program(inventory, out);
  }
  return {out.begin(), out.end()};
}

}  // namespace holdfast
