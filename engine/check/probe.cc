#include "engine/check/probe.h"

#include <algorithm>
#include <array>
#include <random>
#include <thread>

#include "engine/check/disk.h"
#include "engine/check/expiry.h"
#include "engine/check/prometheus.h"
#include "engine/check/tls.h"
#include "engine/check/unit.h"
#include "engine/core/shell_quote.h"
#include "engine/core/text.h"

namespace holdfast {
namespace {

constexpr std::size_t kBodyCap = std::size_t{1} << 20;
constexpr std::size_t kApiCap = std::size_t{32} << 20;

tl::unexpected<Error> failed(const std::string& what) { return fail(Code::CheckFailed, what); }

/// A status and the first line of what came with it.
std::string words(const std::string& status, std::string_view text) {
  const std::string_view line = trim(text.substr(0, std::min(text.find('\n'), text.size())));
  return status + (line.empty() ? "" : " " + excerpt(line, 60));
}

/// One attempt at each kind of question.
struct Ask {
  Connection& connection;
  Shell& shell;
  const AskRemote& remote;
  Deadline deadline;

  Result<std::string> operator()(const Probe::Tcp& tcp) const {
    HF_TRY([[maybe_unused]] const auto channel, way_to(tcp.host, tcp.port));
    return "it takes connections";
  }

  Result<std::string> operator()(const Probe::Http& http) const {
    HF_TRY(const auto channel, request(http.url, http.headers));
    HF_TRY(const HttpAnswer answer, read_answer(*channel, http.url));
    if (answer.status != http.status) {
      return failed(printable(http.url) + " answered " + std::to_string(answer.status) + ", not " +
                    std::to_string(http.status) + ": " + excerpt(answer.body));
    }
    if (answer.body.find(http.body) == std::string::npos) {
      return failed(printable(http.url) + " answered without '" + printable(http.body) +
                    "': " + excerpt(answer.body));
    }
    return words(std::to_string(answer.status), answer.body);
  }

  Result<std::unique_ptr<Channel>> request(
      const std::string& url,
      const std::vector<std::pair<std::string, std::string>>& headers) const {
    HF_TRY(const HttpTarget target, http_target(url));
    HF_TRY(auto channel, way_to(target.host, target.port));
    std::string text = "GET " + target.path + " HTTP/1.1\r\nHost: " + target.host + ":" +
                       std::to_string(target.port) +
                       "\r\nUser-Agent: holdfast\r\nAccept: */*\r\nConnection: close\r\n";
    for (const auto& [name, value] : headers) {
      text.append(name).append(": ").append(value).append("\r\n");
    }
    HF_CHECK(channel->write(text + "\r\n", deadline));
    return channel;
  }

  Result<HttpAnswer> read_answer(Channel& channel, const std::string& url) const {
    std::string bytes;
    std::array<char, 16384> buffer{};
    for (;;) {
      HF_TRY(const std::size_t count, channel.read(buffer.data(), buffer.size(), deadline));
      bytes.append(buffer.data(), count);
      if (auto answer = parse_http_answer(bytes, count == 0)) return std::move(*answer);
      if (count == 0) return failed(printable(url) + " answered no HTTP: " + excerpt(bytes));
      if (bytes.size() > kBodyCap) return failed(printable(url) + " answered more than 1 MiB");
    }
  }

  Result<std::string> operator()(const PrometheusQuestion& question) const {
    return ask_prometheus(
        question,
        {.get = [&](const std::string& url) { return whole_answer(url, question.headers); },
         .written = [this](const std::string& path) { return written(path); }});
  }

  /// Of any length: read to its end before anything looks at it.
  Result<HttpAnswer> whole_answer(
      const std::string& url,
      const std::vector<std::pair<std::string, std::string>>& headers) const {
    HF_TRY(const auto channel, request(url, headers));
    std::string bytes;
    std::array<char, 65536> buffer{};
    for (;;) {
      HF_TRY(const std::size_t count, channel->read(buffer.data(), buffer.size(), deadline));
      if (count == 0) break;
      bytes.append(buffer.data(), count);
      if (bytes.size() > kApiCap) return failed(printable(url) + " answered more than 32 MiB");
    }
    if (auto answer = parse_http_answer(bytes, true)) return std::move(*answer);
    return failed(printable(url) + " answered no HTTP: " + excerpt(bytes));
  }

  Result<double> written(const std::string& path) const {
    const std::string quoted = shell_quote(path);
    const std::string script = "hf_record time 0 \"$(stat -L -c %.9Y -- " + quoted +
                               " 2>/dev/null || stat -L -c %Y -- " + quoted + " 2>&1)\"\n";
    HF_TRY(const Record record, shell.ask(script, {}, deadline));
    char* end = nullptr;
    const double seconds = std::strtod(record.payload.c_str(), &end);
    if (end != record.payload.c_str() && seconds > 0) return seconds;
    return failed("when " + printable(path) +
                  " was written can't be told: " + excerpt(record.payload));
  }

