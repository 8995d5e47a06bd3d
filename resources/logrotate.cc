#include <algorithm>

#include "engine/core/text.h"
#include "resources/path.h"
#include "resources/rendered_file.h"
#include "resources/stated.h"

namespace holdfast {
namespace {

/// A switch of logrotate: what it is called where it is on, and where it is off.
struct Switch {
  const char *name, *on, *off, *doc;
};
constexpr Switch kSwitches[] = {
    {"compress", "compress", "nocompress", "Old logs are compressed."},
    {"delaycompress", "delaycompress", "nodelaycompress", "Only from the second rotation on."},
    {"missingok", "missingok", "nomissingok", "A log that isn't there is no error."},
    {"notifempty", "notifempty", "ifempty", "An empty log is not rotated."},
    {"copytruncate", "copytruncate", "nocopytruncate",
     "The log is copied and emptied, for a program that never opens it anew; lines may be lost."},
    {"dateext", "dateext", "nodateext", "Old logs are named by their date, not by a number."},
    {"sharedscripts", "sharedscripts", "nosharedscripts",
     "The scripts run once for all logs, not once for each."}};

std::vector<Attribute> attributes() {
  std::vector<Attribute> out{
      {.name = "paths",
       .type = Type::list_of({}),
       .doc = "The logs: absolute paths, with `*`, `?` and `[…]` as a shell reads them.",
       .required = true},
      {.name = "frequency",
       .type = Type::one_of({"hourly", "daily", "weekly", "monthly", "yearly"}),
       .doc = "How often. `hourly` needs a logrotate that runs so often."},
      {.name = "rotate",
       .type = {.kind = TypeKind::Int, .min = 0, .max = 100000},
       .doc = "How many old logs are kept."},
      {.name = "size", .type = {TypeKind::Size}, .doc = "Rotated once it is larger, at any time."},
      {.name = "minsize", .type = {TypeKind::Size}, .doc = "Rotated in time, but not if smaller."},
      {.name = "maxsize",
       .type = {TypeKind::Size},
       .doc = "Rotated before its time if it is larger."},
      {.name = "maxage",
       .type = {.kind = TypeKind::Int, .min = 0, .max = 100000},
       .doc = "Old logs go after so many days."}};
  for (const Switch& one : kSwitches) {
    out.push_back({.name = one.name, .type = {TypeKind::Bool}, .doc = one.doc});
  }
  const auto account = [](const char* name, const char* doc) {
    return Attribute{.name = name, .doc = doc, .required = true};
  };
  out.push_back({.name = "create",
                 .type = Type::object({{.name = "mode",
                                        .type = {.kind = TypeKind::Mode},
                                        .doc = "Its permissions.",
                                        .required = true},
                                       account("owner", "Its owner."),
                                       account("group", "Its group.")}),
                 .doc = "A new log is made in the place of the old one."});
  out.push_back(
      {.name = "su",
       .type = Type::object({account("user", "The account."), account("group", "Its group.")}),
       .doc = "Rotates as this account: needed where others than root may write to the "
              "folder."});
  out.push_back({.name = "olddir",
                 .type = {TypeKind::Path},
                 .doc = "Folder that old logs are moved to; on the same file system."});
  for (const auto& [name, doc] :
       {std::pair{"prerotate", "Shell commands before a log is rotated."},
        {"postrotate", "Shell commands behind it: mostly a reload of who writes it."}}) {
    out.push_back({.name = name, .doc = doc});
  }
  out.push_back({.name = "options",
                 .type = Type::list_of({}),
                 .doc = "Other lines, as in logrotate(8): `shred`, `start 0`."});
  return RenderedFileKind::with_file_attributes(std::move(out));
}

const Schema& logrotate_schema() {
  static const Schema kSchema{
      .kind = "logrotate",
      .doc = "How logs are rotated: a file of its own below /etc/logrotate.d, judged by logrotate.",
      .name_doc = "Its file's name below /etc/logrotate.d: letters, digits, `_` and `-`.",
      .attributes = attributes(),
      .scheduling = Scheduling::Passive,
      .examples = {
          "- logrotate: runner-diag\n  paths: [/home/*/actions-runner/_diag/*.log]\n  "
          "frequency: daily\n  rotate: 14\n  compress: true\n  missingok: true\n  create: "
          "{mode: 0640, owner: root, group: adm}\n  postrotate: systemctl reload promtail\n",
          "- logrotate: app\n  paths: [/var/log/app.log]\n  size: 50MiB\n  rotate: 3\n",
          "- logrotate: old\n  ensure: absent\n"}};
  return kSchema;
}

std::string indented(std::string_view text) {
  std::string out;
  for (const std::string_view line : lines(text)) out += "        " + std::string(line) + "\n";
  return out;
}

std::string field(const Resource& resource, const char* attribute, const char* name) {
  const Value* value = stated(resource.desired, attribute);
  return value != nullptr && value->is_map() ? stated_text(value->as_map(), name) : "";
}

// It says errors by its exit code only in part.
constexpr const char* kTry = R"sh(
PATH=$PATH:/usr/sbin
command -v logrotate >/dev/null || { echo 'logrotate is not installed' >&2; exit 1; }
said=$(logrotate -d -s /dev/null "$1" 2>&1)
status=$?
errors=$(printf '%s\n' "$said" | grep -i '^error:')
[ $status = 0 ] && [ -z "$errors" ] || { printf '%s\n' "${errors:-$said}" >&2; exit 1; }
)sh";

class LogrotateKind final : public RenderedFileKind {
 public:
  const Schema& schema() const override { return logrotate_schema(); }

