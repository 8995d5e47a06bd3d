#include "engine/core/error.h"

#include "engine/core/text.h"

namespace holdfast {

Error on_host(Error error, const std::string& host, std::string_view more) {
  const std::string name = printable(host);
  error.message += " on ";
  error.hosts = {host};
  error.hosts_at = error.message.size();
  error.hosts_length = name.size();
  error.message += name + std::string(more);
  return error;
}

}  // namespace holdfast
