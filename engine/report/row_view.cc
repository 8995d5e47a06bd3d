#include "engine/report/row_view.h"

#include <algorithm>

#include "engine/core/hash.h"
#include "engine/core/text.h"
#include "engine/report/digest_key.h"
#include "engine/report/quoted_line.h"

namespace holdfast {
namespace {

constexpr std::size_t kLargestText = std::size_t{1} << 20;

bool only_asks(const Row& row) {
  return !row.steps.empty() &&
         std::all_of(row.steps.begin(), row.steps.end(), [](const PhasedStep& phased) {
           return std::holds_alternative<Probe>(phased.step);
         });
}

/// A kind that can only act: what it shows as its state are guards, not what it made.
bool runs_program(const Schema& schema) {
  return schema.never_observed ||
         (schema.scheduling == Scheduling::Barrier && !schema.can_be_absent);
}

/// A secret anywhere in a type hides the whole attribute: what a host says has no marks.
bool secret_type(const Type& type) {
  if (type.kind == TypeKind::Secret) return true;
  const auto secret_field = [](const Attribute& field) {
    return field.secret || secret_type(field.type);
  };
  return std::any_of(type.element.begin(), type.element.end(), secret_type) ||
         std::any_of(type.fields.begin(), type.fields.end(), secret_field);
}

bool is_secret(const Resource& resource, const Schema& schema, const AttributeChange& change) {
  const Attribute* attribute = schema.find(change.name);
  return secret_attribute(resource, schema, change.name) ||
         (attribute != nullptr && secret_type(attribute->type)) || change.before.holds_secret() ||
         change.after.holds_secret();
}

Value keyed(const Value& value) {
  return value.is_text() ? Value("hmac:" + hmac_sha256_hex(digest_key(), value.bytes())) : value;
}

Value hidden(const Value& value) { return value.is_null() ? Value{} : Value(kSecretShown); }

bool binary(std::string_view text) {
  return text.find('\0') != std::string_view::npos || !valid_utf8(text);
}

std::string why_hidden(OldText::Hidden hidden) {
  switch (hidden) {
    case OldText::Hidden::Private:
      return "private; --show-private shows it at a terminal";
    case OldText::Hidden::Binary:
      return "binary";
    case OldText::Hidden::TooLarge:
      return "larger than 1 MiB";
    case OldText::Hidden::Gone:
      return "gone since it was looked at";
    case OldText::Hidden::Unreadable:
      return "the old text can't be read by this account";
    case OldText::Hidden::NoFile:
    case OldText::Hidden::No:
      break;
  }
  return {};
}

ShownText compare_texts(const std::string& attribute, const OldText& before, const Value& after) {
  ShownText out{.attribute = attribute};
  if (after.is_text()) out.size = after.as_text().size();
  if (after.holds_secret()) {
    out.not_shown = "secret";
  } else if (const std::string why = why_hidden(before.hidden); !why.empty()) {
    out.not_shown = why;
  } else {
    const std::string_view old_text = before.text ? std::string_view(*before.text) : "";
    const std::string_view new_text = after.bytes();
    if (binary(old_text) || binary(new_text)) {
      out.not_shown = why_hidden(OldText::Hidden::Binary);
    } else if (old_text.size() > kLargestText || new_text.size() > kLargestText) {
      out.not_shown = why_hidden(OldText::Hidden::TooLarge);
    } else {
      out.diff = diff_texts(old_text, new_text);
    }
  }
  return out;
}

class Viewer {
 public:
  Viewer(const Declaration& declaration, const Row& row, const Registry& registry)
      : resource_(declaration.resource), row_(row) {
    const Kind* kind = registry.kind(resource_.kind);
    if (kind == nullptr) return;
    schema_ = &kind->schema();
    kind_ = kind;
    // What is replaced is another thing: what only the old one had, goes.
    if (row.change.action != Action::Replace || !row.change.before) return;
    const State desired = kind->desired(resource_);
    const State defaults = kind->creation_defaults(resource_);
    for (const auto& [name, value] : *row.change.before) {
      const Attribute* attribute = schema_->find(name);
      const bool computed = attribute != nullptr && attribute->computed;
      const bool stays = desired.find(name) != nullptr || defaults.find(name) != nullptr;
      if (!computed && !stays && !value.is_null()) lost_.push_back({name, value, {}});
    }
  }

