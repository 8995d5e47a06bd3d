#include "engine/journal/audit.h"

#include "engine/core/text.h"

namespace holdfast {
namespace {

/// What a person reads of somebody's name, a job, a key; longer is nobody's name.
constexpr std::size_t kLongest = 256;

/// As far as a person compares two.
constexpr std::size_t kShortDigest = 12;

std::string shown(const std::string& value) {
  std::string out = printable(value);
  if (out.size() <= kLongest) return out;
  out.resize(kLongest);
  while (!out.empty() && !valid_utf8(out)) out.pop_back();
  return out + "...";
}

std::string owner(const RunMeta& meta) {
  if (meta.project.empty()) return {};
  return " of " + shown(meta.project) +
         (meta.environment.empty() ? "" : "/" + shown(meta.environment));
}

std::string part(const char* before, const std::string& value) {
  return value.empty() ? std::string() : before + shown(value);
}

}  // namespace

std::string audit_text(const RunMeta& meta) {
  std::string out = "run " + shown(meta.id) + " begins: " + shown(meta.command) +
                    part(" of run ", meta.of) + owner(meta) + " by " + shown(meta.user) + " from " +
                    shown(meta.from) + part(", key ", meta.key) + part(", CI ", meta.ci) +
                    part(", plan ", meta.digest.substr(0, kShortDigest));
  if (!meta.changes.empty()) {
    out += ", " + std::to_string(meta.changes.size()) +
           (meta.changes.size() == 1 ? " change" : " changes");
  }
  out += "\n";
  const std::pair<const char*, const std::string&> fields[] = {
      {"RUN", meta.id},      {"COMMAND", meta.command},
      {"OF", meta.of},       {"USER", meta.user},
      {"FROM", meta.from},   {"KEY", meta.key},
      {"CI", meta.ci},       {"PROJECT", meta.project},
      {"PLAN", meta.digest}, {"ENVIRONMENT", meta.environment}};
  for (const auto& [name, value] : fields) {
    if (!value.empty()) out += std::string("HOLDFAST_") + name + "=" + shown(value) + "\n";
  }
  return out;
}

Ender ended_by(const RunMeta& other, bool opened) {
  const std::string who =
      shown(other.command) + " of " + shown(other.user) + " from " + shown(other.from);
  if (!opened) return {"controller", who};
  return {shown(other.id), "run " + shown(other.id) + ": " + who};
}

}  // namespace holdfast
