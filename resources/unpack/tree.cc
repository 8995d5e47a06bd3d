#include "resources/unpack/tree.h"

#include "engine/core/text.h"
#include "resources/unpack/programs.h"

namespace holdfast {
namespace {

Run unpack(const Origin& origin, const Tree& tree, const std::string& todo) {
  const std::string parent = parent_path(tree.folder);
  const std::string name = tree.folder.substr(parent == "/" ? 1 : parent.size() + 1);
  const std::string token = stage_token(tree.folder, origin.sha256);
  Run run{.argv = {"sh", "-c", unpack_program(), "unpack", parent, name, token, todo},
          .input = todo == "place" ? Value() : fetch_input(origin),
          .undo = Argv{"sh", "-c", unpack_undo_program(), "unpack-undo", parent, name, token, todo,
                       origin.sha256},
          .note = (todo == "stage"   ? "unpack beside "
                   : todo == "place" ? "put what was unpacked to "
                                     : "unpack ") +
                  printable(tree.folder)};
  const Argv words = fetch_words(origin);
  run.argv.insert(run.argv.end(), words.begin(), words.end());
  run.argv.insert(run.argv.end(), {tree.owner, tree.group, std::to_string(tree.strip)});
  if (words.front() == "url") {
    run.rehearsal = NotRehearsed{"it is fetched from elsewhere"};
  } else {
    run.rehearsal = Rehearsal{};
  }
  return run;
}

}  // namespace

Query trees_query(const std::string& folder) { return {"archives", folder}; }

const ValueMap* tree_in(const Value& answer, const std::string& name) {
  const Value* tree = answer.is_map() ? answer.as_map().find(name) : nullptr;
  const bool whole = tree != nullptr && tree->is_map() && tree->as_map().find("sha256") != nullptr;
  return whole ? &tree->as_map() : nullptr;
}

std::vector<PhasedStep> unpack_steps(const Origin& origin, const Tree& tree, bool replaces,
                                     int phase) {
  if (!replaces) return {{phase, unpack(origin, tree, "all")}};
  return {{phase, unpack(origin, tree, "stage")},
          {phase, Remove{tree.folder, {.what = Expect::What::Directory}}},
          {phase, unpack(origin, tree, "place")}};
}

}  // namespace holdfast
