#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace holdfast {

/// A folder of its own for one test; goes away with it.
class TempFolder {
 public:
  explicit TempFolder(int mode = 0755) {
    std::string name = std::filesystem::canonical(std::filesystem::temp_directory_path()).string() +
                       "/holdfast_test_XXXXXX";
    path_ = mkdtemp(name.data()) == nullptr ? "" : name;
    std::filesystem::permissions(path_, static_cast<std::filesystem::perms>(mode));
  }
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  const std::string& path() const { return path_; }
  /// Writes a file below it, making the folders on the way. @return its whole path.
  std::string write(const std::string& name, const std::string& bytes, int mode = 0644) const {
    const std::filesystem::path file = std::filesystem::path(path_) / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << bytes;
    std::filesystem::permissions(file, static_cast<std::filesystem::perms>(mode));
    return file.string();
  }

 private:
  std::string path_;
};

inline std::string text_of_file(const std::string& path) {
  std::ostringstream out;
  out << std::ifstream(path, std::ios::binary).rdbuf();
  return out.str();
}

}  // namespace holdfast
