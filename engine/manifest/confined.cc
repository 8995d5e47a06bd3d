#include "engine/manifest/confined.h"

#include <filesystem>

#include "engine/core/text.h"

namespace holdfast {
namespace {

namespace fs = std::filesystem;

void look(const fs::path& path, const fs::path& top, std::vector<Error>& out) {
  std::error_code problem;
  const fs::path real = fs::weakly_canonical(path, problem);
  if (!problem && lies_inside(real, top)) return;
  out.push_back({.code = Code::OutsideProject,
                 .message = "'" + printable(path.string()) + "' leads out of the project",
                 .hint = "--untrusted reads nothing outside"});
}

void look_below(const fs::path& path, const fs::path& top, std::vector<Error>& out) {
  std::error_code problem;
  if (fs::symlink_status(path, problem).type() == fs::file_type::not_found) return;
  look(path, top, out);
  if (!fs::is_directory(fs::symlink_status(path, problem))) return;
  for (fs::recursive_directory_iterator it(path, problem), end; !problem && it != end;
       it.increment(problem)) {
    if (it->is_symlink(problem)) look(it->path(), top, out);
  }
}

}  // namespace

bool lies_inside(const fs::path& path, const fs::path& folder) {
  const std::string_view inner = path.native();
  std::string_view outer = folder.native();
  if (outer.empty()) return false;
  if (outer.back() == '/') outer.remove_suffix(1);
  return starts_with(inner, outer) && (inner.size() == outer.size() || inner[outer.size()] == '/');
}

std::vector<Error> leading_out(const std::string& top, const std::vector<std::string>& paths) {
  std::vector<Error> out;
  std::error_code problem;
  const fs::path real_top = fs::canonical(top, problem);
  for (const std::string& text : paths) {
    const fs::path path(text);
    look_below(path, real_top, out);
    if (fs::is_directory(path, problem)) continue;
    for (const char* beside : {"group_vars", "host_vars"}) {
      look_below(path.parent_path() / beside, real_top, out);
    }
  }
  return out;
}

}  // namespace holdfast
