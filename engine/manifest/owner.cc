#include "engine/manifest/manifest.h"

namespace holdfast {

std::string Owner::text() const {
  std::string out;
  for (const std::string& part : {project, environment, manifest}) {
    if (!part.empty()) out += (out.empty() ? "" : "/") + part;
  }
  return out + " on " + host;
}

}  // namespace holdfast
