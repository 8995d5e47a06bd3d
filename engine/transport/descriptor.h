#pragma once

#include <utility>

#include "engine/transport/transport.h"

namespace holdfast {

/// Owns a file descriptor.
class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(other.release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    if (this != &other) reset(other.release());
    return *this;
  }
  ~Descriptor() { reset(); }

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  int release() { return std::exchange(fd_, -1); }
  void reset(int fd = -1);

 private:
  int fd_;
};

struct DescriptorPair {
  Descriptor first;
  Descriptor second;
};

/// Both ends of a connected stream, closed on exec. @errors HF1006 no descriptors left.
Result<DescriptorPair> make_socket_pair();
/// `first` is read from, `second` written to; closed on exec.
Result<DescriptorPair> make_pipe();
void set_nonblocking(int fd);

/// Milliseconds for poll(2) until `deadline`: rounded up, 0 once it has passed.
int poll_milliseconds(Deadline deadline);
/// Waits until the descriptor is ready for `events` (or has failed, which the next call on it
/// tells). False: the deadline passed first.
bool wait_ready(int fd, short events, Deadline deadline);
/// Writes all of it to a non-blocking descriptor. @errors HF4004, HF4005.
Result<void> write_all(int fd, std::string_view bytes, Deadline deadline);
/// At least one byte, 0 at the end. @errors HF4004, HF4005.
Result<std::size_t> read_some(int fd, char* buffer, std::size_t size, Deadline deadline);

/// A program on the other end of a pipe that ends early is an error of a write, not our end:
/// SIGPIPE is ignored from then on.
void ignore_broken_pipes();

/// "Connection refused": strerror without its shared buffer.
std::string system_error_text(int error);

}  // namespace holdfast
