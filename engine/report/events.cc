#include "engine/report/events.h"

#include <chrono>
#include <ctime>
#include <nlohmann/json.hpp>

#include "engine/report/json_parts.h"

namespace holdfast {
namespace {

using Json = nlohmann::ordered_json;

std::string system_time() {
  const auto now = std::chrono::system_clock::now();
  const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
  const auto millis =
      std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count() % 1000;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[32] = {};
  const std::size_t size = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
  const std::string digits = std::to_string(1000 + millis).substr(1);
  return std::string(text, size) + "." + digits + "Z";
}

Json event(const char* name, const std::string& time) { return {{"event", name}, {"time", time}}; }

}  // namespace

JsonEvents::JsonEvents(const Plan& plan, Sink sink, Clock now)
    : plan_(plan), sink_(std::move(sink)), now_(now ? std::move(now) : system_time) {}

void JsonEvents::host_begins(const std::string& host) {
  const std::lock_guard lock(mutex_);
  Json out = event("host_begins", now_());
  out["host"] = json_text(host);
  sink_(json_document(out, -1));
}

void JsonEvents::act(const std::string& host, std::size_t row, const std::string& what) {
  const std::lock_guard lock(mutex_);
  Json out = event("act", now_());
  out["host"] = json_text(host);
  if (row < plan_.declarations.size()) {
    out["address"] = json_text(plan_.declarations[row].resource.address());
  }
  out["act"] = json_text(what);
  sink_(json_document(out, -1));
}

void JsonEvents::host_note(const std::string& host, const std::string& what) {
  const std::lock_guard lock(mutex_);
  Json out = event("note", now_());
  out["host"] = json_text(host);
  out["note"] = json_text(what);
  sink_(json_document(out, -1));
}

void JsonEvents::host_ends(const HostOutcome& outcome) {
  const std::lock_guard lock(mutex_);
  Json out = event("host_ends", now_());
  out.update(json_of(outcome));
  sink_(json_document(out, -1));
}

}  // namespace holdfast
