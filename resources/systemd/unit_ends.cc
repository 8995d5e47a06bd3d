#include "resources/systemd/unit_ends.h"

#include <map>

#include "engine/core/text.h"
#include "resources/stated.h"
#include "resources/systemd/unit_steps.h"
#include "resources/systemd/unit_text.h"

namespace holdfast {
namespace {

struct PlacedSetting {
  UnitSetting setting;
  Position where;
};

bool is_yes(std::string_view value) {
  return value == "yes" || value == "true" || value == "1" || value == "on";
}

/// A path of a setting as it is on the host; "" where only systemd knows.
std::string plain_path(std::string_view word) {
  while (!word.empty() && (word[0] == '-' || word[0] == '+')) word.remove_prefix(1);
  std::string out;
  for (std::size_t i = 0; i < word.size(); ++i) {
    if (word[i] == '%') {
      if (i + 1 == word.size() || word[i + 1] != '%') return {};
      ++i;
    }
    out += word[i];
  }
  return starts_with(out, "/") ? normalise_path(out) : std::string();
}

/// The settings that tell what its programs see, those of the drop-ins last, as systemd reads them.
std::vector<PlacedSetting> service_settings(const Resource& resource) {
  std::vector<PlacedSetting> out;
  const auto add = [&](std::string_view text, const std::string& attribute) {
    for (UnitSetting& setting : unit_settings(text)) {
      if (setting.section != "Service") continue;
      Position where = resource.place_in(attribute, setting.line, 1, setting.length);
      out.push_back({std::move(setting), std::move(where)});
    }
  };
  if (const Value* content = stated(resource.desired, "content")) add(content->bytes(), "content");
  std::map<std::string, std::string> sorted;
  for (const auto& [file, text] : drop_ins(resource.desired)) sorted[file] = text.bytes();
  for (const auto& [file, text] : sorted) add(text, "drop_ins");
  return out;
}

class UnitEnds {
 public:
  UnitEnds(const Resource& resource, Ends& ends) : resource_(resource), ends_(ends) {
    sandbox_.unit = resource.name;
  }

  void add() {
    for (const PlacedSetting& placed : service_settings(resource_)) {
      const std::string& key = placed.setting.key;
      // Another root: nobody knows here what lies in it.
      if (key == "RootDirectory" || key == "RootImage") return;
      here_ = &placed;
      if (starts_with(key, "Protect") || key == "PrivateTmp") protect(key, placed.setting.value);
      paths(key, placed.setting.value);
      needs(key, placed.setting.value);
    }
    state_needs("reads", false);
    state_needs("writes", true);
    finish();
  }

 private:
  using Taken = std::vector<Sandbox::Path>;

  std::string text() const { return here_->setting.key + "=" + here_->setting.value; }
  static void forget(Taken& taken, const std::string& key) {
    std::erase_if(taken, [&](const auto& one) { return starts_with(one.setting, key + "="); });
  }
  void take(Taken& from, std::initializer_list<const char*> paths) {
    for (const char* path : paths) from.push_back({path, text()});
    if (!sandbox_.where.known()) sandbox_.where = here_->where;
  }

  void protect(const std::string& key, const std::string& value) {
    if (key == "ProtectHome") {
      forget(sandbox_.hidden, key);
      forget(sandbox_.read_only, key);
      if (is_yes(value) || value == "tmpfs") take(sandbox_.hidden, {"/home", "/root", "/run/user"});
      if (value == "read-only") take(sandbox_.read_only, {"/home", "/root", "/run/user"});
    } else if (key == "ProtectSystem") {
      forget(sandbox_.read_only, key);
      if (value == "strict") {
        take(sandbox_.read_only, {"/"});
      } else if (value == "full") {
        take(sandbox_.read_only, {"/usr", "/boot", "/efi", "/etc"});
      } else if (is_yes(value)) {
        take(sandbox_.read_only, {"/usr", "/boot", "/efi"});
      }
    } else if (key == "PrivateTmp" && is_yes(value)) {
      sandbox_.writable.insert(sandbox_.writable.end(), {"/tmp", "/var/tmp"});
    }
  }

  void paths(const std::string& key, const std::string& value) {
    if (key == "InaccessiblePaths" || key == "TemporaryFileSystem" || key == "ReadOnlyPaths") {
      Taken& taken = key == "ReadOnlyPaths" ? sandbox_.read_only : sandbox_.hidden;
      if (value.empty()) forget(taken, key);
      for (const std::string& word : unit_words(value)) {
        const std::string path = plain_path(word.substr(0, word.find(':')));
        if (!path.empty()) take(taken, {path.c_str()});
      }
    } else if (key == "ReadWritePaths" || key == "BindPaths" || key == "BindReadOnlyPaths") {
      for (const std::string& word : unit_words(value)) show(key, word);
    } else {
      folders(key, value);
    }
  }

