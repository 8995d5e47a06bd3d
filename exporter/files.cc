#include "exporter/files.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <utility>

namespace holdfast::exporter {

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  if (this != &other) {
    if (fd_ >= 0) close(fd_);
    fd_ = other.release();
  }
  return *this;
}

Descriptor::~Descriptor() {
  if (fd_ >= 0) close(fd_);
}

int Descriptor::release() { return std::exchange(fd_, -1); }

Descriptor open_folder(const std::string& path) {
  return Descriptor(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

Descriptor open_regular(int folder, const std::string& name) {
  Descriptor file(openat(folder, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  struct stat seen {};
  if (file && (fstat(file.get(), &seen) != 0 || !S_ISREG(seen.st_mode))) return {};
  return file;
}

std::optional<std::string> read_at(int fd, std::size_t offset, std::size_t most) {
  constexpr std::size_t kPiece = 4096;
  std::string out;
  std::size_t size = 0;
  for (;;) {
    if (size == out.size()) out.resize(std::min(most, std::max(kPiece, size * 2)));
    const std::size_t room = out.size() - size;
    const ssize_t got = pread(fd, out.data() + size, room, static_cast<off_t>(offset + size));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return std::nullopt;
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
    if (size == most) break;
  }
  out.resize(size);
  return out;
}

std::optional<std::string> read_file(const std::string& path, std::size_t most) {
  const Descriptor file(open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  if (!file) return std::nullopt;
  return read_at(file.get(), 0, most);
}

std::optional<std::vector<std::string>> names_in(
    const std::string& path, std::size_t most,
    const std::function<bool(std::string_view name, bool is_folder)>& keep) {
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(opendir(path.c_str()), closedir);
  if (!folder) return std::nullopt;
  std::vector<std::string> out;
  errno = 0;
  for (std::size_t count = 0; const dirent* entry = readdir(folder.get()); ++count) {
    // With the two that every folder has.
    if (count == most + 2) return std::nullopt;
    const std::string_view name = entry->d_name;
    if (name == "." || name == "..") continue;
    if (keep(name, entry->d_type == DT_DIR)) out.emplace_back(name);
  }
  if (errno != 0) return std::nullopt;
  return out;
}

std::string_view first_line(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n\v\f";
  text = text.substr(0, text.find('\n'));
  const std::size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

}  // namespace holdfast::exporter
