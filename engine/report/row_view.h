#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "engine/plan/plan.h"
#include "engine/report/text_diff.h"

namespace holdfast {

/// What becomes of a resource, as every output calls it.
enum class Fate {
  LeftOut,    ///< By --tags or --target.
  Unchanged,  ///< As wanted, and in the record.
  Adopt,      ///< As wanted, and only to be recorded.
  Create,
  Update,
  Replace,
  Delete,
  Run,      ///< A program that shows no state.
  Check,    ///< A question; changes nothing, and only apply and verify ask it.
  Unknown,  ///< Can't be told yet.
  Refused   ///< Stands in the way of apply.
};

Fate fate(const Declaration& declaration, const Row& row, const Registry& registry);
/// "create", "update" …: also the word in JSON.
std::string_view fate_word(Fate fate);
/// Whether the host would be changed.
bool is_change(Fate fate);
/// "pending", "drift" …: also the word in JSON.
std::string_view standing_word(Standing standing);

/// An attribute of a change, without its secrets. Texts are raw: each format escapes its own way.
struct ShownAttribute {
  std::string name;
  Value before{};
  Value after{};
  bool secret = false;  ///< Both sides are "(secret)", or null where there is none.
  bool content = false;
};

/// A file's text as far as it may be shown.
struct ShownText {
  std::string attribute;
  std::optional<TextDiff> diff{};
  std::string not_shown{};            ///< Why there is no diff: "private …", "binary".
  std::optional<std::size_t> size{};  ///< Bytes of the new text, where it isn't secret.
};

/// All that any output tells of a row.
struct RowView {
  std::string host, address, kind, name;
  Fate fate = Fate::Unchanged;
  std::string reason;   ///< Whole; holds no secret.
  std::string because;  ///< What of it the attributes don't say: why a restart is due.
  Standing standing = Standing::Same;
  std::vector<ShownAttribute> attributes{};
  std::vector<ShownText> texts{};
  Effects effects{};
  std::string unknown{};  ///< The cause.
  std::optional<Error> refused{};
  bool audit = false;
  bool orphan = false;
  std::vector<std::string> steps{};
  std::vector<std::string> later{};  ///< Steps that the host does once the run's job is over.
  bool early = false;                ///< Its host comes late, but another one rests on it.
};

RowView view_row(const Plan& plan, std::size_t row, const Registry& registry);

/// A copy whose secrets are the text "(secret)".
Value masked(const Value& value);

/// What is to say of a host whose record there isn't, or can't be read; "" where it matters to no
/// row.
std::string record_note(const Plan& plan, const HostPlan& host);
/// Runs have ended on the host, and their record has gone since.
bool record_lost(const HostPlan& host);
/// What is to say of a host that the run works on itself, or that others are reached through; and
/// of what earlier runs left there for later. Names are printable.
std::vector<std::string> own_notes(const Plan& plan, const HostPlan& host);
/// What a run on a host that changes can't survive there; "": all that holdfast promises.
std::string guard_note(const Plan& plan, const HostPlan& host);
/// What a host did without a controller, for whoever connects next.
std::string alone_note(const EndedAlone& ended);

}  // namespace holdfast
