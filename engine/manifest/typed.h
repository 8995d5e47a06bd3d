#pragma once

#include <optional>
#include <string>

#include "engine/core/error.h"
#include "engine/core/schema.h"
#include "engine/core/yaml.h"

namespace holdfast {

/// Gives the value of what doesn't stand for itself: expressions and tags.
class NodeReader {
 public:
  virtual ~NodeReader() = default;
  /// nullopt: the node is what is written. @param raw  Expressions belong to somebody else; tags
  /// are still ours.
  virtual Result<std::optional<Value>> read(const YamlNode& node, bool raw) const = 0;
  /// Whether the node says itself that it may give nothing.
  virtual bool may_give_nothing(const YamlNode&) const { return false; }
};

/// How a value is read: by whom, and what its errors may say.
struct Reading {
  const NodeReader* reader = nullptr;
  bool raw = false;
  bool hidden = false;  ///< A secret: neither the value nor its line may be quoted.
};

/// Reads a node by a type. Errors are added and the value is null then; an empty value is null too.
/// @param what  "'mode' of file '/etc/motd'", for messages.
Value typed_node(const YamlNode& node, const Type& type, const std::string& what,
                 const Reading& reading, Diagnostics& diagnostics);
/// An attribute's or a field's value: as its type says, a Secret where it is one.
Value typed_attribute(const YamlNode& node, const Attribute& attribute, const std::string& what,
                      const Reading& reading, Diagnostics& diagnostics);
/// A text and all texts inside a value as secrets.
Value made_secret(const Value& value);
/// An error about a value that nobody may see: neither it nor its line is in there.
Error hidden_error(const Error& error, const Type& type, const std::string& what);
/// A place whose line isn't shown.
Position without_text(const Position& where);

}  // namespace holdfast