  void fill(RowView& view) {
    if (schema_ == nullptr) return;
    for (const AttributeChange& change : row_.change.attributes) add(view, change);
    for (const AttributeChange& change : lost_) {
      if (row_.change.find(change.name) == nullptr) add(view, change);
    }
    for (const auto& [name, text] : row_.texts) {
      const bool listed = std::any_of(view.texts.begin(), view.texts.end(),
                                      [&](const ShownText& t) { return t.attribute == name; });
      if (!listed && !secret_attribute(resource_, *schema_, name)) {
        view.texts.push_back(compare_texts(name, text.before, text.after));
      }
    }
    if (hides_) view.reason = plain_reason();
    view.because = because(view.reason);
  }

 private:
  void add(RowView& view, const AttributeChange& change) {
    const Attribute* attribute = schema_->find(change.name);
    ShownAttribute shown{.name = change.name};
    shown.content = attribute != nullptr && attribute->content;
    shown.secret = is_secret(resource_, *schema_, change);
    shown.before = shown.secret ? hidden(change.before) : change.before;
    shown.after = shown.secret ? hidden(change.after) : change.after;
    if (shown.content && !shown.secret && private_text(change.name)) {
      shown.before = keyed(shown.before);
      shown.after = keyed(shown.after);
    }
    hides_ = hides_ || shown.secret;
    if (shown.content && !shown.secret) add_text(view, change);
    view.attributes.push_back(std::move(shown));
  }

  /// Whether others than root may not read what is there.
  bool private_text(const std::string& attribute) const {
    const auto known = row_.texts.find(attribute);
    if (known == row_.texts.end()) return row_.change.before.has_value();
    const OldText::Hidden hidden = known->second.before.hidden;
    return hidden != OldText::Hidden::No && hidden != OldText::Hidden::NoFile;
  }

  void add_text(RowView& view, const AttributeChange& change) {
    const auto known = row_.texts.find(change.name);
    if (known != row_.texts.end()) {
      view.texts.push_back(compare_texts(change.name, known->second.before, known->second.after));
      return;
    }
    const Value wanted = kind_->text(resource_, change.name);
    if (row_.change.action == Action::Create && wanted.is_text()) {
      view.texts.push_back(compare_texts(change.name, {}, wanted));
    }
  }

  /// Where an attribute is secret only by what surrounds it (`sensitive`), the plan's own reason
  /// may name its values.
  std::string plain_reason() const {
    if (row_.change.action != Action::Update && row_.change.action != Action::Replace) {
      return row_.change.reason;
    }
    std::vector<std::string> parts;
    for (const AttributeChange& change : row_.change.attributes) {
      parts.push_back(change.name + " differs");
    }
    std::string out = join(parts, ", ");
    const std::string due = because(row_.change.reason);
    return due.empty() ? out : out + "; " + due;
  }

  std::string because(const std::string& reason) const {
    const bool listed = !row_.change.attributes.empty() && (row_.change.action == Action::Update ||
                                                            row_.change.action == Action::Replace);
    if (!listed) return reason;
    if (!row_.change.restart_due && !row_.change.reload_due) return {};
    const auto at = reason.rfind(row_.change.restart_due ? "; restart" : "; reload");
    return at == std::string::npos ? "" : reason.substr(at + 2);
  }