  Result<std::string> operator()(const Probe::DiskFree& disk) const {
    return ask_disk(disk, shell, deadline);
  }
  Result<std::string> operator()(const Probe::TlsExpiry& tls) const {
    HF_TRY(const auto channel, way_to(tls.host, tls.port));
    return ask_tls(tls, *channel, deadline);
  }
  Result<std::string> operator()(const Probe::SecretExpiry& secret) const {
    return ask_expiry(secret, shell, deadline);
  }
  Result<std::string> operator()(const Probe::Remote& asked) const { return remote(asked); }

  Result<std::string> operator()(const Probe::Command& command) const {
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
                    ", not " + std::to_string(command.status) + ": " + excerpt(output));
    }
    if (output.find(command.output) == std::string::npos) {
      return failed(shell_quote(command.argv) + " printed no '" + printable(command.output) +
                    "': " + excerpt(output));
    }
    // What it looked for stands on that line.
    const auto line = output.rfind('\n', output.find(command.output));
    return words("status " + status, command.output.empty() || line == std::string::npos
                                         ? output
                                         : output.substr(line + 1));
  }

  Result<std::string> operator()(const Probe::Unit& unit) const {
    const std::string script =
        "hf_record unit 0 \"$(systemctl show -p Id,ActiveState,SubState,Result -- " +
        shell_quote(unit.name) + " 2>&1)\"\n";
    HF_TRY(const Record record, shell.ask(script, {}, deadline));
    return judge_units(unit, record.payload);
  }

  /// That nobody listens is an answer, too.
  Result<std::unique_ptr<Channel>> way_to(const std::string& host, int port) const {
    auto channel = connection.tunnel(host, port, deadline);
    if (channel || channel.error().code != Code::HostUnreachable) return channel;
    return fail(Code::CheckFailed, std::move(channel.error().message),
                "`ss -ltnp` there shows what listens");
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

/// Asking again brings nothing.
bool credential_is_wrong(const Error& error) {
  return error.code == Code::CredentialRefused || error.code == Code::CredentialMissing;
}

/// Who wrote the check knows what to do about a wrong answer; not about a token that nobody takes.
Error advised(Error error, const std::string& hint) {
  const bool keep = credential_is_wrong(error) || error.code == Code::ServerLimit;
  error.code = Code::CheckFailed;
  if (hint.empty()) return error;
  error.hint = keep && !error.hint.empty() ? error.hint + "; " + hint : hint;
  return error;
}

/// Once; or again and again, where the answer must stay right for a while.
Result<std::string> ask_for_long(const Probe& probe, Ask ask, const Shell::Tick& turn) {
  const auto* question = std::get_if<PrometheusQuestion>(&probe.ask);
  const auto* query =
      question == nullptr ? nullptr : std::get_if<PrometheusQuestion::Query>(&question->about);
  const auto began = Clock::now();
  for (;;) {
    ask.deadline = Clock::now() + probe.limit;
    HF_TRY(std::string got, std::visit(ask, probe.ask));
    const auto left = query == nullptr
                          ? std::chrono::milliseconds(0)
                          : query->holds - std::chrono::duration_cast<std::chrono::milliseconds>(
                                               Clock::now() - began);
    if (left.count() <= 0) return got;
    HF_CHECK(sleep_for(std::min({left, std::max(query->holds / 6, std::chrono::milliseconds(500)),
                                 std::chrono::milliseconds(5000)}),
                       turn));
  }
}

}  // namespace

std::optional<std::chrono::milliseconds> pause_before_next(std::chrono::milliseconds pause,
                                                           std::chrono::milliseconds left,
                                                           double chance) {
  if (left.count() <= 0) return std::nullopt;
  const auto most = static_cast<double>(std::max<std::int64_t>(2, pause.count()));
  return std::min(
      left, std::chrono::milliseconds(static_cast<std::int64_t>(most / 2 + most / 2 * chance)));
}

Result<std::string> ask_probe(const Probe& probe, Connection& connection, Shell& shell,
                              const AskRemote& remote, const Shell::Tick& turn) {
  const Deadline end = Clock::now() + probe.retry.total;
  std::chrono::milliseconds pause = probe.retry.backoff;
  std::minstd_rand random(std::random_device{}());
  for (int attempt = 1;; ++attempt) {
    auto result = ask_for_long(probe, Ask{connection, shell, remote, {}}, turn);
    if (result) return result;
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now());
    const auto wait = pause_before_next(pause, left, std::generate_canonical<double, 16>(random));
    if (!wait || credential_is_wrong(result.error())) {
      Error error = std::move(result.error());
      if (attempt > 1) error.message += " (asked " + std::to_string(attempt) + " times)";
      return fail(advised(std::move(error), probe.hint));
    }
    HF_CHECK(sleep_for(*wait, turn));
    pause = std::min(pause * 2, std::chrono::milliseconds(15000));
  }
}

}  // namespace holdfast
