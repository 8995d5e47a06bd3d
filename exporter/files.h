#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast::exporter {

/// An open file or folder, closed with its owner.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(other.release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept;
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor();

  explicit operator bool() const { return fd_ >= 0; }
  int get() const { return fd_; }
  int release();

 private:
  int fd_ = -1;
};

/// A folder by its path; links are followed, as an administrator may have moved it.
Descriptor open_folder(const std::string& path);

/// A regular file in `folder`. Jobs can write there: no link is followed, and a FIFO or a device
/// neither opened nor waited for.
Descriptor open_regular(int folder, const std::string& name);

/// Up to `most` bytes from `offset`; nullopt: they can't be read.
std::optional<std::string> read_at(int fd, std::size_t offset, std::size_t most);

/// The beginning of a file of the kernel (/proc, /sys) or of root; nullopt: it can't be read.
std::optional<std::string> read_file(const std::string& path, std::size_t most = 65536);

/// The names in a folder that `keep` wants; nullopt: it can't be read, or has more than `most`
/// entries.
std::optional<std::vector<std::string>> names_in(
    const std::string& path, std::size_t most,
    const std::function<bool(std::string_view name, bool is_folder)>& keep);

/// The text up to the first line break, without white space at its ends.
std::string_view first_line(std::string_view text);

}  // namespace holdfast::exporter
