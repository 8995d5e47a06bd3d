// Makes undo scripts wrong, for tests/e2e/test_rehearse.py: the whole program, but for the function
// that writes them, which the linker takes from here. HOLDFAST_WRONG_UNDO is "WRONGNESS:STEP:PATH":
// what is wrong with the undo of steps whose description holds STEP, and where, if not at the
// step's own path.
#define undo_script right_undo_script
#include "engine/apply/undo_script.cc"
#undef undo_script

#include <cstdlib>
#include <map>
#include <string_view>

namespace holdfast {

std::string undo_script(const Act& act);

namespace {

struct Wrong {
  std::string kind, step, path;
};

Wrong wanted() {
  const char* text = std::getenv("HOLDFAST_WRONG_UNDO");
  Wrong out;
  if (text == nullptr) return out;
  const std::vector<std::string_view> words = split(text, ':');
  out.kind = words[0];
  if (words.size() > 1) out.step = words[1];
  if (words.size() > 2) out.path = words[2];
  return out;
}

/// What is done after the right undo, to the path $p in the folder $d.
const std::map<std::string, const char*, std::less<>>& afterwards() {
  static const std::map<std::string, const char*, std::less<>> kAfter = {
      {"owner", "chown -h 1 -- \"$p\""},
      {"group", "chgrp -h 7 -- \"$p\""},
      {"mode", "chmod 0611 -- \"$p\""},
      {"setuid", "chmod u+s -- \"$p\""},
      {"text", "echo wrong >>\"$p\""},
      {"empty", ": >\"$p\""},
      {"as file", "rm -rf -- \"$p\"; echo x >\"$p\""},
      {"as link", "rm -rf -- \"$p\"; ln -s elsewhere \"$p\""},
      {"as folder", "rm -rf -- \"$p\"; mkdir -- \"$p\""},
      {"as what it leads to", "cp -L -- \"$p\" \"$p.x\"; mv -T -- \"$p.x\" \"$p\""},
      {"target", "ln -sfnT elsewhere \"$p\""},
      {"gone", "rm -rf -- \"$p\""},
      {"temporary", "echo x >\"$d/.hf-temporary\""},
      {"temporary folder", "mkdir -m 700 \"$d/.hf-temporary\""},
      {"no attributes", "setfattr -x user.note \"$p\""},
      {"more attributes", "setfattr -n user.more -v x \"$p\""},
      {"no access list", "setfacl -b \"$p\""},
      {"default list", "setfacl -d -m u:7:r \"$p\""},
      {"neighbour gone", "rm -f -- \"$d/neighbour\""},
      {"neighbour", "echo wrong >>\"$d/neighbour\""},
      {"child gone", "rm -f -- \"$p/child\""},
      {"child", "chmod 0600 \"$p/child\""},
      {"child's text", "echo wrong >>\"$p/child\""},
      {"another child", "echo x >\"$p/another\""},
      {"parent's mode", "chmod 0700 \"$d\""},
      {"parent's owner", "chown 7:7 \"$d\""},
      {"says that it fails", "hf_not_undone $n 'something is in the way'"},
  };
  return kAfter;
}

/// What is done instead, with the backup $b.
const std::map<std::string, const char*, std::less<>>& instead() {
  static const std::map<std::string, const char*, std::less<>> kInstead = {
      {"missing", ":"},
      {"only text", "cat \"$b\" >\"$p\""},
      {"only attributes", "cp --attributes-only --preserve=all -T -- \"$b\" \"$p\""},
      {"text without attributes",
       "cp -T --preserve=mode,ownership -- \"$b\" \"$p.x\"; mv -T -- \"$p.x\" \"$p\""},
      {"only owner", "read -r o m <\"$b\"; chown -h \"$o\" \"$p\""},
      {"only mode", "read -r o m <\"$b\"; chmod \"$m\" \"$p\""},
      {"only the folder itself", "mkdir -- \"$p\""},
  };
  return kInstead;
}

/// The undo of a step that differs from this one.
std::string of_another(const Act& act, std::string_view kind) {
  Act other = act;
  Run* run = std::get_if<Run>(&other.step);
  if (run == nullptr) return right_undo_script(act);
  Argv undo = whole(std::get<Argv>(run->undo), run->undo_operands);
  if (kind == "half" && !undo.empty()) undo.pop_back();
  if (kind == "again") undo = whole(run->argv, run->operands);
  if (kind == "of another") undo.back() += "x";
  if (kind == "input lost") run->undo_input = Value();
  if (kind == "capture lost")
    return "rm -f \"$hf_run/backup/" + std::to_string(act.number) + "\"\n" + right_undo_script(act);
  run->undo = undo;
  run->undo_operands.clear();
  return right_undo_script(other);
}

std::string variables(const Act& act, const std::string& path) {
  const std::string number = std::to_string(act.number);
  return "p=" + shell_quote(path) + " d=" + shell_quote(parent_path(path)) + " n=" + number +
         " b=$hf_run/backup/" + number + "\n";
}

std::string made_wrong(const Act& act, const Wrong& wrong) {
  const std::string path = wrong.path.empty() ? touched_path(act.step) : wrong.path;
  const std::string right = right_undo_script(act);
  const std::string names = variables(act, path);
  if (wrong.kind == "stale") return names + "echo older >\"$b\"\n" + right;
  if (wrong.kind == "late") return "hf_late() {\n" + right + "}\n";
  if (wrong.kind == "elsewhere") {
    Act other = act;
    std::visit(
        [](auto& step) {
          if constexpr (requires { step.path; }) step.path += ".other";
        },
        other.step);
    return right_undo_script(other);
  }
  if (const auto after = afterwards().find(wrong.kind); after != afterwards().end()) {
    return right + names + after->second + "\n";
  }
  if (const auto other = instead().find(wrong.kind); other != instead().end()) {
    return names + other->second + "\n";
  }
  return of_another(act, wrong.kind);
}

}  // namespace

std::string undo_script(const Act& act) {
  constexpr int kLastUndone = 500000;
  static const Wrong wrong = wanted();
  std::string script = right_undo_script(act);
  const bool chosen = describe(act.step).find(wrong.step) != std::string::npos;
  if (!wrong.kind.empty() && chosen && !script.empty()) script = made_wrong(act, wrong);
  if (wrong.kind == "late" && act.number == kLastUndone) script += "hf_late\n";
  return script;
}

}  // namespace holdfast
