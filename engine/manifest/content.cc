#include "engine/manifest/content.h"

namespace holdfast {

const Attribute* content_attribute(const Schema& schema) {
  for (const Attribute& attribute : schema.attributes) {
    if (attribute.content && !attribute.computed) return &attribute;
  }
  return nullptr;
}

const std::vector<Attribute>& content_files() {
  static const std::vector<Attribute> kFiles{
      {.name = "source", .doc = "A file of the project: its bytes as they are."},
      {.name = "template", .doc = "A file of the project: rendered."}};
  return kFiles;
}

}  // namespace holdfast
