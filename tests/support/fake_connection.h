#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/transport/transport.h"

namespace holdfast::testing_support {

/// A frame as a fake host gets it.
struct FakeFrame {
  std::string nonce;
  std::string script;
  std::string payload;
};

/// What a fake host does: bytes back for each frame (the first is the prelude), what it prints at
/// once, what it says on standard error, and whether it then ends.
struct FakeHost {
  std::string greeting{};
  std::string error{};
  bool ends = false;
  std::function<std::string(const FakeFrame&, int index)> answer{};
};

/// "HF NONCE TAG STATUS LENGTH\nTEXT\n".
inline std::string fake_record(const std::string& nonce, const std::string& tag, int status,
                               const std::string& text) {
  return "HF " + nonce + " " + tag + " " + std::to_string(status) + " " +
         std::to_string(text.size()) + "\n" + text + "\n";
}

class FakeChannel final : public Channel {
 public:
  explicit FakeChannel(FakeHost host) : host_(std::move(host)), out_(host_.greeting) {}

  Result<void> write(std::string_view bytes, Deadline) override {
    if (host_.ends) return fail(Code::ConnectionLost, "closed");
    in_.append(bytes);
    while (take_frame()) {
    }
    return {};
  }
  Result<std::size_t> read(char* buffer, std::size_t size, Deadline deadline) override {
    if (out_.empty() && host_.ends) return std::size_t{0};
    if (out_.empty()) {
      return fail(Code::DeadlinePassed, Clock::now() < deadline ? "nothing yet" : "nothing came");
    }
    const std::size_t count = out_.copy(buffer, size);
    out_.erase(0, count);
    return count;
  }
  std::string error_tail() const override { return host_.error; }
  void close_input() override { host_.ends = true; }

 private:
  bool take_frame() {
    const std::size_t end = in_.find('\n');
    if (end == std::string::npos || !host_.answer) return false;
    const std::size_t first = in_.find(' ');
    const std::size_t script = std::stoul(in_.substr(first + 1));
    const std::size_t payload = std::stoul(in_.substr(in_.find(' ', first + 1) + 1));
    if (in_.size() < end + 1 + script + payload) return false;
    const FakeFrame frame{in_.substr(0, first), in_.substr(end + 1, script),
                          in_.substr(end + 1 + script, payload)};
    in_.erase(0, end + 1 + script + payload);
    out_ += host_.answer(frame, index_++);
    return true;
  }

  FakeHost host_;
  std::string in_;
  std::string out_;
  int index_ = 0;
};

/// Answers each execute() with the next of its hosts; the last one stays.
class FakeConnection final : public Connection {
 public:
  explicit FakeConnection(std::deque<FakeHost> hosts, std::string user = "deploy")
      : hosts_(std::move(hosts)), peer_{"10.0.0.1:22", std::move(user), "", "", ""} {}
  const Peer& peer() const override { return peer_; }
  Result<std::unique_ptr<Channel>> execute(const std::string& command, Deadline) override {
    commands.push_back(command);
    FakeHost host = hosts_.front();
    if (hosts_.size() > 1) hosts_.pop_front();
    return std::unique_ptr<Channel>(std::make_unique<FakeChannel>(std::move(host)));
  }
  Result<std::unique_ptr<Channel>> execute_later(const std::string& command) override {
    return execute(command, {});
  }
  Result<std::unique_ptr<Channel>> tunnel(const std::string&, int, Deadline) override {
    return fail(Code::HostUnreachable, "no tunnels here");
  }

  std::vector<std::string> commands;

 private:
  std::deque<FakeHost> hosts_;
  Peer peer_;
};

}  // namespace holdfast::testing_support
