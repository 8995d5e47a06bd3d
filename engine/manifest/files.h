#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "engine/core/error.h"
#include "engine/manifest/project.h"

namespace holdfast {

/// From the current folder on; never throws: as it is where it is empty, or that folder is gone.
std::string absolute_path(const std::string& path);

/// The files of a project that a run reads: each once, none outside the project unless trusted.
/// Not thread-safe.
class ProjectFiles {
 public:
  /// @param anywhere  The project is trusted: paths may lead out of it.
  ProjectFiles(const Project& project, bool anywhere);

  /// The file that `path`, written at `where`, means: taken from the folder of the file that
  /// `where` is in, then from the `beside` folders in there. Absolute.
  /// @errors HF2018 it leads out of the project, HF1002 it isn't there.
  Result<std::string> locate(std::string_view path, const Position& where,
                             const std::vector<std::string>& beside = {}) const;
  /// A text of at most 16 MiB, whose path is shown as the user would type it.
  Result<std::shared_ptr<const Source>> text(const std::string& path);
  /// Any bytes, at most 64 MiB.
  Result<std::shared_ptr<const std::string>> bytes(const std::string& path);
  /// Relative to the project's folder, where it lies inside.
  std::string shown(const std::string& path) const;
  /// Where the file that `where` is in lies.
  std::string folder_of(const Position& where) const;
  const std::string& folder() const { return folder_; }
  /// Folders where modules are looked for, absolute.
  std::vector<std::string> module_folders() const;
  /// Everything read so far, in that order, as shown.
  const std::vector<std::string>& read() const { return read_; }
  /// Place in that order; those never read last.
  std::size_t order(const Position& where) const;

 private:
  Result<std::string> look_for(std::string_view path, const Position& where,
                               const std::vector<std::string>& beside) const;
  /// @param is_link  Of the file itself.
  bool stays_inside(const std::filesystem::path& file, bool is_link) const;
  void note_read(const std::string& path);

  std::string folder_;
  std::vector<std::string> module_path_;
  bool anywhere_;
  /// From which folder, by which words, and beside what: most are asked for more than once.
  using Asked = std::tuple<std::string, std::string, std::vector<std::string>>;
  mutable std::map<Asked, std::string> located_;
  /// Folders with their links resolved; "" where that can't be done.
  mutable std::map<std::string, std::string> real_folders_;
  std::vector<std::string> read_;
  std::map<std::string, std::size_t, std::less<>> order_;
  std::map<const Source*, std::string> folders_;
  std::map<std::string, std::shared_ptr<const Source>> texts_;
  std::map<std::string, std::shared_ptr<const std::string>> bytes_;
};

}  // namespace holdfast
