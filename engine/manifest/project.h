#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/core/error.h"
#include "engine/journal/retention.h"

namespace holdfast {

/// One environment of holdfast.yaml: which inventory and which manifests belong together.
struct Environment {
  std::string name;
  std::string inventory;  ///< Relative to the project's folder.
  std::vector<std::string> manifests;
  bool protect = false;  ///< apply asks for the environment's name, or --yes with -e given.
  Position where{};
};

/// Hosts at once, at most: each has a thread and a few descriptors.
inline constexpr int kMaxParallel = 1024;

/// holdfast.yaml, or what stands for it where there is none (project "" in the folder of the first
/// manifest).
struct Project {
  std::string name;
  std::string folder;  ///< Absolute.
  std::map<std::string, Environment> environments;
  std::string default_environment;
  std::vector<std::string>
      module_path;  ///< Folders, relative to the project's; `manifests` by default.
  std::optional<int> parallel{};
  std::optional<std::string> on_failure{};
  std::string history{};          ///< Where the history is, as written; "" : not said.
  bool history_required = false;  ///< No run begins without it.
  Position history_where{};
  Retention retention{};
  bool found = false;  ///< Whether there is a holdfast.yaml.
};

/// Looks for holdfast.yaml in `folder` and above it, up to the file system's or a git checkout's
/// top.
Project load_project(const std::string& folder, Diagnostics& diagnostics);

}  // namespace holdfast
