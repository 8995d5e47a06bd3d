#include "engine/report/xml_text.h"

#include "engine/core/text.h"
#include "engine/report/entities.h"

namespace holdfast {

std::string xml_text(std::string_view text) {
  std::string out;
  const std::string plain = printable(text);
  for (std::size_t i = 0; i < plain.size(); ++i) {
    const char c = plain[i];
    const std::string_view entity = c == '\'' ? "&apos;" : entity_of(c);
    // U+FFFE and U+FFFF
    const bool none = plain.compare(i, 2, "\xEF\xBF") == 0 && i + 2 < plain.size() &&
                      static_cast<unsigned char>(plain[i + 2]) >= 0xBE;
    if (none) {
      out += plain[i + 2] == '\xBE' ? "\\ufffe" : "\\uffff";
      i += 2;
    } else if (entity.empty()) {
      out += c;
    } else {
      out += entity;
    }
  }
  return out;
}

}  // namespace holdfast
