#include "engine/apply/run_name.h"

#include "engine/core/text.h"

namespace holdfast {

std::string run_name(const RunMeta& run, const std::string& host) {
  std::vector<std::string> parts;
  for (const std::string* part : {&run.project, &run.environment}) {
    if (!part->empty()) parts.push_back(*part);
  }
  std::vector<std::string> out;
  if (!parts.empty()) out.push_back(join(parts, "/"));
  if (!host.empty()) out.push_back(host);
  if (!run.id.empty()) out.push_back("run " + run.id);
  return join(out, ", ");
}

}  // namespace holdfast
