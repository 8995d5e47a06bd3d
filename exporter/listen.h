#pragma once

#include <cstdint>
#include <string>

#include "exporter/files.h"

namespace holdfast::exporter {

struct Listening {
  Descriptor socket;  ///< Closed: it failed.
  std::uint16_t port = 0;
  std::string error;  ///< Why, with the address and port.
};

/// @param address  Empty: all addresses, of both families where the host has both.
Listening listen_on(const std::string& address, std::uint16_t port);

}  // namespace holdfast::exporter
