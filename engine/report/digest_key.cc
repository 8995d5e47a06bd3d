#include "engine/report/digest_key.h"

#include "engine/core/hash.h"

namespace holdfast {
namespace {

std::string& key() {
  static std::string kept = random_hex(32);
  return kept;
}

}  // namespace

const std::string& digest_key() { return key(); }
void set_digest_key(std::string fixed) { key() = std::move(fixed); }

}  // namespace holdfast
