#include "engine/manifest/reference.h"

#include <algorithm>

#include "engine/core/text.h"
#include "engine/manifest/common.h"
#include "engine/manifest/content.h"
#include "engine/manifest/scalar_types.h"

namespace holdfast {
namespace {

struct Row {
  std::string name;
  std::string type;
  std::string fallback;
  std::string doc;
};

std::string flags(const Attribute& attribute) {
  std::vector<std::string> words;
  if (attribute.required) words.emplace_back("required");
  if (attribute.secret || attribute.type.kind == TypeKind::Secret) words.emplace_back("secret");
  if (attribute.immutable) words.emplace_back("a change replaces it");
  if (attribute.identity) words.emplace_back("part of what it is");
  if (attribute.raw) words.emplace_back("no expressions inside");
  return words.empty() ? "" : " (" + join(words, ", ") + ")";
}

const Type& innermost(const Type& type) {
  return type.element.empty() ? type : innermost(type.element[0]);
}

void add_rows(std::vector<Row>& rows, const Attribute& attribute, const std::string& prefix) {
  const std::string name = prefix + attribute.name;
  const Value& fallback = attribute.default_value;
  rows.push_back(Row{name, attribute.type.text(),
                     fallback.is_null() ? std::string() : written(fallback, attribute.type),
                     attribute.doc + flags(attribute)});
  for (const Attribute& field : innermost(attribute.type).fields) add_rows(rows, field, name + ".");
}

std::vector<Row> rows_of(const Schema& schema) {
  std::vector<Row> rows;
  for (const Attribute& attribute : schema.attributes) add_rows(rows, attribute, "");
  const Attribute* content = content_attribute(schema);
  if (content == nullptr) return rows;
  for (const Attribute& attribute : content_files()) {
    if (schema.find(attribute.name) == nullptr) {
      rows.push_back(
          Row{attribute.name, "text", "", attribute.doc + " Stands for `" + content->name + "`."});
    }
  }
  return rows;
}

std::vector<std::string> common_names(const Schema& schema) {
  std::vector<std::string> names;
  for (const Attribute& attribute : common_attributes()) {
    const bool restarts = attribute.name == "restart_on" || attribute.name == "reload_on";
    if (!restarts || schema.restartable) names.push_back(attribute.name);
  }
  return names;
}

std::string cell(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out;
}

std::string name_line(const Schema& schema) {
  return schema.name_doc.empty() ? "The name is a " + schema.name_type.text() + "."
                                 : schema.name_doc;
}

std::string notes(const Schema& schema) {
  std::string out;
  if (!schema.can_be_absent) out += "`ensure: absent` isn't taken.\n";
  if (schema.never_observed) out += "It acts in every apply and shows no state.\n";
  return out;
}

}  // namespace

std::string summary_of(const Kind& kind) {
  const std::string& doc = kind.schema().doc;
  // A dot within a word (daemon.json) ends no sentence.
  std::string out = doc.substr(0, doc.find(". "));
  if (ends_with(out, ".")) out.pop_back();
  return out;
}

std::string reference_page(const Kind& kind) {
  const Schema& schema = kind.schema();
  std::string out =
      "# " + schema.kind + "\n\n" + schema.doc + "\n\n**Name**: " + name_line(schema) + "\n\n";
  const std::vector<Row> rows = rows_of(schema);
  if (!rows.empty()) {
    out += "| attribute | type | default | meaning |\n| --- | --- | --- | --- |\n";
    for (const Row& row : rows) {
      const std::string fallback = row.fallback.empty() ? "" : "`" + cell(row.fallback) + "`";
      out += "| `" + row.name + "` | " + cell(row.type) + " | " + fallback + " | " + cell(row.doc) +
             " |\n";
    }
    out += "\n";
  }
  std::vector<std::string> names = common_names(schema);
  for (std::string& name : names) name = "`" + name + "`";
  out += "As every kind: " + join(names, ", ") + ".\n";
  if (const std::string extra = notes(schema); !extra.empty()) out += "\n" + extra;
  for (const std::string& example : schema.examples) {
    out += "\n```yaml\n" + example + (ends_with(example, "\n") ? "" : "\n") + "```\n";
  }
  return out;
}

std::string explain_text(const Kind& kind) {
  const Schema& schema = kind.schema();
  std::string out = schema.kind + ": " + schema.doc + "\n\nname: " + name_line(schema) + "\n";
  const std::vector<Row> rows = rows_of(schema);
  std::size_t width = 0;
  for (const Row& row : rows) width = std::max(width, row.name.size());
  if (!rows.empty()) out += "\nattributes:\n";
  for (const Row& row : rows) {
    out += "  " + row.name + std::string(width - row.name.size() + 2, ' ') + row.type;
    if (!row.fallback.empty()) out += ", default " + row.fallback;
    out += "\n" + std::string(width + 4, ' ') + row.doc + "\n";
  }
  out += "\nas every kind: " + join(common_names(schema), ", ") + "\n" + notes(schema);
  for (const std::string& example : schema.examples) {
    out += "\nexample:\n";
    for (const std::string_view line : lines(example)) out += "  " + std::string(line) + "\n";
  }
  return out;
}

}  // namespace holdfast
