#include "engine/core/address.h"

#include <arpa/inet.h>

#include <array>
#include <cstdlib>

namespace holdfast {

Truth operator!(Truth truth) {
  if (truth == Truth::Maybe) return Truth::Maybe;
  return truth == Truth::Yes ? Truth::No : Truth::Yes;
}

Truth both(Truth a, Truth b) {
  if (a == Truth::No || b == Truth::No) return Truth::No;
  return a == Truth::Yes && b == Truth::Yes ? Truth::Yes : Truth::Maybe;
}

Truth either(Truth a, Truth b) {
  if (a == Truth::Yes || b == Truth::Yes) return Truth::Yes;
  return a == Truth::No && b == Truth::No ? Truth::No : Truth::Maybe;
}

std::string address_bytes(const std::string& address) {
  std::array<char, 16> bits{};
  if (inet_pton(AF_INET, address.c_str(), bits.data()) == 1) return {bits.data(), 4};
  if (inet_pton(AF_INET6, address.c_str(), bits.data()) == 1) return {bits.data(), 16};
  return {};
}

Truth in_network(const std::string& address, std::string_view network) {
  const std::size_t slash = network.find('/');
  const std::string mine = address_bytes(address);
  const std::string net = address_bytes(std::string(network.substr(0, slash)));
  if (mine.empty() || net.empty()) return Truth::Maybe;
  if (mine.size() != net.size()) return Truth::No;
  const int length = slash == std::string_view::npos
                         ? static_cast<int>(net.size()) * 8
                         : std::atoi(std::string(network.substr(slash + 1)).c_str());
  for (int bit = 0; bit < length && bit < static_cast<int>(net.size()) * 8; ++bit) {
    const auto at = static_cast<std::size_t>(bit / 8);
    const unsigned mask = 0x80U >> static_cast<unsigned>(bit % 8);
    const auto differs = static_cast<unsigned char>(mine[at] ^ net[at]);
    if ((differs & mask) != 0) return Truth::No;
  }
  return Truth::Yes;
}

}  // namespace holdfast
