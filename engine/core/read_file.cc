#include "engine/core/read_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "engine/core/text.h"

namespace holdfast {
namespace {

class OpenFile {
 public:
  // O_NONBLOCK: opening a FIFO for reading would otherwise wait for a writer.
  explicit OpenFile(const std::string& path)
      : descriptor_(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)) {}
  ~OpenFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  int get() const { return descriptor_; }

 private:
  int descriptor_;
};

tl::unexpected<Error> unreadable(const std::string& path, const std::string& why) {
  return fail(Code::FileUnreadable, "can't read '" + printable(path) + "': " + why);
}

tl::unexpected<Error> too_large(const std::string& path, std::size_t limit) {
  const std::string size =
      limit >= (1U << 20) ? std::to_string(limit >> 20) + " MiB" : std::to_string(limit) + " bytes";
  return fail(Code::FileTooLarge, "'" + printable(path) + "' is larger than " + size,
              "is this the right file?");
}

}  // namespace

Result<std::string> read_file(const std::string& path, std::size_t limit) {
  if (path.find('\0') != std::string::npos) return unreadable(path, "its name holds a NUL");
  const OpenFile file(path);
  if (file.get() < 0) return unreadable(path, std::strerror(errno));
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) return unreadable(path, std::strerror(errno));
  if (S_ISDIR(info.st_mode)) return unreadable(path, "it is a folder");
  if (!S_ISREG(info.st_mode)) return unreadable(path, "it isn't a regular file");
  if (static_cast<std::size_t>(info.st_size) > limit) return too_large(path, limit);
  std::string bytes;
  std::string chunk(std::max<std::size_t>(static_cast<std::size_t>(info.st_size) + 1, 4096), '\0');
  for (;;) {
    const ssize_t got = ::read(file.get(), chunk.data(), chunk.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return unreadable(path, std::strerror(errno));
    if (got == 0) return bytes;
    bytes.append(chunk, 0, static_cast<std::size_t>(got));
    if (bytes.size() > limit) return too_large(path, limit);
    // Some file systems say 0 for the size of files that hold much.
    if (info.st_size > 0 && bytes.size() == static_cast<std::size_t>(info.st_size)) return bytes;
  }
}

}  // namespace holdfast
