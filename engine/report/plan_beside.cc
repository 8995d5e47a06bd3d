#include "engine/report/plan_beside.h"

#include "engine/core/text.h"
#include "engine/report/ci_safe.h"
#include "engine/report/plan_markdown.h"

namespace holdfast {

std::string gone_text(const std::vector<GoneHost>& gone, const Ink& ink) {
  std::string out;
  for (const GoneHost& one : gone) {
    const std::string host = printable(one.host);
    out += ink.bold(host) + ink.dim("  (in no inventory any more)") + "\n";
    for (const std::string& orphan : one.orphans) {
      out += "    " +
             ink.dim("orphan  " + printable(orphan) + "  [`holdfast retire " + host +
                     " --gone` takes it away]") +
             "\n";
    }
    out += "\n";
  }
  return ci_safe(out);
}

std::string gone_markdown(const std::vector<GoneHost>& gone) {
  std::string out;
  for (const GoneHost& one : gone) {
    for (const std::string& orphan : one.orphans) {
      out += "- orphan of " + code_span(one.host) +
             ", which is in no inventory any more: " + code_span(orphan) + "\n";
    }
  }
  return out;
}

}  // namespace holdfast
