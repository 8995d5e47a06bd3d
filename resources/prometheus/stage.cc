#include "resources/prometheus/stage.h"

#include <cmath>

#include "engine/core/shell_quote.h"
#include "engine/core/text.h"
#include "resources/prometheus/server.h"
#include "resources/stated.h"

namespace holdfast {
namespace {

constexpr const char* kProgram = "/run/holdfast-prove.sh";

constexpr const char* kHead =
    R"(# A proof of holdfast: answers one request of Prometheus. It is gone when the proof ends.
cr=$(printf '\r')
while IFS= read -r line && [ -n "${line%"$cr"}" ]; do :; done
now=$(date +%s)
t=$((now - $(stat -c %Y "$0")))
printf 'HTTP/1.0 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\nConnection: close\r\n\r\n'
)";

constexpr const char* kService = R"([Unit]
Description=A proof of holdfast: one answer to Prometheus
CollectMode=inactive-or-failed
[Service]
ExecStart=/bin/sh /run/holdfast-prove.sh
StandardInput=socket
StandardOutput=socket
StandardError=journal
DynamicUser=yes
NoNewPrivileges=yes
RuntimeMaxSec=30
TasksMax=16
LogLevelMax=err
)";

std::string milli(double number) { return std::to_string(std::llround(number * 1000)); }

/// The value of a series, as sh puts it together: in thousandths, as its numbers are whole.
std::string value_text(const Samples& samples) {
  const std::string interval = std::to_string(kProofInterval);
  switch (samples.shape) {
    case Samples::Shape::Level:
      return number_text(samples.start);
    case Samples::Shape::Ramp:
      // What grows as time does is taken for the time.
      if (samples.start == 0 && samples.step == kProofInterval) return "$now";
      return "$((" + milli(samples.start) + " + " + milli(samples.step) + " * t / " + interval +
             "))e-3";
    case Samples::Shape::Flap:
      break;
  }
  return "$((t / " + interval + " % 2 * " + milli(samples.start) + "))e-3";
}

std::string indented(const std::string& text, const char* by) {
  std::string out;
  for (const std::string_view line : lines(text)) out.append(by).append(line).append("\n");
  return out;
}

std::string yaml_quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? "''" : std::string(1, c);
  return out + "'";
}

}  // namespace

std::string stage_program(const std::vector<ProofSeries>& series) {
  std::string out = kHead;
  for (const ProofSeries& one : series) {
    out +=
        "printf '%s %s\\n' " + shell_quote(one.text()) + " \"" + value_text(one.samples) + "\"\n";
  }
  return out;
}

std::string prometheus_stage(const Resource& rules, const ProofStage& stage) {
  const std::string address = "127.0.0.1:" + std::to_string(stage.port);
  const std::string interval = std::to_string(stage.interval) + "s";
  std::string out = "  - file: " + std::string(kProgram) + "\n    content: |\n      {% raw %}\n" +
                    indented(stage_program(stage.series), "      ") + "      {% endraw %}\n";
  out +=
      "  - systemd_unit: holdfast-prove@.service\n    content: |\n" + indented(kService, "      ");
  out += "  - systemd_unit: holdfast-prove.socket\n    content: |\n" +
         indented(
             "[Unit]\nDescription=A proof of holdfast: series for Prometheus\n[Socket]\n"
             "ListenStream=" +
                 address + "\nAccept=yes\nMaxConnections=16\n",
             "      ") +
         "    state: running\n    requires: [file " + kProgram +
         ", systemd_unit holdfast-prove@.service]\n";
  out += "  - prometheus_scrape: holdfast-prove\n    honor_labels: true\n    scrape_interval: " +
         interval + "\n    scrape_timeout: " + interval + "\n    targets: [{address: '" + address +
         "', labels: {" + kProofLabel + ": " + yaml_quoted(stage.mark) +
         "}}]\n    requires: [systemd_unit holdfast-prove.socket]\n";
  for (const char* name : {"config", "unit", "url"}) {
    const std::string value = stated_text(rules.desired, name);
    if (!value.empty()) out += std::string("    ") + name + ": " + yaml_quoted(value) + "\n";
  }
  if (!stated_bool(rules.desired, "validate", true)) out += "    validate: false\n";
  // Prometheus forgets a series at once where a scrape of it fails, but in five minutes where its
  // job is gone: so it must look once more before that.
  out +=
      "  - command: end the series before their job\n"
      "    argv: [systemctl, is-active, --quiet, holdfast-prove.socket]\n"
      "    always: true\n"
      "    undo: [sh, -c, 'systemctl stop holdfast-prove.socket; sleep " +
      std::to_string(stage.interval + 2) +
      "']\n"
      "    requires: [prometheus_scrape holdfast-prove]\n";
  return out;
}

}  // namespace holdfast
