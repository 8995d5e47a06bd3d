#include "tests/support/fake_archives.h"

#include "engine/core/hash.h"
#include "engine/core/text.h"

namespace holdfast {
namespace {

constexpr std::string_view kFetched = "bytes of ";
constexpr const char* kMark = "/.holdfast-archive";

std::string at(const std::string& folder, const std::string& name) {
  return (folder == "/" ? "" : folder) + "/" + name;
}

void move_below(FakeHost& host, const std::string& from, const std::string& to) {
  std::map<std::string, FakeHost::Node> moved;
  for (auto it = host.files.begin(); it != host.files.end();) {
    if (!is_within(it->first, from)) {
      ++it;
      continue;
    }
    if (!to.empty()) moved[to + it->first.substr(from.size())] = it->second;
    it = host.files.erase(it);
  }
  host.files.merge(moved);
}

}  // namespace

std::string fake_digest(const std::string& content) {
  const bool fetched = starts_with(content, kFetched) && content.size() == kFetched.size() + 64;
  return fetched ? content.substr(kFetched.size()) : sha256_hex(content);
}

FakeHost::Outcome put_download(FakeHost& host, const FakeHost::Call& call) {
  const Argv& a = call.arguments;
  const std::string path = at(a[0], a[1]);
  FakeHost::Node& node = host.files[path];
  node.content = std::string(kFetched) + a[6];
  if (!a[9].empty()) {
    node.owner = a[9].substr(0, a[9].find(':'));
    if (a[9].find(':') != std::string::npos) node.group = a[9].substr(a[9].find(':') + 1);
  }
  if (!a[10].empty()) node.mode = a[10];
  return {};
}

FakeHost::Outcome capture_download(FakeHost& host, const FakeHost::Call& call) {
  const auto found = host.files.find(at(call.arguments[0], call.arguments[1]));
  if (found == host.files.end()) return {.output = "absent\n"};
  const FakeHost::Node& node = found->second;
  return {.output =
              "file " + node.owner + ":" + node.group + " " + node.mode + "\n" + node.content};
}

FakeHost::Outcome undo_download(FakeHost& host, const FakeHost::Call& call) {
  const std::string path = at(call.arguments[0], call.arguments[1]);
  if (starts_with(call.capture, "absent")) {
    host.files.erase(path);
    return {};
  }
  const std::size_t end = call.capture.find('\n');
  const std::vector<std::string_view> words =
      split(std::string_view(call.capture).substr(0, end), ' ');
  const auto colon = words[1].find(':');
  host.files[path] = {.content = call.capture.substr(end + 1),
                      .owner = std::string(words[1].substr(0, colon)),
                      .group = std::string(words[1].substr(colon + 1)),
                      .mode = std::string(words[2])};
  return {};
}

FakeHost::Outcome put_state(FakeHost& host, const FakeHost::Call& call) {
  host.files[at(call.arguments[0], call.arguments[1])] = {.content = call.input};
  return {};
}

FakeHost::Outcome unpack_archive(FakeHost& host, const FakeHost::Call& call) {
  const Argv& a = call.arguments;
  const std::string folder = at(a[0], a[1]);
  const std::string stage = at(a[0], ".hf-" + a[2]);
  if (a[3] != "place") {
    const std::string owner = a[9].empty() ? "root" : a[9];
    const std::string group = a[10].empty() ? "root" : a[10];
    const std::string mark =
        "sha256 " + a[6] + "\nowner " + owner + "\ngroup " + group + "\nstrip " + a[11] + "\n";
    host.files[stage] = {.type = "directory", .owner = owner, .group = group, .mode = "0755"};
    host.files[stage + kMark] = {.content = mark, .owner = owner, .group = group};
    host.files[stage + "/app"] = {.content = "app of " + a[6], .owner = owner, .group = group};
  }
  if (a[3] == "stage") return {};
  if (host.files.count(folder) > 0) return {.status = 1, .output = "moved: " + folder};
  move_below(host, stage, folder);
  return {};
}

FakeHost::Outcome undo_archive(FakeHost& host, const FakeHost::Call& call) {
  const Argv& a = call.arguments;
  move_below(host, at(a[0], ".hf-" + a[2]), "");
  if (a[3] != "stage") move_below(host, at(a[0], a[1]), "");
  return {};
}

std::string archives_text(const FakeHost& host, const std::vector<std::string>& keys) {
  std::string out;
  for (const std::string& key : keys) {
    for (const auto& [path, node] : host.files) {
      const std::string folder = parent_path(path);
      const bool seen = folder == key || parent_path(folder) == key;
      if (!seen || !ends_with(path, kMark)) continue;
      out += "at 1700000000 " + path + "\n";
      for (const std::string_view line : lines(node.content)) {
        out += path + ":" + std::string(line) + "\n";
      }
    }
  }
  return out + "end";
}

}  // namespace holdfast
