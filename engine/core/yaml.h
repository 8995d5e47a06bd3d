#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/error.h"
#include "engine/core/value.h"

namespace holdfast {

/// An immutable piece of YAML that knows where it stands and how its scalar was written. Made from
/// yaml-cpp's events, not from its nodes, whose marks and duplicate keys can't be trusted.
/// Thread-safe to read.
struct YamlNode {
  enum class Kind { Null, Scalar, Sequence, Mapping } kind = Kind::Null;
  enum class Style { Plain, Quoted, Literal } style = Style::Plain;  ///< Literal: | or >.
  std::string scalar{};  ///< A written null's text, "~" or "null", too.
  std::string tag{};     ///< "!env"; "" where none, or only the quoted-scalar marker.
  Position where{};      ///< Of the value; of the key, where there is no value.
  Position text{};       ///< Scalar: of its first byte, behind the tag, the quote or the `|` line.
  int block_indent = 0;  ///< Literal: columns that YAML took off each of its lines.
  struct Entry;
  std::vector<YamlNode> items{};  ///< Sequence.
  std::vector<Entry> entries{};   ///< Mapping, in order; no duplicates.

  bool plain() const { return kind == Kind::Scalar && style == Style::Plain; }
  const YamlNode* find(std::string_view key) const;
};

struct YamlNode::Entry {
  std::string key;
  Position where;  ///< Of the key.
  bool key_plain = true;
  YamlNode value;
};

/// Every document of a stream. Refused with its place: a duplicate key, a tab as indentation, a key
/// that isn't a scalar, invalid UTF-8, NUL, more than 16 MiB, more than 200 levels, more than
/// 1,000,000 nodes with aliases expanded, an alias without anchor or to what it stands in. Merge
/// keys (`<<: *a`) are expanded, explicit keys winning. What an alias stands for has the alias's
/// place; the things inside keep theirs.
/// @errors HF2001 not YAML, HF2002 duplicate key, HF1004, HF1005.
Result<std::vector<YamlNode>> parse_yaml(std::shared_ptr<const Source> source);

struct ParsedYaml {
  std::vector<YamlNode> documents{};
  std::vector<Error> errors{};
};
/// The same, reading on behind what hides nothing else, so that all is told at once: of a key that
/// stands twice the first one counts, a value with unquoted `{{ }}` is some text. Behind any other
/// mistake there are no documents.
ParsedYaml parse_yaml_on(const std::shared_ptr<const Source>& source);

/// Reads a file and parses it. Only a regular file (after links) of at most 16 MiB is read, without
/// ever blocking on a FIFO.
Result<std::vector<YamlNode>> load_yaml(const std::string& path);
/// The same guards for any text that holdfast reads. @param limit  bytes.
Result<std::shared_ptr<const Source>> load_source(const std::string& path,
                                                  std::size_t limit = 16U << 20);

/// Plain scalars typed by YAML 1.2's core schema: null ~ "" ; true false; ints (decimal, 0o, 0x);
/// floats.
Value yaml12_value(const YamlNode& node);
/// By YAML 1.1 as PyYAML's SafeLoader does it, for Ansible's files: yes/no/on/off, 0644 octal, 0b,
/// 1_000, 22:30 sexagesimal; dates stay texts.
Value yaml11_value(const YamlNode& node);

}  // namespace holdfast
