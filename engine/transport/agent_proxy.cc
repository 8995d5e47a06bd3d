#include "engine/transport/agent_proxy.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "engine/core/text.h"

namespace holdfast {
namespace {

constexpr char kRequestIdentities = 11;
constexpr char kIdentitiesAnswer = 12;
constexpr char kSignRequest = 13;
constexpr std::size_t kLargestMessage = std::size_t{256} << 10;

std::string number_bytes(std::size_t number) {
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8) {
    out += static_cast<char>(number >> static_cast<unsigned>(shift) & 0xffU);
  }
  return out;
}

bool take_number(std::string_view& bytes, std::size_t& number) {
  if (bytes.size() < 4) return false;
  number = 0;
  for (const char c : bytes.substr(0, 4)) number = number << 8U | static_cast<unsigned char>(c);
  bytes.remove_prefix(4);
  return true;
}

bool take_string(std::string_view& bytes, std::string_view& text) {
  std::size_t size = 0;
  if (!take_number(bytes, size) || size > bytes.size()) return false;
  text = bytes.substr(0, size);
  bytes.remove_prefix(size);
  return true;
}

bool read_exactly(int fd, std::string& out, std::size_t size, Deadline deadline) {
  out.resize(size);
  for (std::size_t at = 0; at < size;) {
    const auto got = read_some(fd, out.data() + at, size - at, deadline);
    if (!got || *got == 0) return false;
    at += *got;
  }
  return true;
}

/// A message without its length.
bool read_message(int fd, std::string& message, Deadline deadline) {
  std::string header;
  std::size_t size = 0;
  if (!read_exactly(fd, header, 4, deadline)) return false;
  std::string_view bytes = header;
  take_number(bytes, size);
  return size > 0 && size <= kLargestMessage && read_exactly(fd, message, size, deadline);
}

bool write_message(int fd, const std::string& message, Deadline deadline) {
  return write_all(fd, number_bytes(message.size()) + message, deadline).has_value();
}

}  // namespace

std::string filter_identities(std::string_view answer, const std::vector<std::string>& allowed) {
  std::size_t count = 0;
  if (answer.empty() || answer[0] != kIdentitiesAnswer) return {};
  answer.remove_prefix(1);
  if (!take_number(answer, count)) return {};
  std::string kept;
  std::size_t left = 0;
  for (std::size_t i = 0; i < count; ++i) {
    std::string_view key;
    std::string_view comment;
    if (!take_string(answer, key) || !take_string(answer, comment)) return {};
    const bool shown =
        allowed.empty() || std::find(allowed.begin(), allowed.end(), key) != allowed.end();
    if (!shown) continue;
    ++left;
    kept += number_bytes(key.size()) + std::string(key) + number_bytes(comment.size()) +
            std::string(comment);
  }
  return kIdentitiesAnswer + number_bytes(left) + kept;
}

Result<std::unique_ptr<AgentProxy>> AgentProxy::start(const std::string& path,
                                                      std::vector<std::string> allowed,
                                                      Deadline deadline) {
  std::unique_ptr<AgentProxy> out(new AgentProxy);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    return fail(Code::LoginRefused, "the agent's socket path is too long: " + printable(path));
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  out->agent_.reset(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  // A local socket connects at once or fails.
  if (!out->agent_ ||
      ::connect(out->agent_.get(), reinterpret_cast<const sockaddr*>(&address),  // NOLINT
                sizeof address) != 0) {
    return fail(Code::LoginRefused,
                "no agent at " + printable(path) + ": " + system_error_text(errno));
  }
  HF_TRY(DescriptorPair ends, make_socket_pair());
  out->client_ = std::move(ends.first);
  out->server_ = std::move(ends.second);
  set_nonblocking(out->server_.get());
  set_nonblocking(out->agent_.get());
  out->allowed_ = std::move(allowed);
  out->deadline_ = deadline;
  out->thread_ = std::thread([proxy = out.get()] { proxy->serve(); });
  return out;
}

AgentProxy::~AgentProxy() {
  if (!thread_.joinable()) return;
  ::shutdown(server_.get(), SHUT_RDWR);
  ::shutdown(agent_.get(), SHUT_RDWR);
  thread_.join();
}

std::string AgentProxy::last_signer() const {
  const std::lock_guard lock(mutex_);
  return last_signer_;
}

void AgentProxy::serve() {
  while (exchange()) {
  }
  // libssh must see the end, or it would wait for ever.
  ::shutdown(server_.get(), SHUT_RDWR);
}

bool AgentProxy::exchange() {
  std::string request;
  std::string answer;
  if (!read_message(server_.get(), request, deadline_)) return false;
  if (request[0] == kSignRequest) {
    std::string_view bytes = std::string_view(request).substr(1);
    std::string_view key;
    if (take_string(bytes, key)) {
      const std::lock_guard lock(mutex_);
      last_signer_ = key;
    }
  }
  if (!write_message(agent_.get(), request, deadline_) ||
      !read_message(agent_.get(), answer, deadline_)) {
    return false;
  }
  if (request[0] == kRequestIdentities) answer = filter_identities(answer, allowed_);
  return !answer.empty() && write_message(server_.get(), answer, deadline_);
}

}  // namespace holdfast