  /// Where only systemd knows what a setting shows, it may be anything.
  void show(const std::string& key, const std::string& word) {
    const bool binds = starts_with(key, "Bind");
    const std::vector<std::string_view> parts = split(word, ':');
    std::string path = plain_path(binds && parts.size() > 1 ? parts[1] : parts[0]);
    if (path.empty()) path = "/";
    if (binds) sandbox_.shown.push_back(path);
    if (key != "BindReadOnlyPaths") sandbox_.writable.push_back(path);
  }

  void folders(const std::string& key, const std::string& value) {
    static const std::map<std::string, std::string> kTops = {{"StateDirectory", "/var/lib/"},
                                                             {"CacheDirectory", "/var/cache/"},
                                                             {"LogsDirectory", "/var/log/"},
                                                             {"RuntimeDirectory", "/run/"},
                                                             {"ConfigurationDirectory", "/etc/"}};
    const auto top = kTops.find(key);
    if (top == kTops.end()) return;
    for (const std::string& word : unit_words(value)) {
      const bool plain = word.find('%') == std::string::npos;
      sandbox_.writable.push_back(plain ? top->second + word.substr(0, word.find(':'))
                                        : top->second.substr(0, top->second.size() - 1));
    }
  }

  void needs(const std::string& key, const std::string& value) {
    if (key == "EnvironmentFile") {
      const std::string path = plain_path(value);
      if (path.empty()) return;
      EnvironmentFile file;
      file.where = here_->where;
      file.unit = resource_.name;
      file.path = path;
      ends_.environments.push_back(std::move(file));
    } else if (key == "WorkingDirectory") {
      need(value, key);
    } else if (key == "Environment") {
      for (const std::string& word : unit_words(value)) {
        const std::size_t equals = word.find('=');
        const std::string name = word.substr(0, equals);
        if (equals == std::string::npos || name == "HOME" || starts_with(name, "XDG_")) continue;
        need(word.substr(equals + 1), name + " of its environment");
      }
    } else if (starts_with(key, "ExecStart") || key == "ExecReload" || key == "ExecStop") {
      command(key, value);
    }
  }

  void command(const std::string& key, const std::string& value) {
    const std::vector<std::string> argv = unit_words(value);
    if (argv.empty()) return;
    const std::size_t start = argv[0].find_first_not_of("@-:+!|");
    // With a + it is run outside of the sandbox.
    if (start == std::string::npos || argv[0].substr(0, start).find('+') != std::string::npos)
      return;
    need(argv[0].substr(start), key);
    for (std::size_t i = 1; i < argv.size(); ++i) {
      const std::size_t equals = argv[i].find("=/");
      need(equals == std::string::npos ? argv[i] : argv[i].substr(equals + 1), key);
    }
  }

  void need(const std::string& word, const std::string& what) {
    const std::string path = plain_path(word);
    const bool one = !path.empty() && path.find_first_of(":$ ") == std::string::npos;
    if (one) add_need(path, what, here_->where, false);
  }

  void add_need(const std::string& path, const std::string& what, const Position& where,
                bool writes) {
    PathUse use;
    use.where = where;
    use.unit = resource_.name;
    use.path = path;
    use.what = what;
    use.writes = writes;
    ends_.paths.push_back(std::move(use));
  }

  void state_needs(const char* attribute, bool writes) {
    for (const std::string& path : stated_list(resource_.desired, attribute)) {
      add_need(path, attribute, resource_.place_in(attribute, 1, 1, 1), writes);
    }
  }

  void finish() {
    // What systemd mounts anew is nobody's to protect.
    sandbox_.writable.insert(sandbox_.writable.end(), {"/dev", "/proc", "/sys"});
    if (!sandbox_.hidden.empty() || !sandbox_.read_only.empty()) {
      ends_.sandboxes.push_back(std::move(sandbox_));
    }
  }

  const Resource& resource_;
  Ends& ends_;
  Sandbox sandbox_;
  const PlacedSetting* here_ = nullptr;
};

}  // namespace

void add_unit_ends(const Resource& resource, Ends& ends) {
  if (stated(resource.desired, "content") != nullptr) {
    UnitMade made;
    made.name = resource.name;
    ends.units_made.push_back(std::move(made));
  } else {
    UnitUse use;
    use.name = resource.name;
    ends.units_used.push_back(std::move(use));
  }
  UnitEnds(resource, ends).add();
}

}  // namespace holdfast
