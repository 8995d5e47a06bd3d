#pragma once

#include <string>
#include <string_view>

namespace holdfast {

/// Whether something holds for a packet of which not everything is known.
enum class Truth { No, Yes, Maybe };
Truth operator!(Truth truth);
Truth both(Truth a, Truth b);
Truth either(Truth a, Truth b);

/// An address in network order, so that ranges compare bytewise; "" where it is none.
std::string address_bytes(const std::string& address);
/// Whether an address lies in `10.0.0.0/8`, or is it; Maybe where one of them is no address.
Truth in_network(const std::string& address, std::string_view network);

}  // namespace holdfast
