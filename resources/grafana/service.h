#pragma once

#include "engine/core/server.h"
#include "resources/grafana/client.h"

namespace holdfast {

/// How patient the service is; a test is less so.
std::unique_ptr<Service> make_grafana_service(ApiPatience patience);

}  // namespace holdfast
