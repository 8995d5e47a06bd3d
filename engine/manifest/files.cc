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

// Links resolved: one that leads out is no way round.
bool ProjectFiles::stays_inside(const fs::path& file, bool is_link) const {
  const auto real = [](const fs::path& path) {
    std::error_code problem;
    const fs::path found = fs::canonical(path, problem);
    return problem ? std::string() : found.string();
  };
  const auto real_folder = [&](const std::string& folder) -> const std::string& {
    auto known = real_folders_.find(folder);
    if (known == real_folders_.end()) known = real_folders_.emplace(folder, real(folder)).first;
    return known->second;
  };
  const std::string& top = real_folder(folder_);
  if (top.empty()) return false;
  if (is_link || !file.has_filename()) return lies_inside(real(file), top);
  return lies_inside(real_folder(file.parent_path().string()), top);
}

Result<std::string> ProjectFiles::locate(std::string_view path, const Position& where,
                                         const std::vector<std::string>& beside) const {
  Asked asked{folder_of(where), path, beside};
  const auto known = located_.find(asked);
  if (known != located_.end()) return known->second;
  HF_TRY(std::string found, look_for(path, where, beside));
  return located_.emplace(std::move(asked), std::move(found)).first->second;
}

Result<std::string> ProjectFiles::look_for(std::string_view path, const Position& where,
                                           const std::vector<std::string>& beside) const {
  if (path.empty() || path.find('\0') != std::string_view::npos) {
    return fail(Error{.code = Code::FileUnreadable,
                      .message = "'" + printable(path) + "' is no path",
                      .where = where});
  }
  const fs::path written(path);
  if (written.is_absolute() && !anywhere_) return outside(path, where);
  const fs::path from(folder_of(where));
  std::vector<fs::path> candidates{from / written};
  for (const std::string& folder : beside) candidates.push_back(from / folder / written);
  std::vector<std::string> tried;
  for (const fs::path& candidate : candidates) {
    const fs::path file = candidate.lexically_normal();
    if (!anywhere_ && !lies_inside(file, folder_)) return outside(path, where);
    std::error_code ignored;
    const fs::file_status status = fs::symlink_status(file, ignored);
    const bool is_link = fs::is_symlink(status);
    if (is_link ? fs::exists(file, ignored) : fs::exists(status)) {
      if (!anywhere_ && !stays_inside(file, is_link)) return outside(path, where);
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
  std::string name = shown(path);
  if (order_.emplace(name, read_.size()).second) read_.push_back(std::move(name));
}

std::size_t ProjectFiles::order(const Position& where) const {
  if (!where.source) return read_.size() + 1;
  const auto found = order_.find(where.source->path);
  return found == order_.end() ? read_.size() : found->second;
}

}  // namespace holdfast
