#include <filesystem>
#include <fstream>

#include "engine/cli/commands.h"
#include "engine/cli/output.h"
#include "engine/core/text.h"
#include "engine/report/exit_code.h"

namespace holdfast {
namespace {

struct ProjectFile {
  const char* path;
  const char* text;
};

constexpr ProjectFile kFiles[] = {
    {"holdfast.yaml",
     "project: my-project\n"
     "environments:\n"
     "  staging: {inventory: inventories/staging, manifests: [manifests/site.yaml]}\n"
     "default: staging\n"},
    {"inventories/staging/hosts.yaml",
     "all:\n"
     "  hosts:\n"
     "    h1:\n"
     "      ansible_host: 192.0.2.10\n"
     "      ansible_user: admin\n"
     "      ansible_become: true\n"},
    {"manifests/site.yaml",
     "manifest: site\n"
     "description: What every host should be\n"
     "hosts: all\n"
     "resources:\n"
     "  - file: /etc/motd\n"
     "    content: |\n"
     "      {{ inventory_hostname }} is looked after by holdfast.\n"
     "    mode: 0644\n"},
};

}  // namespace

int init_command(const Options& options, const Registry&) {
  namespace fs = std::filesystem;
  if (options.arguments.size() > 1) {
    return refuse(options, {.code = Code::Usage, .message = "init takes one folder"}, Exit::Usage);
  }
  const fs::path folder = options.arguments.empty() ? "." : options.arguments[0];
  Diagnostics diagnostics;
  for (const ProjectFile& file : kFiles) {
    std::error_code ignored;
    if (fs::exists(folder / file.path, ignored)) {
      diagnostics.error({.code = Code::FileUnwritable,
                         .message = printable((folder / file.path).string()) +
                                    " is there already; nothing was written"});
    }
  }
  if (!diagnostics.failed()) {
    for (const ProjectFile& file : kFiles) {
      std::error_code error;
      fs::create_directories((folder / file.path).parent_path(), error);
      std::ofstream out(folder / file.path);
      out << file.text;
      out.close();
      if (out) continue;
      diagnostics.error({.code = Code::FileUnwritable,
                         .message = "can't write " + printable((folder / file.path).string())});
    }
  }
  complain(options, diagnostics);
  if (diagnostics.failed()) return static_cast<int>(Exit::Failed);
  say("A project is ready. Put your host into inventories/staging/hosts.yaml, then: holdfast "
      "plan\n");
  return static_cast<int>(Exit::Done);
}

}  // namespace holdfast
