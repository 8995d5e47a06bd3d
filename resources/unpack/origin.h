#pragma once

#include <string>
#include <utility>
#include <vector>

#include "engine/core/kind.h"

namespace holdfast {

/// Where bytes come from that a host is given, and the digest that they must have. Exactly one of
/// `url`, `path` and `bytes` is stated.
struct Origin {
  Value url{};           ///< http://, https:// or file://, asked by the host itself; may be secret.
  std::string path{};    ///< A file of the host.
  Value bytes{};         ///< They travel with the run.
  std::string sha256{};  ///< 64 hexadecimal digits in lower case.
  std::vector<std::pair<std::string, Value>> headers{};
  Value proxy{};
  std::string ca_file{};
  std::int64_t max_size = std::int64_t{1} << 30;
};

/// `url`, `sha256`, `headers`, `proxy`, `ca_file` and `max_size`.
std::vector<Attribute> origin_attributes();
/// Of these attributes, and of `path` and `content` where the kind has them. `sha256` of bytes is
/// theirs where it isn't stated.
Origin origin_of(const Resource& resource);
/// What is wrong with them.
std::vector<Error> check_origin(const Resource& resource, Code code);
/// What may be known of it while it is planned: tokens for Links::needs.
std::vector<std::string> origin_needs(const Resource& resource);

/// For people, without what may be secret: "http://x/y", "/var/cache/y", "a file of the project".
std::string shown_origin(const Origin& origin);
/// HOW WHAT DIGEST MOST REDIRECTS of fetch.sh, and its standard input.
Argv fetch_words(const Origin& origin);
Value fetch_input(const Origin& origin);

/// A name of its own for what is made beside something while it is made.
std::string stage_token(const std::string& path, const std::string& digest);

/// A file whose bytes come from there: fetched beside its place, judged, swapped in; nothing else
/// is seen meanwhile. Its undo puts the old one back.
struct PutFile {
  std::string path{};
  std::string owner{}, group{}, mode{};  ///< "": as the old one's.
  Expect expect{};
  bool secret = false;  ///< The old bytes may be one.
};
Run put_file(const Origin& origin, const PutFile& file);

}  // namespace holdfast
