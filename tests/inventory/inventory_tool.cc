#include <cstdio>
#include <string>
#include <vector>

#include "engine/cli/inventory.h"
#include "engine/core/text.h"

// Shows an inventory as `holdfast inventory` does, for compare_with_ansible.py:
// inventory_tool -i PATH [--trusted] --list | --graph [GROUP] | --host NAME | --hosts PATTERN

namespace holdfast {
namespace {

struct Request {
  std::string path;
  InventoryView view = InventoryView::List;
  std::string name;
  bool trusted = false;
  bool complete = false;
};

Request parse(const std::vector<std::string>& arguments) {
  Request out;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    const std::string next = i + 1 < arguments.size() ? arguments[i + 1] : "";
    if (argument == "-i") out.path = next;
    if (argument == "--trusted") out.trusted = true;
    if (argument == "--graph") out.view = InventoryView::Graph;
    if (argument == "--host") out.view = InventoryView::Host;
    if (argument == "--hosts") out.view = InventoryView::Hosts;
    const bool view = argument == "--list" || argument == "--graph" || argument == "--host" ||
                      argument == "--hosts";
    out.complete = out.complete || view;
    if (view && argument != "--list") out.name = next;
  }
  out.complete = out.complete && !out.path.empty();
  return out;
}

void show(const Error& error, const char* what) {
  std::fprintf(stderr, "%s: %s: %s [%s]\n", error.where.text().c_str(), what, error.message.c_str(),
               code_text(error.code).c_str());
  if (!error.hint.empty()) std::fprintf(stderr, "   hint: %s\n", error.hint.c_str());
}

int run(const Request& request) {
  Diagnostics diagnostics;
  const Inventory inventory = load_inventory(request.path, diagnostics, request.trusted);
  for (const Error& warning : inventory.warnings()) show(warning, "warning");
  for (const Error& error : diagnostics.errors()) show(error, "error");
  if (diagnostics.failed()) return 1;
  const Result<std::string> text = inventory_output(inventory, request.view, request.name);
  if (!text) {
    show(text.error(), "error");
    return 1;
  }
  std::fputs(text->c_str(), stdout);
  return 0;
}

}  // namespace
}  // namespace holdfast

int main(int count, char** values) {
  const holdfast::Request request =
      holdfast::parse(std::vector<std::string>(values + 1, values + count));
  if (!request.complete) {
    std::fputs(
        "usage: inventory_tool -i PATH [--trusted] --list|--graph [GROUP]|--host NAME|"
        "--hosts PATTERN\n",
        stderr);
    return 64;
  }
  return holdfast::run(request);
}
