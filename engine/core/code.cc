#include "engine/core/code.h"

#include <algorithm>

namespace holdfast {

const std::vector<CodeEntry>& all_codes() {
  static const std::vector<CodeEntry> kEntries = [] {
    std::vector<CodeEntry> entries{
#define HF_CODE(number, name, title, help) CodeEntry{Code::name, title, help},
#include "engine/core/codes/all.def"
#undef HF_CODE
    };
    std::sort(entries.begin(), entries.end(),
              [](const CodeEntry& a, const CodeEntry& b) { return a.code < b.code; });
    return entries;
  }();
  return kEntries;
}

const CodeEntry* find_code(Code code) {
  for (const CodeEntry& entry : all_codes()) {
    if (entry.code == code) return &entry;
  }
  return nullptr;
}

std::string code_text(Code code) { return "HF" + std::to_string(static_cast<int>(code)); }

std::string all_codes_page() {
  std::string out = "# Errors\n\nEvery error has a number that never changes its meaning.\n";
  for (const CodeEntry& entry : all_codes()) {
    out += "\n## " + code_text(entry.code) + "\n\n**" + std::string(entry.title) + ".** " +
           std::string(entry.help) + "\n";
  }
  return out;
}

}  // namespace holdfast
