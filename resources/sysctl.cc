#include <algorithm>

#include "engine/core/hash.h"
#include "engine/core/text.h"
#include "resources/path.h"
#include "resources/stated.h"

namespace holdfast {
namespace {

const Schema& sysctl_schema() {
  static const Schema kSchema{
      .kind = "sysctl",
      .doc =
          "A kernel setting: its live value, and a file below /etc/sysctl.d that sets it at "
          "every boot. `ensure: absent` removes the file and leaves the live value.",
      .name_doc =
          "The setting, as `sysctl -a` prints it: net.ipv4.ip_forward. Where a part of it "
          "has a dot of its own, with slashes: net/ipv4/conf/eth0.100/forwarding.",
      .attributes = {{.name = "value",
                      .doc = "Its value, as the kernel prints it.",
                      .required = true},
                     {.name = "stored", .doc = "The file that sets it at boot.", .computed = true}},
      .scheduling = Scheduling::Passive,
      .examples = {"- sysctl: net.ipv4.ip_forward\n  value: 1\n",
                   "- sysctl: net.ipv4.tcp_rmem\n  value: 4096 131072 6291456\n",
                   "- sysctl: kernel.panic\n  ensure: absent\n"}};
  return kSchema;
}

/// "net/ipv4/ip_forward": as sysctl(8) reads a name, by its first separator. "" where it is none.
std::string path_of(std::string_view name) {
  const auto first = name.find_first_of("./");
  if (first == std::string_view::npos) return {};
  std::string out(name);
  if (name[first] == '.') {
    for (char& c : out) c = c == '.' ? '/' : c == '/' ? '.' : c;
  }
  for (const std::string_view part : split(out, '/')) {
    if (part.empty() || part == "." || part == "..") return {};
  }
  const bool plain = std::all_of(out.begin(), out.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("/._-:@+*").find(c) != std::string_view::npos;
  });
  return plain && out.front() != '-' ? out : std::string{};
}

/// With dots, unless a part has one of its own.
std::string canonical_name(const std::string& path) {
  if (path.find('.') != std::string::npos) return path;
  std::string out = path;
  std::replace(out.begin(), out.end(), '/', '.');
  return out;
}

std::string words(std::string_view text) {
  std::string spaced(text);
  std::replace(spaced.begin(), spaced.end(), '\t', ' ');
  std::vector<std::string> out;
  for (const std::string_view word : split(spaced, ' ')) {
    if (!word.empty()) out.emplace_back(word);
  }
  return join(out, " ");
}

/// What the kernel sets along with forwarding, of every interface:
/// Documentation/networking/ip-sysctl of Linux, ip_forward and conf/all/forwarding. "" : of any
/// other setting.
std::string taken_along(const std::string& path) {
  if (path == "net/ipv4/ip_forward" || path == "net/ipv4/conf/all/forwarding") {
    return "/proc/sys/net/ipv4/conf/*/forwarding /proc/sys/net/ipv4/conf/all/accept_redirects";
  }
  return path == "net/ipv6/conf/all/forwarding" ? "/proc/sys/net/ipv6/conf/*/forwarding" : "";
}

/// PATH below /proc/sys: its value, in hf_now, white space as one space each.
constexpr std::string_view kNow = R"sh(
set -f
now() {
  hf_now=$(cat "/proc/sys/$1" 2>/dev/null) || return 1
  set -- $hf_now
  hf_now=$*
}
# PATH: whether ufw gave it the value that it has. It sets these whenever it starts, and so in this
# very run, before or after.
by_ufw() { grep -q -x -F -- "$1=$hf_now" /etc/ufw/sysctl.conf 2>/dev/null; }
)sh";

/// PATH NAME BEFORE WANTED FILE…: ends with 75 where somebody has given it another value; prints
/// what the kernel sets along with it. A setting before may have set it along.
constexpr std::string_view kSee = R"sh(
path=$1 name=$2 before=$3 wanted=$4; shift 4
now "$path"
case $hf_now in
  "$before" | "$wanted") ;;
  *) by_ufw "$path" || { echo "$name is '$hf_now' since the plan" >&2; exit 75; } ;;
esac
set +f
for file in $*; do echo "$file $(cat "$file")"; done
)sh";

/// PATH NAME MADE BEFORE. No hand has been there before a boot unit. What is set along may belong
/// to an interface that is gone meanwhile.
constexpr std::string_view kPutBack = R"sh(
now "$1"
if [ "$hf_now" != "$4" ]; then
  [ "$hf_now" = "$3" ] || [ -n "$HF_BOOT" ] || by_ufw "$1" || { echo "$2 was set to '$hf_now' by somebody else since; left as it is"; exit 1; }
  sysctl -q -w "$2=$4" || exit
fi
while read -r file value; do
  hf_now=$(cat "$file" 2>/dev/null) || continue
  [ "$hf_now" = "$value" ] || echo "$value" >"$file" || exit
done <"$HF_CAPTURE"
)sh";

class SysctlKind final : public Kind {
 public:
  const Schema& schema() const override { return sysctl_schema(); }

  std::vector<Error> check(const Resource& resource) const override {
    std::vector<Error> errors;
    if (path_of(resource.name).empty()) {
      errors.push_back(
          wrong(resource, "", Code::SysctlInvalid,
                "sysctl '" + printable(resource.name) + "': not the name of a kernel setting",
                "such as net.ipv4.ip_forward"));
    }
    const std::string value = stated_text(resource.desired, "value");
    if (has_control(words(value)) || (!resource.absent && words(value).empty() &&
                                      stated(resource.desired, "value") != nullptr)) {
      errors.push_back(wrong(resource, "value", Code::SysctlInvalid,
                             "sysctl '" + printable(resource.name) +
                                 "': a value is one line of text, not '" + printable(value) + "'"));
    }
    return errors;
  }