  std::vector<Error> check(const Resource& resource) const override {
    std::vector<Error> errors;
    const auto refuse = [&](const char* attribute, const std::string& why, std::string hint = {}) {
      errors.push_back(wrong(resource, attribute, Code::LogrotateInvalid,
                             "logrotate '" + printable(resource.name) + "': " + why,
                             std::move(hint)));
    };
    const bool plain = std::all_of(resource.name.begin(), resource.name.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
             c == '_' || c == '-';
    });
    if (!plain || resource.name.empty() || resource.name.size() > 255 || resource.name[0] == '-') {
      refuse("", "not a name of a file that logrotate reads", "letters, digits, '_' and '-'");
    }
    const Value* paths = stated(resource.desired, "paths");
    if (paths != nullptr && paths->as_list().empty()) refuse("paths", "no log is named");
    for (const std::string& one : stated_list(resource.desired, "paths")) {
      if (starts_with(one, "/") && !has_control(one) && one.find('"') == std::string::npos)
        continue;
      refuse("paths", "'" + printable(one) + "' is no absolute path without quotes");
    }
    for (const std::string& one : stated_list(resource.desired, "options")) {
      const bool block = one.find_first_of("{}") != std::string::npos;
      if (has_control(one) || trim(one).empty() || block) {
        refuse("options", "'" + printable(one) + "' is no line of logrotate(8)");
      }
    }
    for (const char* name : {"prerotate", "postrotate"}) {
      const std::string script = stated_text(resource.desired, name);
      for (const std::string_view line : lines(script)) {
        if (trim(line) == "endscript") refuse(name, "'endscript' in a script ends it");
      }
    }
    if (stated(resource.desired, "size") != nullptr &&
        stated(resource.desired, "frequency") != nullptr) {
      refuse("size", "`size` and `frequency`: logrotate keeps only one of them",
             "`maxsize` rotates before its time, `minsize` not if smaller");
    }
    return errors;
  }

  Links links(const Resource& resource) const override {
    Links out = RenderedFileKind::links(resource);
    out.needs.emplace_back("package:logrotate");
    const auto need = [&](const char* what, const std::string& name) {
      if (!name.empty()) out.needs.push_back(what + name);
    };
    need("user:", field(resource, "create", "owner"));
    need("group:", field(resource, "create", "group"));
    need("user:", field(resource, "su", "user"));
    need("group:", field(resource, "su", "group"));
    need("path:", stated_text(resource.desired, "olddir"));
    return out;
  }

 protected:
  std::string path(const Resource& resource) const override {
    return "/etc/logrotate.d/" + resource.name;
  }

  RenderedFile file(const Resource& resource) const override {
    std::vector<std::string> logs;
    for (const std::string& one : stated_list(resource.desired, "paths")) {
      logs.push_back("\"" + one + "\"");
    }
    std::string text = "# Written by holdfast.\n" + join(logs, "\n") + " {\n";
    for (const std::string& line : settings(resource)) text += "    " + line + "\n";
    for (const char* name : {"prerotate", "postrotate"}) {
      const Value* script = stated(resource.desired, name);
      if (script == nullptr) continue;
      text += "    " + std::string(name) + "\n" + indented(script->bytes()) + "    endscript\n";
    }
    return {.path = path(resource),
            .text = text + "}\n",
            .mode = "0644",
            .validate = {"sh", "-c", kTry, "logrotate-try", "%s"}};
  }

 private:
  static std::vector<std::string> settings(const Resource& resource) {
    const State& given = resource.desired;
    std::vector<std::string> out;
    if (const std::string often = stated_text(given, "frequency"); !often.empty()) {
      out.push_back(often);
    }
    for (const char* name : {"rotate", "size", "minsize", "maxsize", "maxage"}) {
      if (stated(given, name) == nullptr) continue;
      out.push_back(std::string(name) + " " + std::to_string(stated_int(given, name, 0)));
    }
    for (const Switch& one : kSwitches) {
      if (stated(given, one.name) == nullptr) continue;
      out.emplace_back(stated_bool(given, one.name, false) ? one.on : one.off);
    }
    if (stated(given, "create") != nullptr) {
      out.push_back("create " + field(resource, "create", "mode") + " " +
                    field(resource, "create", "owner") + " " + field(resource, "create", "group"));
    }
    if (stated(given, "su") != nullptr) {
      out.push_back("su " + field(resource, "su", "user") + " " + field(resource, "su", "group"));
    }
    if (const std::string folder = stated_text(given, "olddir"); !folder.empty()) {
      out.push_back("olddir " + folder);
    }
    for (const std::string& line : stated_list(given, "options")) out.push_back(line);
    return out;
  }
};

}  // namespace

std::unique_ptr<Kind> make_logrotate_kind() { return std::make_unique<LogrotateKind>(); }

}  // namespace holdfast
