#include "engine/manifest/files.h"

#include <filesystem>

#include "engine/core/read_file.h"
#include "engine/core/text.h"
#include "engine/core/yaml.h"
#include "engine/manifest/confined.h"

namespace holdfast {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxBytes = 64U << 20;

tl::unexpected<Error> outside(std::string_view path, const Position& where) {
  return fail(Error{.code = Code::OutsideProject,
                    .message = "'" + printable(path) + "' leads out of the project",
                    .where = where,
                    .hint = "move it inside, or trust the project: `holdfast trust`"});
}

}  // namespace

std::string absolute_path(const std::string& path) {
  std::error_code problem;
  const fs::path whole = fs::absolute(path, problem);
  return problem ? path : whole.string();
}

ProjectFiles::ProjectFiles(const Project& project, bool anywhere)
    : folder_(project.folder), module_path_(project.module_path), anywhere_(anywhere) {}

Result<void> ProjectFiles::stays_inside(const std::string& file, std::string_view path,
                                        const Position& where) const {
  if (anywhere_) return {};
  // Links resolved: one that leads out is no way round.
  const std::string real = real_path(file), top = real_path(folder_);
  if (real.empty() || top.empty() || !lies_inside(real, top)) return outside(path, where);
  return {};
}

std::string ProjectFiles::real_path(const std::string& file) const {
  std::error_code problem;
  const fs::path path(file);
  const auto whole = [&](const fs::path& one) {
    const fs::path real = fs::canonical(one, problem);
    return problem ? std::string() : real.string();
  };
  const bool plain = path.has_filename() && !fs::is_symlink(fs::symlink_status(path, problem));
  if (!plain || problem) return whole(path);
  const std::string folder = path.parent_path().string();
  auto known = real_folders_.find(folder);
  if (known == real_folders_.end()) {
    known = real_folders_.emplace(folder, whole(path.parent_path())).first;
  }
  return known->second.empty() ? "" : (fs::path(known->second) / path.filename()).string();
}

Result<std::string> ProjectFiles::locate(std::string_view path, const Position& where,
                                         const std::vector<std::string>& beside) const {
  if (path.empty() || path.find('\0') != std::string_view::npos) {
    return fail(Error{.code = Code::FileUnreadable,
                      .message = "'" + printable(path) + "' is no path",
                      .where = where});
  }
  const fs::path written(path);
  if (written.is_absolute() && !anywhere_) return outside(path, where);
  std::vector<fs::path> candidates{fs::path(folder_of(where)) / written};
  for (const std::string& folder : beside) {
    candidates.push_back(fs::path(folder_of(where)) / folder / written);
  }
  std::vector<std::string> tried;
  for (const fs::path& candidate : candidates) {
    const fs::path file = candidate.lexically_normal();
    if (!anywhere_ && !lies_inside(file, folder_)) return outside(path, where);
    std::error_code ignored;
    if (fs::exists(file, ignored)) {
      HF_CHECK(stays_inside(file.string(), path, where));
      return file.string();
    }
    tried.push_back(shown(file.string()));
    if (written.is_absolute()) break;
  }
  return fail(Error{.code = Code::FileUnreadable,
                    .message = "there is no file '" + printable(path) + "'",
                    .where = where,
                    .hint = "looked for " + printable(join(tried, ", "))});
}

Result<std::shared_ptr<const Source>> ProjectFiles::text(const std::string& path) {
  const auto known = texts_.find(path);
  if (known != texts_.end()) return known->second;
  HF_TRY(const std::shared_ptr<const Source> loaded, load_source(path));
  auto source = std::make_shared<const Source>(Source{shown(path), loaded->text});
  folders_[source.get()] = parent_path(path);
  texts_[path] = source;
  note_read(path);
  return source;
}

Result<std::shared_ptr<const std::string>> ProjectFiles::bytes(const std::string& path) {
  const auto known = bytes_.find(path);
  if (known != bytes_.end()) return known->second;
  HF_TRY(std::string loaded, read_file(path, kMaxBytes));
  auto shared = std::make_shared<const std::string>(std::move(loaded));
  bytes_[path] = shared;
  note_read(path);
  return shared;
}

std::string ProjectFiles::shown(const std::string& path) const {
  const fs::path relative = fs::path(path).lexically_normal().lexically_relative(folder_);
  return relative.empty() || *relative.begin() == ".." ? path : relative.string();
}

std::string ProjectFiles::folder_of(const Position& where) const {
  const auto found = folders_.find(where.source.get());
  return found == folders_.end() ? folder_ : found->second;
}

std::vector<std::string> ProjectFiles::module_folders() const {
  std::vector<std::string> out;
  for (const std::string& folder : module_path_) {
    out.push_back((fs::path(folder_) / folder).lexically_normal().string());
  }
  return out;
}

void ProjectFiles::note_read(const std::string& path) {
  if (order_.emplace(shown(path), read_.size()).second) read_.push_back(shown(path));
}

std::size_t ProjectFiles::order(const Position& where) const {
  if (!where.source) return read_.size() + 1;
  const auto found = order_.find(where.source->path);
  return found == order_.end() ? read_.size() : found->second;
}

}  // namespace holdfast
