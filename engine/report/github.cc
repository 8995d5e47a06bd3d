#include "engine/report/github.h"

#include <algorithm>
#include <fstream>

#include "engine/core/text.h"
#include "engine/report/counts.h"
#include "engine/report/exit_code.h"

namespace holdfast {
namespace {

std::string percent(char c) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  const auto byte = static_cast<unsigned char>(c);
  return {'%', kDigits[byte >> 4U], kDigits[byte & 15U]};
}

/// As GitHub's toolkit does; newlines are visible escapes already.
std::string escaped(std::string_view text, bool property) {
  std::string out;
  for (const char c : printable(text)) {
    const bool special = c == '%' || (property && (c == ':' || c == ','));
    out += special ? percent(c) : std::string(1, c);
  }
  return out;
}

std::string annotation(const char* command, const Error& error) {
  std::string out = std::string("::") + command + " ";
  if (error.where.known()) {
    out += "file=" + escaped(error.where.source->path, true) +
           ",line=" + std::to_string(error.where.line) +
           ",col=" + std::to_string(error.where.column) + ",";
  }
  out += "title=holdfast" + (error.code == Code::None ? "" : " " + code_text(error.code)) + "::";
  out += escaped(error.message, false);
  // %0A is a new line within the annotation.
  if (!error.hint.empty()) out += "%0Ahint: " + escaped(error.hint, false);
  return out + "\n";
}

}  // namespace

std::string github_annotations(const Diagnostics& diagnostics, std::size_t most) {
  std::string out;
  const auto add = [&](const char* command, const std::vector<Error>& all) {
    for (std::size_t i = 0; i < std::min(all.size(), most); ++i) out += annotation(command, all[i]);
  };
  add("error", diagnostics.errors());
  add("warning", diagnostics.warnings());
  return out;
}

std::string github_outputs(const Plan& plan, const Registry& registry) {
  const Counts counts = count(plan, registry);
  std::string out = std::string("changes=") + (counts.changes() > 0 ? "true" : "false") + "\n";
  const std::pair<const char*, std::size_t> numbers[] = {
      {"create", counts.create},          {"update", counts.update},   {"replace", counts.replace},
      {"delete", counts.remove},          {"run", counts.run},         {"drift", counts.drift},
      {"unknown", counts.unknown},        {"refused", counts.refused}, {"hosts", counts.hosts},
      {"unreachable", counts.unreachable}};
  for (const auto& [name, number] : numbers) {
    out += std::string(name) + "=" + std::to_string(number) + "\n";
  }
  return out + "exit_code=" + std::to_string(plan_exit_code(plan, registry, true)) + "\n";
}

std::string github_outputs(const Outcome& outcome) {
  const auto ended = [&](std::initializer_list<HostEnd> ends) {
    return std::to_string(
        std::count_if(outcome.hosts.begin(), outcome.hosts.end(), [&](const HostOutcome& host) {
          return std::find(ends.begin(), ends.end(), host.end) != ends.end();
        }));
  };
  int changed = 0;
  for (const HostOutcome& host : outcome.hosts) changed += host.changed;
  return "changed=" + std::to_string(changed) + "\napplied=" + ended({HostEnd::Applied}) +
         "\nrolled_back=" + ended({HostEnd::RolledBack}) +
         "\nhalf_done=" + ended({HostEnd::HalfDone, HostEnd::Stopped}) +
         "\nnot_begun=" + ended({HostEnd::Refused, HostEnd::Locked, HostEnd::HeldBack}) +
         "\nunreachable=" + ended({HostEnd::Unreachable}) + "\n";
}

Result<void> append_to_file(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary | std::ios::app);
  file << text;
  file.close();
  if (!file) return fail(Code::FileUnwritable, "'" + printable(path) + "' can't be written");
  return {};
}

}  // namespace holdfast
