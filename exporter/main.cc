#include <signal.h>
#include <sys/signalfd.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "exporter/exporter.h"
#include "exporter/http_server.h"
#include "exporter/listen.h"
#include "exporter/negotiate.h"
#include "exporter/settings.h"

namespace holdfast::exporter {
namespace {

constexpr int kFailed = 1;
constexpr int kWrongUsage = 64;
/// Long enough for some ticks of the processors.
constexpr std::chrono::milliseconds kOnceInterval{250};

void complain(const std::string& message) {
  std::fprintf(stderr, "holdfast-runner-exporter: %s\n", message.c_str());
}

std::string hostname() {
  utsname names{};
  return uname(&names) == 0 ? names.nodename : "localhost";
}

HttpResponse respond(Exporter& exporter, const HttpRequest& request) {
  const bool metrics = request.path == "/metrics";
  if (!metrics && request.path != "/health") {
    return {.status = 404, .body = "There are /metrics and /health.\n"};
  }
  if (request.method != "GET" && request.method != "HEAD") {
    return {.status = 405, .body = "GET and HEAD only.\n"};
  }
  if (!metrics) return {.body = "OK"};
  const Negotiated wanted = negotiate(request.accept);
  return {.content_type = wanted.content_type, .body = exporter.metrics(wanted.format)};
}

int print_once(Exporter& exporter) {
  std::this_thread::sleep_for(kOnceInterval);
  const std::string text = exporter.metrics(Format::Text);
  const bool written =
      std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
  return written ? 0 : kFailed;
}

/// Readable when the process is told to end.
Descriptor termination() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  return Descriptor(signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
}

int serve(Exporter& exporter, const Settings& settings) {
  const Descriptor stop = termination();
  Listening listening = listen_on(settings.listen, settings.port);
  if (!listening.socket || !stop) {
    complain(listening.error.empty() ? "can't wait for signals" : listening.error);
    return kFailed;
  }
  complain("listening on port " + std::to_string(listening.port));
  HttpServer server(std::move(listening.socket),
                    [&](const HttpRequest& request) { return respond(exporter, request); });
  auto next = HttpServer::Clock::now() + Cpu::kEvery;
  while (server.work(stop.get(), next)) {
    exporter.sample();
    next = HttpServer::Clock::now() + Cpu::kEvery;
  }
  return 0;
}

int run(const std::vector<std::string_view>& arguments) {
  auto read = read_settings(arguments, [](const char* name) { return std::getenv(name); });
  if (const auto* notice = std::get_if<Notice>(&read)) {
    std::fputs(notice->text.c_str(), stdout);
    return 0;
  }
  if (const auto* error = std::get_if<UsageError>(&read)) {
    complain(error->message + "\nSee holdfast-runner-exporter --help.");
    return kWrongUsage;
  }
  const auto& settings = std::get<Settings>(read);
  Exporter exporter(settings, hostname());
  return settings.once ? print_once(exporter) : serve(exporter, settings);
}

}  // namespace
}  // namespace holdfast::exporter

int main(int argc, char** argv) {
  try {
    return holdfast::exporter::run(
        std::vector<std::string_view>(argv + std::min(argc, 1), argv + argc));
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "holdfast-runner-exporter: %s\n", problem.what());
    return holdfast::exporter::kFailed;
  }
}
