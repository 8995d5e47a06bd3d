#include "engine/cli/trust_store.h"

#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "engine/core/hash.h"
#include "engine/core/text.h"
#include "engine/core/yaml.h"

namespace holdfast {
namespace {

using Json = nlohmann::ordered_json;

Json read_store(const std::string& path) {
  const auto source = load_source(path);
  if (!source) return Json::object();
  Json json = Json::parse((*source)->text, nullptr, false);
  return json.is_object() ? json : Json::object();
}

std::string digest(const std::vector<std::string>& list) { return sha256_hex(join(list, "\n")); }

}  // namespace

std::string trust_store_path() {
  const char* state = std::getenv("XDG_STATE_HOME");
  const char* home = std::getenv("HOME");
  const std::string base = state != nullptr && *state == '/'
                               ? state
                               : std::string(home == nullptr ? "" : home) + "/.local/state";
  return base + "/holdfast/trust.json";
}

bool is_trusted(const std::string& store, const std::string& folder,
                const std::vector<std::string>& list) {
  const Json json = read_store(store.empty() ? trust_store_path() : store);
  const auto found = json.find(folder);
  return found != json.end() && found->is_string() && found->get<std::string>() == digest(list);
}

Result<void> remember_trust(const std::string& folder, const std::vector<std::string>& list) {
  const std::string path = trust_store_path();
  Json json = read_store(path);
  json[folder] = digest(list);
  std::error_code error;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), error);
  const mode_t before = umask(077);
  std::ofstream out(path + ".tmp");
  out << json.dump(1) << "\n";
  out.close();
  umask(before);
  if (out) std::filesystem::rename(path + ".tmp", path, error);
  if (!out || error) return fail(Code::FileUnwritable, "can't write " + printable(path));
  return {};
}

}  // namespace holdfast
