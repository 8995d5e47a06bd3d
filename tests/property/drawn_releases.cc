#include <stdexcept>

#include "engine/core/hash.h"
#include "tests/property/maker.h"

namespace holdfast::property {
namespace {

/// app-N.tar.gz: app-N/version, app-N/bin/app, which may be executed, and a link to that. Made by
/// tar --sort=name --owner=0 --group=0 --numeric-owner --mtime=@0 --format=ustar, and gzip -9n.
constexpr std::array<const char*, 3> kPacked{
    "H4sIAAAAAAACA+3WSw6CMBSF4Y5ZRY1jY1spXQ8aEpgAAXX9ljoxmGhMvMTH/w24nUF7chrKvt/YrRJlouB9mtF83q+t"
    "sW6ntFcLOI3Hcoivf8cmbzf3JcqUf3xK5x/CC/k7Ewql3b5phT+N/FP+00F/VP+LQP8Xzl+uaE/zd3aWv90Fp7Qhf3Hr"
    "VQp/rLPqUHfaZgr/5Nr/czWMTdcK9r/I8wf3v5v330//f/RfHoUHAAAAAAAAAAAAfscFmIu+VgAoAAA=",
    "H4sIAAAAAAACA+3W3QqCMBjG8R17FYuOIzedux4LQU9UtLr+5jwJgyLolT7+vwO3A2EfD49Y9v3O7pWoNPDOxTFYjvdz"
    "kxqbK+3UCs7jqRzC8u845O3hvkQZ8w9P6fy9fyF/G95X2h6aVnhr5B/zny76o/pfePq/cv5yRXuavzWL/E3mM6VT8he3"
    "3cTwxzqpjnWnbaLwT+b+X6phbLpWsP9Fnj/4/ttl/930/0f/5VF4AAAAAAAAAAAA4HdcAX+KtdAAKAAA",
    "H4sIAAAAAAACA+3WSw6CMBSF4Y5ZRY1jIy2UrgcNCUyAgLp+S5kYTDQmXuLj/wa9zEp7cghl3++yvRKVBt65OIPlvH82"
    "qbFOaadWcB5P5RC2f8chbw/3JcqYf1il8/f+hfytCUPbQ9MKvxr5x/yni/6o/hee/q+cv1zRnuZvzSJ/k/lc6ZT8xW03"
    "MfyxTqpj3eksUfgnc/8v1TA2XSvY/yLPH3z/7bL/bvr/o//yKDwAAAAAAAAAAADwO64zzAHMACgAAA=="};

/// A version, 1 to 3.
std::string packed(int version) {
  std::string bytes;
  if (!base64_decode(kPacked.at(static_cast<std::size_t>(version - 1)), bytes))
    throw std::logic_error("not base64");
  return bytes;
}

std::string pack_of(int version) { return "/srv/p/app-" + std::to_string(version) + ".tar.gz"; }

/// As the kind leaves it, the later versions newer.
std::string unpacked(int version, const std::string& folder) {
  const std::string mark = folder + "/.holdfast-archive";
  return "mkdir -p " + folder + "; tar -xf " + pack_of(version) + " -C " + folder +
         " --strip-components=1 --no-same-owner; printf 'sha256 " + sha256_hex(packed(version)) +
         "\\nowner root\\ngroup root\\nstrip 1\\n' >" + mark + "; touch -d @170000000" +
         std::to_string(version) + " " + mark;
}

}  // namespace

void Maker::archive(const Item& item) {
  const bool versions = item.slot == 0;  // Side by side; else the folder is what was unpacked.
  const std::string folder = "/srv/p/releases-" + std::to_string(item.slot);
  const std::string link = folder + "-now";
  const auto place = [&](int version) {
    return versions ? folder + "/" + std::to_string(version) : folder;
  };
  for (int version : {1, 2, 3})
    shell(4, "printf %s " + base64_encode(packed(version)) + " | base64 -d >" + pack_of(version));
  if (versions) shell(5, "mkdir " + folder);
  const int start = item.start % 5;
  const bool goes = item.wish % 5 == 4;
  if (start == 1 || start == 3 || (start == 2 && versions)) shell(5, unpacked(1, place(1)));
  if (start == 2 || start == 4) shell(5, unpacked(2, place(2)));
  if (start == 2 || start == 3) shell(5, "ln -s " + place(start == 2 ? 2 : 1) + " " + link);
  // A removal leaves a link that leads elsewhere, so nothing is said of that one.
  if (start == 4) shell(5, "ln -s /srv/p " + link);
  if (goes) {
    Json gone{{"archive", folder}, {"ensure", "absent"}};
    if (start != 4 && item.detail % 3 != 0) gone["link"] = link;
    add(gone);
    return;
  }
  const int version = 1 + item.detail % 3;
  Json wanted{{"archive", folder},
              {"path", pack_of(version)},
              {"sha256", sha256_hex(packed(version))},
              {"strip", 1}};
  if (versions) wanted["version"] = std::to_string(version);
  if (versions && item.other % 2 == 1) wanted["keep"] = 1;
  if (item.other % 3 != 0) wanted["link"] = link;
  if (item.wish % 5 == 1) wanted["owner"] = owner_of(item.other);
  if (item.wish % 5 == 2) wanted["group"] = group_of(item.other);
  add(wanted);
}

void Maker::download(const Item& item) {
  constexpr std::array<const char*, 4> kTexts{"new\n", "two\nlines", "it's \"$HOME\" \\ %s\n", ""};
  const std::string number = std::to_string(item.slot), from = "/srv/p/from-" + number;
  const std::string path = (item.slot == 2 ? "/etc/hf-p-fetched-" : "/srv/p/fetched-") + number;
  const std::string text = one_of(kTexts, item.other);
  shell(5, "printf %s " + q(text) + " >" + from);
  // Nothing is fetched where the bytes are right already.
  if (item.start % 6 == 5) shell(5, "cp " + from + " " + path);
  if (item.start % 6 == 4) shell(5, "echo old >" + path + "; chmod 6755 " + path);
  if (item.start % 6 < 4) found(item.start % 6, path, "old\n");
  Json wanted{{"download", path}, {"url", "file://" + from}, {"sha256", sha256_hex(text)}};
  if (item.wish % 6 == 1 || item.wish % 6 == 2) wanted["mode"] = one_of(kModes, item.detail);
  if (item.wish % 6 == 2 || item.wish % 6 == 3) wanted["owner"] = owner_of(item.detail);
  if (item.wish % 6 == 3) wanted["group"] = group_of(item.other);
  if (item.wish % 6 == 5) wanted = {{"download", path}, {"ensure", "absent"}};
  add(wanted);
}

void Maker::deploy_state(const Item& item) {
  const std::string path = "/etc/hf-p-state-" + std::to_string(item.slot) + ".json";
  const std::string text =
      item.start % 8 < 4 ? "{\"current_version\": \"1.0\", \"kept\": [1, 2]}" : "no JSON\n";
  found(item.start % 4, path, text);
  Json wanted{{"deploy_state", path},
              {"version", one_of(std::array{"1.0", "1.1", "2-rc.1+x"}, item.detail)}};
  if (item.wish % 4 == 1) wanted["fields"] = {{"deployed_by", "it's \"ann\""}, {"from", "$HOME"}};
  if (item.wish % 4 == 3) wanted = {{"deploy_state", path}, {"ensure", "absent"}};
  add(wanted);
}

}  // namespace holdfast::property
