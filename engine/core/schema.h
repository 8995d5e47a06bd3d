#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/core/value.h"

namespace holdfast {

/// What an attribute or an input holds. Scalars are read by this type, never by YAML's guess
/// (docs/reference).
enum class TypeKind {
  Text,
  Bool,
  Int,
  Float,
  Port,  ///< 1 to 65535.
  Path,  ///< Absolute, normalised.
  Mode,  ///< Normalised to four octal digits, "0644"; symbolic modes that state all of u, g, o are
         ///< taken.
  Duration,  ///< Normalised to seconds, a float. Written 500ms, 30s, 5m, 2h, 1d.
  Size,      ///< Normalised to bytes, an int. Written 10B, 10KiB, 10MiB, 10GiB, 10KB, 10MB.
  Url,
  Host,    ///< A host name or an address.
  Secret,  ///< Text that is secret whatever it came from.
  OneOf,   ///< One of `choices`.
  List,
  Map,     ///< Text keys, values of `element`.
  Object,  ///< A mapping of the `fields`.
  Any      ///< Free YAML, by YAML 1.2's core rules.
};

struct Attribute;

/// The attributes of an Object; copies share them.
class Fields {
 public:
  Fields() = default;
  explicit Fields(std::vector<Attribute> fields);
  bool empty() const { return begin() == end(); }
  const Attribute* begin() const;
  const Attribute* end() const;

 private:
  std::shared_ptr<const std::vector<Attribute>> fields_;
};

struct Type {
  TypeKind kind = TypeKind::Text;
  std::vector<std::string> choices{};  ///< OneOf.
  std::vector<Type> element{};         ///< List, Map: exactly one.
  Fields fields{};                     ///< Object.
  std::optional<std::int64_t> min{};   ///< Int, Size.
  std::optional<std::int64_t> max{};

  static Type one_of(std::vector<std::string> choices);
  static Type list_of(Type element);
  static Type map_of(Type element);
  static Type object(std::vector<Attribute> fields);
  /// As a manifest writes it: "list(text)", "one_of(a, b)".
  std::string text() const;
};

/// Declared once; validation, JSON Schema, reference page, masking and completion derive from it.
struct Attribute {
  std::string name;
  Type type{};
  std::string doc{};
  Value default_value{};  ///< Null: left alone unless the manifest sets it.
  bool required = false;
  bool secret = false;     ///< Shown as (secret) in every output.
  bool immutable = false;  ///< A change of it is a replacement.
  bool identity = false;   ///< Part of what the object is, beside or instead of the name.
  bool raw = false;        ///< No expressions inside: the text belongs to somebody else's language.
  bool content = false;    ///< A file's text: compared by digest, shown as a diff.
  bool computed = false;   ///< Made by the kind (a path's type, what a purge removes), refused in a
                           ///< manifest; in plans and state only.
  bool definition = false;  ///< What a service is made from: a change of it makes a restart due.
  bool placed = false;      ///< Text whose lines a host may complain of: see Resource::place_in.
};

/// How the scheduler may reorder resources that no edge orders.
enum class Scheduling {
  Passive,  ///< Changes only files and databases at rest (files, accounts): may go before batched
            ///< ones.
  Batched,  ///< Resources of this kind that are ready together are cheaper done together.
  Barrier,  ///< Has effects nobody can see through: nothing is moved across it.
};

struct Schema {
  std::string kind;
  std::string doc;       ///< First sentence: a line for lists.
  std::string name_doc;  ///< What the name is.
  Type name_type{};      ///< Text, or Path where the name is one.
  std::vector<Attribute> attributes;
  Scheduling scheduling = Scheduling::Barrier;
  bool restartable = false;  ///< Takes restart_on and reload_on.
  bool never_observed =
      false;  ///< Acts in every apply and shows no state (check, command with always).
  bool can_be_absent = true;  ///< Takes ensure: absent.
  std::vector<std::string>
      examples{};  ///< YAML, for the reference page; each is validated by a test.

  const Attribute* find(std::string_view name) const;
};

}  // namespace holdfast
