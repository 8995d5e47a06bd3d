#include "engine/cli/commands.h"
#include "engine/cli/output.h"
#include "engine/manifest/json_schema.h"
#include "engine/report/exit_code.h"

namespace holdfast {

int schema_command(const Options&, const Registry& registry) {
  say(manifest_json_schema(registry));
  return static_cast<int>(Exit::Done);
}

}  // namespace holdfast