  std::string identity(const Resource& resource) const override {
    return "sysctl " + path_of(resource.name);
  }

  Links links(const Resource& resource) const override {
    return {.provides = {"sysctl:" + path_of(resource.name), "path:" + file_of(resource)},
            // A firewall that starts sets kernel settings of its own.
            .needs = {"path:/etc/sysctl.d", "firewall:ufw"}};
  }

  std::vector<Query> queries(const Resource& resource) const override {
    return {{"sysctl", path_of(resource.name)},
            {"stat", file_of(resource)},
            {"digest", file_of(resource)}};
  }

  State desired(const Resource& resource) const override {
    State out;
    const Value* value = resource.get("value");
    if (value == nullptr) return out;
    if (value->is_unknown()) {
      out.set("value", *value);
      return out;
    }
    out.set("value", words(value->bytes()));
    out.set("stored", std::string(kDigestPrefix) + sha256_hex(text_of(resource)));
    return out;
  }

  Result<std::optional<State>> read(const Resource& resource,
                                    const Answers& answers) const override {
    const Value& stat = answers.at({"stat", file_of(resource)});
    const Value& digest = answers.at({"digest", file_of(resource)});
    if (stat.is_map() && !(*stat.as_map().find("type") == Value("file"))) {
      return fail(other_type(resource, stat.as_map().find("type")->as_text(),
                             "remove " + file_of(resource)));
    }
    if (resource.absent && stat.is_null()) return std::nullopt;
    State state;
    state.set("type", "file");
    const Value stored =
        digest.is_map()
            ? Value(std::string(kDigestPrefix) + digest.as_map().find("digest")->as_text())
            : (stat.is_unknown() ? stat : digest);
    state.set("stored", stored);
    state.set("content", stored);
    const Value& live = answers.at({"sysctl", path_of(resource.name)});
    state.set("value", live.is_map() ? *live.as_map().find("value") : live);
    HF_CHECK(check_writable(resource, live));
    return state;
  }

  std::vector<PhasedStep> steps(const Resource& resource, const Change& change) const override {
    std::vector<PhasedStep> out;
    if (change.action == Action::None) return out;
    if (change.action == Action::Delete) {
      out.push_back({0, Remove{file_of(resource), expect_of(change.before)}});
      return out;
    }
    if (const AttributeChange* stored = change.find("stored")) {
      out.push_back({0, WriteFile{.path = file_of(resource),
                                  .content = text_of(resource),
                                  .owner = "root",
                                  .group = "root",
                                  .mode = "0644",
                                  .expect = stored->before.is_null() ? expect_of(std::nullopt)
                                                                     : expect_of(change.before)}});
    }
    if (const AttributeChange* value = change.find("value")) {
      out.push_back({1, set_live(resource, *value)});
    }
    return out;
  }

  Effects effects(const Resource& resource, const Change& change) const override {
    Effects out;
    if (change.action != Action::Delete && change.find("value") != nullptr &&
        !taken_along(path_of(resource.name)).empty()) {
      out.brings.emplace_back("the kernel sets the same for every interface");
    }
    if (change.action == Action::Delete) {
      out.brings.push_back("the live value stays until the next boot");
    }
    return out;
  }

 private:
  static std::string file_of(const Resource& resource) {
    std::string name = path_of(resource.name);
    for (char& c : name) c = c == '/' ? '.' : c == '.' ? '%' : c;
    return "/etc/sysctl.d/60-holdfast-" + name + ".conf";
  }

  static std::string text_of(const Resource& resource) {
    return "# Written by holdfast.\n" + canonical_name(path_of(resource.name)) + " = " +
           words(stated_text(resource.desired, "value")) + "\n";
  }

  static Run set_live(const Resource& resource, const AttributeChange& value) {
    const std::string path = path_of(resource.name), name = canonical_name(path);
    const std::string after(value.after.bytes());
    Run run{.argv = {"sysctl", "-q", "-w", name + "=" + after},
            .rehearsal = NotRehearsed{"it sets the running kernel", false}};
    if (!value.before.is_text()) {
      run.undo = Irreversible{"the old value of " + printable(resource.name) + " can't be read"};
      return run;
    }
    const std::string before(value.before.bytes());
    run.capture = {"sh",         "-c",  std::string(kNow) + std::string(kSee),
                   "see-sysctl", path,  name,
                   before,       after, taken_along(path)};
    run.undo =
        Argv{"sh",  "-c",  std::string(kNow) + std::string(kPutBack), "put-sysctl-back", path, name,
             after, before};
    return run;
  }

  /// Said before anything is touched, where the host can already tell.
  static Result<void> check_writable(const Resource& resource, const Value& live) {
    if (resource.absent || !live.is_map()) return {};
    const Value* writable = live.as_map().find("writable");
    const bool refused = writable->is_bool() && !writable->as_bool();
    const bool same =
        *live.as_map().find("value") == Value(words(stated_text(resource.desired, "value")));
    if (!refused || same) return {};
    return fail(wrong(resource, "value", Code::SysctlReadOnly,
                      "sysctl '" + printable(resource.name) +
                          "' can't be changed on this host: it is read-only there, even for root",
                      "in a container, set it on the machine that it runs on"));
  }
};

}  // namespace

std::unique_ptr<Kind> make_sysctl_kind() { return std::make_unique<SysctlKind>(); }

}  // namespace holdfast