  const Resource& resource_;
  const Row& row_;
  const Kind* kind_ = nullptr;
  const Schema* schema_ = nullptr;
  std::vector<AttributeChange> lost_;
  bool hides_ = false;
};

}  // namespace

Value masked(const Value& value) {
  if (value.is_secret()) return kSecretShown;
  if (value.is_list()) {
    ValueList out;
    for (const Value& item : value.as_list()) out.push_back(masked(item));
    return out;
  }
  if (!value.is_map()) return value;
  ValueMap out;
  for (const auto& [key, item] : value.as_map()) out.append(key, masked(item));
  return out;
}

bool is_change(Fate fate) {
  return fate == Fate::Create || fate == Fate::Update || fate == Fate::Replace ||
         fate == Fate::Delete || fate == Fate::Run;
}

Fate fate(const Declaration& declaration, const Row& row, const Registry& registry) {
  if (!row.selected) return Fate::LeftOut;
  if (row.refused) return Fate::Refused;
  if (row.unknown) return Fate::Unknown;
  if (row.change.action == Action::None || row.unasked)
    return row.adopt ? Fate::Adopt : Fate::Unchanged;
  if (only_asks(row)) return Fate::Check;
  const Kind* kind = registry.kind(declaration.resource.kind);
  if (kind != nullptr && runs_program(kind->schema())) return Fate::Run;
  switch (row.change.action) {
    case Action::Create:
      return Fate::Create;
    case Action::Replace:
      return Fate::Replace;
    case Action::Delete:
      return Fate::Delete;
    case Action::Run:
      return Fate::Run;
    case Action::Update:
    case Action::None:
      break;
  }
  return Fate::Update;
}

std::string_view fate_word(Fate fate) {
  static constexpr std::string_view kWords[] = {"left out", "unchanged", "adopt",  "create",
                                                "update",   "replace",   "delete", "run",
                                                "check",    "unknown",   "refused"};
  return kWords[static_cast<std::size_t>(fate)];
}

std::string_view standing_word(Standing standing) {
  static constexpr std::string_view kWords[] = {"same",  "new",  "pending",
                                                "drift", "both", "stranger"};
  return kWords[static_cast<std::size_t>(standing)];
}

RowView view_row(const Plan& plan, std::size_t index, const Registry& registry) {
  const Declaration& declaration = plan.declarations[index];
  const Row& row = plan.rows[index];
  RowView view{.host = declaration.host,
               .address = declaration.resource.address(),
               .kind = declaration.resource.kind,
               .name = declaration.resource.name,
               .fate = fate(declaration, row, registry),
               .reason = row.change.reason,
               .because = row.change.reason,
               .standing = row.standing,
               .effects = row.effects,
               .refused = row.refused,
               .audit = declaration.audit,
               .orphan = row.orphan};
  if (row.unknown) view.unknown = row.unknown->cause;
  Viewer(declaration, row, registry).fill(view);
  for (const PhasedStep& phased : row.steps) view.steps.push_back(describe(phased.step));
  for (const PhasedStep& phased : row.later) view.later.push_back(describe(phased.step));
  view.early = row.early;
  return view;
}

namespace {

bool host_changes(const Plan& plan, const std::string& host) {
  const auto rows = plan.rows_of(host);
  return std::any_of(rows.begin(), rows.end(),
                     [&](std::size_t row) { return plan.rows[row].changes(); });
}

std::string names(const std::vector<std::string>& all) {
  constexpr std::size_t kMost = 5;
  const std::size_t shown = std::min(all.size(), kMost);
  std::string out = join({all.begin(), all.begin() + static_cast<std::ptrdiff_t>(shown)}, ", ");
  if (shown < all.size()) out += " and " + std::to_string(all.size() - shown) + " more";
  return printable(out);
}

std::string own_note(const HostPlan& host, bool last) {
  if (host.own->id.empty()) {
    return "this run seems to work here itself, but its process can't be seen: what would end it "
           "can't be told";
  }
  std::string out = "this run works here itself";
  if (host.footing && !host.footing->unit.empty()) {
    out += ", in " + printable(host.footing->unit);
  }
  return out + (last ? ": this host comes last" : "");
}

}  // namespace

std::vector<std::string> own_notes(const Plan& plan, const HostPlan& host) {
  std::vector<std::string> out;
  if (host_changes(plan, host.host)) {
    const auto changing = [&](std::vector<std::string> all) {
      std::erase_if(all, [&](const std::string& name) { return !host_changes(plan, name); });
      return all;
    };
    const auto behind = changing(host.behind);
    if (!behind.empty()) {
      out.push_back(names(behind) + (behind.size() == 1 ? " is" : " are") +
                    " reached through this host, which comes after");
    }
    if (host.own) out.push_back(own_note(host, !changing(host.after).empty()));
  }
  if (host.footing && host.footing->contained && host.footing->worker_of.empty()) {
    out.emplace_back(
        "it works in a container: which service gave it its job can't be told; --under UNIT says "
        "it");
  }
  std::vector<std::string> unasked;
  for (const std::size_t row : plan.rows_of(host.host)) {
    if (plan.rows[row].unasked) unasked.push_back(plan.declarations[row].resource.address());
  }
  if (!unasked.empty()) {
    out.push_back("not asked now, because what it rests on starts anew later: " + names(unasked));
  }
  for (const std::size_t row : plan.rows_of(host.host)) {
    const std::string& run = plan.rows[row].left_by;
    if (run.empty()) continue;
    out.push_back("run " + printable(run) + " left the restart of " +
                  printable(plan.declarations[row].resource.address()) + " to holdfast-later-" +
                  printable(run) + ", which waits for the end of its job");
  }
  return out;
}

std::string guard_note(const Plan& plan, const HostPlan& host) {
  if (host.systemd || host.unreachable) return {};
  const auto rows = plan.rows_of(host.host);
  const bool acts = std::any_of(rows.begin(), rows.end(), [&](std::size_t index) {
    const Row& row = plan.rows[index];
    return row.selected && row.changes() && !row.only_asks() && !row.refused && !row.unknown &&
           !plan.declarations[index].audit;
  });
  return acts ? "no systemd here: the guard of the run is a plain process that nothing starts "
                "again; if the power fails in the middle of it, or the guard is killed and the "
                "controller lost, the host stays as it then is until `holdfast recover`"
              : "";
}

std::string alone_note(const EndedAlone& ended) {
  if (ended.by == "later" && ended.status == "failed") {
    return "what run " + printable(ended.run) +
           " left for later failed: journalctl -u holdfast-later-" + printable(ended.run);
  }
  const std::string why = ended.by == "later"  ? "what it had left for later failed"
                          : ended.by == "boot" ? "the host lost its power in the middle of it"
                                               : "nobody kept it alive";
  const std::string run = printable(ended.run);
  if (ended.status == "half-done") {
    return "run " + run + " was taken back by the host itself, but not whole (" + why +
           "): `holdfast recover` does the rest; there /var/lib/holdfast/runs/" + run +
           "/left says what";
  }
  return "run " + run + " was " + (ended.status == "done" ? "carried to its end" : "taken back") +
         " by the host itself: " + why;
}

bool record_lost(const HostPlan& host) {
  const bool seen = host.root || host.prepared;
  return host.stateless && !host.unreachable && seen && host.chain.number > 0;
}

std::string record_note(const Plan& plan, const HostPlan& host) {
  if (!host.stateless || host.unreachable) return {};
  if (!host.root && !host.prepared)
    return "its record can't be read (needs root): whose things are there is unknown";
  if (record_lost(host)) {
    return "no record on this host, though runs have ended here: state.json was removed, so "
           "whatever is there counts as a stranger (/var/lib/holdfast/runs/*/backup/state are "
           "older ones)";
  }
  const auto rows = plan.rows_of(host.host);
  const bool strangers = std::any_of(rows.begin(), rows.end(), [&](std::size_t row) {
    return plan.rows[row].changes() && plan.rows[row].standing == Standing::Stranger;
  });
  return strangers ? "no record on this host: what differs there counts as a stranger" : "";
}

}  // namespace holdfast
