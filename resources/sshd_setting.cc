#include <fnmatch.h>

#include <algorithm>
#include <set>

#include "engine/core/text.h"
#include "resources/login.h"
#include "resources/path.h"
#include "resources/rendered_file.h"
#include "resources/stated.h"

namespace holdfast {
namespace {

const Schema& sshd_setting_schema() {
  static const Schema kSchema{
      .kind = "sshd_setting",
      .doc =
          "Settings of the SSH server, in a file of their own below /etc/ssh/sshd_config.d: judged "
          "by "
          "sshd before it goes live, reloaded, and seen in force.",
      .name_doc =
          "Its file's name without `.conf`: `10-hardening`. Files are read in the order of their "
          "names, and the first value of a keyword wins.",
      .attributes = RenderedFileKind::with_file_attributes(
          {{.name = "settings",
            .type = Type::map_of({TypeKind::Any}),
            .doc = "Keyword to value, as in sshd_config(5). `true` and `false` are written yes and "
                   "no; a list is written as the keyword takes one: on one line, with commas, or a "
                   "line each.",
            .required = true}}),
      .scheduling = Scheduling::Passive,
      .examples = {
          "- sshd_setting: 10-hardening\n  settings:\n    PasswordAuthentication: false\n   "
          " PermitRootLogin: prohibit-password\n    MaxAuthTries: 3\n    AllowGroups: "
          "[sudo, deploy]\n",
          "- sshd_setting: 10-old\n  ensure: absent\n"}};
  return kSchema;
}

const Query kFiles{"sshd", "sshd"};

/// Every value of theirs counts, not only the first.
bool accumulates(const std::string& keyword) {
  static const std::set<std::string> kAll{
      "port",       "listenaddress", "hostkey",     "acceptenv", "setenv", "hostcertificate",
      "allowusers", "denyusers",     "allowgroups", "denygroups"};
  return kAll.count(keyword) > 0;
}

bool one_line_each(const std::string& keyword) {
  static const std::set<std::string> kAll{"port", "listenaddress", "hostkey", "hostcertificate"};
  return kAll.count(keyword) > 0;
}

bool with_commas(const std::string& keyword) {
  static const std::set<std::string> kAll{"ciphers", "macs", "gssapikexalgorithms"};
  return kAll.count(keyword) > 0 || ends_with(keyword, "algorithms") ||
         ends_with(keyword, "keytypes");
}

/// Says who may log in, how, or from where.
bool decides_login(const std::string& keyword) {
  static const std::set<std::string> kAll{"port",
                                          "listenaddress",
                                          "addressfamily",
                                          "allowusers",
                                          "denyusers",
                                          "allowgroups",
                                          "denygroups",
                                          "permitrootlogin",
                                          "permitemptypasswords",
                                          "permituserenvironment",
                                          "authorizedkeysfile",
                                          "authorizedkeyscommand",
                                          "authorizedkeyscommanduser",
                                          "authorizedprincipalsfile",
                                          "authorizedprincipalscommand",
                                          "trustedusercakeys",
                                          "authenticationmethods",
                                          "usepam",
                                          "hostkey",
                                          "strictmodes",
                                          "forcecommand",
                                          "chrootdirectory",
                                          "revokedkeys"};
  return kAll.count(keyword) > 0 || ends_with(keyword, "authentication") ||
         ends_with(keyword, "algorithms") || keyword == "ciphers" || keyword == "macs";
}

std::string scalar(const Value& value) {
  if (value.is_bool()) return value.as_bool() ? "yes" : "no";
  if (value.is_text() || value.is_secret()) return std::string(value.bytes());
  return value.display();
}

const ValueMap& settings_of(const Resource& resource) {
  static const ValueMap kNone;
  const Value* value = stated(resource.desired, "settings");
  return value != nullptr && value->is_map() ? value->as_map() : kNone;
}

/// What a keyword's line says, one text a line.
std::vector<std::string> values_of(const std::string& keyword, const Value& value) {
  if (!value.is_list()) return {scalar(value)};
  std::vector<std::string> all;
  for (const Value& one : value.as_list()) all.push_back(scalar(one));
  if (one_line_each(keyword)) return all;
  return {join(all, with_commas(keyword) ? "," : " ")};
}

// In place of the real files: the first value wins, so the new text is read first.
constexpr const char* kTry = R"sh(
PATH=$PATH:/usr/sbin
printf 'Include %s\nInclude /etc/ssh/sshd_config\n' "$1" | sshd -t -f /dev/stdin
)sh";

// Sessions stay. Where a socket starts sshd for each connection, every new one reads the files.
constexpr const char* kReload = R"sh(
if [ -d /run/systemd/system ]; then
  for unit in ssh.service sshd.service; do
    if systemctl is-active --quiet "$unit"; then exec systemctl reload "$unit"; fi
  done
elif [ -s /run/sshd.pid ]; then
  read -r pid </run/sshd.pid && kill -HUP "$pid"
fi
)sh";

