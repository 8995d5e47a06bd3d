#include "engine/check/probe.h"

#include <algorithm>
#include <array>
#include <random>
#include <thread>

#include "engine/core/shell_quote.h"
#include "engine/core/text.h"

namespace holdfast {
namespace {

constexpr std::size_t kBodyCap = std::size_t{1} << 20;

tl::unexpected<Error> failed(const std::string& what) { return fail(Code::CheckFailed, what); }

std::string shortened(std::string_view text) {
  return printable(text.substr(0, 200)) + (text.size() > 200 ? " …" : "");
}

/// One attempt at each kind of question.
struct Ask {
  Connection& connection;
  Shell& shell;
  Deadline deadline;

  Result<void> operator()(const Probe::Tcp& tcp) const {
    HF_TRY([[maybe_unused]] const auto channel, connection.tunnel(tcp.host, tcp.port, deadline));
    return {};
  }

  Result<void> operator()(const Probe::Http& http) const {
    HF_TRY(const HttpTarget target, http_target(http.url));
    HF_TRY(const auto channel, connection.tunnel(target.host, target.port, deadline));
    std::string request = "GET " + target.path + " HTTP/1.1\r\nHost: " + target.host + ":" +
                          std::to_string(target.port) +
                          "\r\nUser-Agent: holdfast\r\nAccept: */*\r\nConnection: close\r\n";
    for (const auto& [name, value] : http.headers) request += name + ": " + value + "\r\n";
    HF_CHECK(channel->write(request + "\r\n", deadline));
    HF_TRY(const HttpAnswer answer, read_answer(*channel, http.url));
    if (answer.status != http.status) {
      return failed(printable(http.url) + " answered " + std::to_string(answer.status) + ", not " +
                    std::to_string(http.status) + ": " + shortened(answer.body));
    }
    if (answer.body.find(http.body) == std::string::npos) {
      return failed(printable(http.url) + " answered without '" + printable(http.body) +
                    "': " + shortened(answer.body));
    }
    return {};
  }

  Result<HttpAnswer> read_answer(Channel& channel, const std::string& url) const {
    std::string bytes;
    std::array<char, 16384> buffer{};
    for (;;) {
      HF_TRY(const std::size_t count, channel.read(buffer.data(), buffer.size(), deadline));
      bytes.append(buffer.data(), count);
      if (auto answer = parse_http_answer(bytes, count == 0)) return std::move(*answer);
      if (count == 0) return failed(printable(url) + " answered no HTTP: " + shortened(bytes));
      if (bytes.size() > kBodyCap) return failed(printable(url) + " answered more than 1 MiB");
    }
  }

  Result<void> operator()(const Probe::Command& command) const {
    // The pipe would hide the status, so it is asked for in the same breath.
    const std::string limit = std::to_string(seconds_left());
    const std::string script = "hf_out=$( { setsid -w timeout -k 5 " + limit +
                               " env -i LC_ALL=C PATH=\"$PATH\" " + shell_quote(command.argv) +
                               " 2>&1 </dev/null; printf '\\n%s' $?; } | tail -c 65536 ); "
                               "hf_record answer 0 \"$hf_out\"\n";
    HF_TRY(const Record record, shell.ask(script, {}, deadline + std::chrono::seconds(10)));
    const auto at = record.payload.rfind('\n');
    const std::string status = at == std::string::npos ? "" : record.payload.substr(at + 1);
    const std::string output = record.payload.substr(0, at);
    // timeout(1): 124, or 137 where it had to kill.
    if ((status == "124" || status == "137") && seconds_left() <= 1) {
      return failed(shell_quote(command.argv) + " was ended after " + limit + " s");
    }
    if (status != std::to_string(command.status)) {
      return failed(shell_quote(command.argv) + " ended with status " + printable(status) +
                    ", not " + std::to_string(command.status) + ": " + shortened(output));
    }
    if (output.find(command.output) == std::string::npos) {
      return failed(shell_quote(command.argv) + " printed no '" + printable(command.output) +
                    "': " + shortened(output));
    }
    return {};
  }

  Result<void> operator()(const Probe::Unit& unit) const {
    const std::string script =
        "hf_record unit 0 \"$(systemctl show -p ActiveState,SubState,Result -- " +
        shell_quote(unit.name) + " 2>&1)\"\n";
    HF_TRY(const Record record, shell.ask(script, {}, deadline));
    for (const std::string_view line : lines(record.payload)) {
      if (line == "ActiveState=" + unit.state) return {};
    }
    std::string said = record.payload;
    std::replace(said.begin(), said.end(), '\n', ' ');
    return failed(printable(unit.name) + " is not " + printable(unit.state) + ": " +
                  shortened(said));
  }

  std::int64_t seconds_left() const {
    const auto left =
        std::chrono::duration_cast<std::chrono::seconds>(deadline - Clock::now()).count();
    return std::max<std::int64_t>(1, left);
  }
};

Result<void> sleep_for(std::chrono::milliseconds time, const Shell::Tick& turn) {
  const Deadline end = Clock::now() + time;
  while (true) {
    HF_CHECK(turn());
    const Deadline now = Clock::now();
    if (now >= end) return {};
    std::this_thread::sleep_until(std::min(end, now + std::chrono::milliseconds(500)));
  }
}

}  // namespace

Result<void> ask_probe(const Probe& probe, Connection& connection, Shell& shell,
                       const Shell::Tick& turn) {
  const Deadline end = Clock::now() + probe.retry.total;
  std::chrono::milliseconds pause = probe.retry.backoff;
  std::minstd_rand random(std::random_device{}());
  for (int attempt = 1;; ++attempt) {
    auto result = std::visit(Ask{connection, shell, Clock::now() + probe.limit}, probe.ask);
    if (result) return result;
    if (Clock::now() + pause >= end) {
      Error error = std::move(result.error());
      if (attempt > 1) error.message += " (asked " + std::to_string(attempt) + " times)";
      error.code = Code::CheckFailed;
      return fail(std::move(error));
    }
    // Half of the pause is jitter, so that many hosts don't ask one service in step.
    const std::int64_t half = std::max<std::int64_t>(1, pause.count() / 2);
    HF_CHECK(sleep_for(std::chrono::milliseconds(half + static_cast<std::int64_t>(random()) % half),
                       turn));
    pause = std::min(pause * 2, std::chrono::milliseconds(15000));
  }
}

}  // namespace holdfast
