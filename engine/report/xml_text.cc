#include "engine/report/xml_text.h"

#include "engine/core/text.h"

namespace holdfast {

std::string xml_text(std::string_view text) {
  std::string out;
  const std::string plain = printable(text);
  for (std::size_t i = 0; i < plain.size(); ++i) {
    const char c = plain[i];
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&apos;";
        break;
      default:
        // U+FFFE and U+FFFF
        if (plain.compare(i, 2, "\xEF\xBF") == 0 && i + 2 < plain.size() &&
            static_cast<unsigned char>(plain[i + 2]) >= 0xBE) {
          out += plain[i + 2] == '\xBE' ? "\\ufffe" : "\\uffff";
          i += 2;
        } else {
          out += c;
        }
    }
  }
  return out;
}

}  // namespace holdfast
