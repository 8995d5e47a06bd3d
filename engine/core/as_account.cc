#include "engine/core/as_account.h"

namespace holdfast {

Argv as_account(const std::string& user, const Argv& argv) {
  Argv out{"runuser", "-u", user, "--", "sh", "-c", "exec 8>&- 9>&-\nexec \"$@\"", "sh"};
  out.insert(out.end(), argv.begin(), argv.end());
  return out;
}

}  // namespace holdfast
