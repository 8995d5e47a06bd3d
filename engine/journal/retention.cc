#include "engine/journal/retention.h"

namespace holdfast {

std::string retention_words(const Retention& retention) {
  return std::to_string(retention.secrets.count()) + " " + std::to_string(retention.age.count()) +
         " " + std::to_string(retention.number) + " " + std::to_string(retention.size / 1024) +
         " " + std::to_string(retention.history.count());
}

}  // namespace holdfast