// Both sides as sshd itself writes them.
constexpr const char* kProve = R"sh(
PATH=$PATH:/usr/sbin
file=$1; shift
alone=$(sshd -T -f "$file") && all=$(sshd -T) || exit
failed=0
for keyword do
  said=$(printf '%s\n' "$alone" | grep -- "^$keyword ")
  now=$(printf '%s\n' "$all" | grep -- "^$keyword ")
  IFS='
'
  for line in $said; do
    case "
$now
" in *"
$line
"*) continue ;; esac
    printf 'in force is "%s", not "%s": another file sets it first\n' "$now" "$line" >&2
    failed=1
  done
done
exit $failed
)sh";

Run reload() {
  Run run{.argv = {"sh", "-c", kReload, "sshd-reload"}, .note = "reload sshd"};
  run.undo = Argv{"sh", "-c", kReload, "sshd-reload"};
  run.undo_order = Run::UndoOrder::Last;
  run.rehearsal = NotRehearsed{"it acts on the running sshd", false};
  run.limit = std::chrono::minutes(1);
  return run;
}

class SshdSettingKind final : public RenderedFileKind {
 public:
  const Schema& schema() const override { return sshd_setting_schema(); }

  std::vector<Error> check(const Resource& resource) const override {
    std::vector<Error> errors;
    const auto refuse = [&](const char* attribute, const std::string& why, std::string hint = {}) {
      errors.push_back(wrong(resource, attribute, Code::SshdSettingInvalid,
                             "sshd_setting '" + printable(resource.name) + "': " + why,
                             std::move(hint)));
    };
    if (!plain_name(resource.name)) {
      refuse("", "not the name of a file of settings",
             "letters, digits, '_', '-', '.': 10-hardening");
    }
    std::set<std::string> seen;
    for (const auto& [name, value] : settings_of(resource)) {
      const std::string keyword = to_lower(name);
      const std::string why = wrong_setting(keyword, value);
      if (!why.empty()) refuse("settings", "'" + printable(name) + "': " + why);
      if (!seen.insert(keyword).second)
        refuse("settings", "'" + printable(name) + "' stands twice");
    }
    if (!resource.absent && stated(resource.desired, "settings") != nullptr && seen.empty()) {
      refuse("settings", "it sets nothing");
    }
    return errors;
  }

  Links links(const Resource& resource) const override {
    Links out = RenderedFileKind::links(resource);
    out.needs.emplace_back("package:openssh-server");
    for (const auto& [name, value] : settings_of(resource)) {
      const std::string keyword = to_lower(name);
      const bool users = keyword == "allowusers" || keyword == "authorizedkeyscommanduser";
      if (!users && keyword != "allowgroups") continue;
      for (const std::string& line : values_of(keyword, value)) {
        for (const std::string_view one : split(line, ' ')) {
          out.needs.push_back((users ? "user:" : "group:") +
                              std::string(one.substr(0, one.find('@'))));
        }
      }
    }
    return out;
  }

  std::vector<Query> queries(const Resource& resource) const override {
    std::vector<Query> out = RenderedFileKind::queries(resource);
    out.push_back(kFiles);
    out.push_back(kLoginInterface);
    return out;
  }

  Result<std::optional<State>> read(const Resource& resource,
                                    const Answers& answers) const override {
    const Value& files = answers.at(kFiles);
    if (!resource.absent && files.is_list()) HF_CHECK(check_files(resource, files.as_list()));
    return RenderedFileKind::read(resource, answers);
  }

  std::vector<PhasedStep> steps(const Resource& resource, const Change& change) const override {
    std::vector<PhasedStep> out = RenderedFileKind::steps(resource, change);
    if (out.empty()) return out;
    out.push_back({1, reload()});
    if (change.action == Action::Delete) return out;
    Run prove{.argv = {"sh", "-c", kProve, "sshd-prove", path(resource)}, .note = "see in force:"};
    for (const auto& [name, value] : settings_of(resource)) {
      prove.argv.push_back(shown_as(to_lower(name)));
    }
    prove.undo = Argv{};
    prove.rehearsal = Rehearsal{};
    prove.limit = std::chrono::minutes(1);
    out.push_back({2, prove});
    return out;
  }

  Effects effects(const Resource& resource, const Change& change) const override {
    Effects out;
    out.brings.emplace_back("reloads sshd; sessions stay");
    out.privileged = change.action == Action::Delete || !login_keywords(resource).empty();
    return out;
  }

