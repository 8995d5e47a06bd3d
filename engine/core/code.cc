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

}  // namespace holdfast
