#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
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
  Result<void> stays_inside(const std::string& file, std::string_view path,
                            const Position& where) const;
  /// Links resolved; "" where that can't be done.
  std::string real_path(const std::string& file) const;
  void note_read(const std::string& path);

  std::string folder_;
  std::vector<std::string> module_path_;
  bool anywhere_;
  mutable std::map<std::string, std::string> real_folders_;  ///< Asked for with each file in them.
  std::vector<std::string> read_;
  std::map<std::string, std::size_t, std::less<>> order_;
  std::map<const Source*, std::string> folders_;
  std::map<std::string, std::shared_ptr<const Source>> texts_;
  std::map<std::string, std::shared_ptr<const std::string>> bytes_;
};

}  // namespace holdfast