  std::optional<WayIn> way_in(const Resource& resource, const Change&,
                              const Surroundings& surroundings) const override {
    const auto login = login_of(surroundings.answers, kLoginInterface);
    const std::vector<std::string> keywords = login_keywords(resource);
    if (!login || keywords.empty()) return std::nullopt;
    return WayIn{.login = login->text(),
                 .why = join(keywords, ", ") + (keywords.size() == 1 ? " decides" : " decide") +
                        " who gets in; a fresh login must, or the run is taken back"};
  }

 protected:
  std::string path(const Resource& resource) const override {
    return "/etc/ssh/sshd_config.d/" + resource.name + ".conf";
  }

  RenderedFile file(const Resource& resource) const override {
    std::string text = "# Written by holdfast.\n";
    for (const auto& [name, value] : settings_of(resource)) {
      for (const std::string& one : values_of(to_lower(name), value)) {
        text.append(name).append(" ").append(one).append("\n");
      }
    }
    return {.path = path(resource),
            .text = std::move(text),
            .mode = "0644",
            .validate = {"sh", "-c", kTry, "sshd-try", "%s"}};
  }

 private:
  static bool plain_name(std::string_view text) {
    return !text.empty() && text.size() < 200 && text.front() != '.' && text.front() != '-' &&
           std::all_of(text.begin(), text.end(), [](char c) {
             return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                    std::string_view("_-.").find(c) != std::string_view::npos;
           });
  }

  static std::string wrong_setting(const std::string& keyword, const Value& value) {
    const bool letters =
        !keyword.empty() && std::all_of(keyword.begin(), keyword.end(), [](char c) {
          return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        });
    if (!letters) return "no keyword of sshd_config(5)";
    if (keyword == "match" || keyword == "include" || keyword == "subsystem") {
      return "can't be set here; write a `file` below /etc/ssh/sshd_config.d";
    }
    if (value.is_null() || value.is_map()) return "a value is a text, a number, a truth or a list";
    for (const std::string& one : values_of(keyword, value)) {
      if (trim(one).empty()) return "an empty value";
      if (has_control(one)) return "a control character";
    }
    return {};
  }

  static std::vector<std::string> login_keywords(const Resource& resource) {
    std::vector<std::string> out;
    for (const auto& [name, value] : settings_of(resource)) {
      if (decides_login(to_lower(name))) out.push_back(name);
    }
    return out;
  }

  /// A keyword's name in what `sshd -T` prints.
  static std::string shown_as(const std::string& keyword) {
    if (keyword == "challengeresponseauthentication") return "kbdinteractiveauthentication";
    if (keyword == "pubkeyacceptedkeytypes") return "pubkeyacceptedalgorithms";
    if (keyword == "hostbasedacceptedkeytypes") return "hostbasedacceptedalgorithms";
    return keyword;
  }

  /// Whether sshd comes to our file, and to no earlier value of a keyword of ours.
  Result<void> check_files(const Resource& resource, const ValueList& events) const {
    const std::string own = path(resource);
    std::set<std::string> wanted;
    for (const auto& [name, value] : settings_of(resource)) {
      if (!accumulates(to_lower(name))) wanted.insert(to_lower(name));
    }
    std::vector<bool> inside;  // Of each Include that is under way: whether it takes our file.
    for (const Value& one : events) {
      const ValueMap& event = one.as_map();
      const std::string what = stated_text(event, "what");
      const std::string at = stated_text(event, "path");
      if (what == "include") {
        inside.push_back(fnmatch(at.c_str(), own.c_str(), FNM_PATHNAME) == 0);
        continue;
      }
      // Here it stands, or would.
      const bool next = what == "included" || (what == "file" && at >= own);
      if (!inside.empty() && inside.back() && next) return {};
      if (what == "included" && !inside.empty()) inside.pop_back();
      if (what != "set" || wanted.count(stated_text(event, "keyword")) == 0) continue;
      std::string why = "'" + stated_text(event, "keyword") + "' is set by ";
      why.append(at).append(", line ").append(std::to_string(stated_int(event, "line", 0)));
      return fail(shadowed(resource, why + ", which sshd reads before " + own));
    }
    return fail(shadowed(resource, "/etc/ssh/sshd_config includes no " + own,
                         "put `Include /etc/ssh/sshd_config.d/*.conf` at its beginning"));
  }

  static Error shadowed(
      const Resource& resource, const std::string& why,
      std::string hint = "take it out there, or take a name that sorts before it") {
    return wrong(resource, "settings", Code::SshdSettingShadowed,
                 "sshd_setting '" + printable(resource.name) + "': " + printable(why),
                 std::move(hint));
  }
};

}  // namespace

std::unique_ptr<Kind> make_sshd_setting_kind() { return std::make_unique<SshdSettingKind>(); }

}  // namespace holdfast
