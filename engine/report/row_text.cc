#include "engine/report/row_text.h"

#include <array>

#include "engine/core/text.h"
#include "engine/report/ci_safe.h"
#include "engine/report/error_text.h"

namespace holdfast {
namespace {

constexpr const char* kDetail = "        ";  ///< Below the address.
/// Attributes of something new: a dashboard has hundreds, and none of them surprises.
constexpr std::size_t kMostOfNew = 24;

const char* symbol(Fate fate) {
  switch (fate) {
    case Fate::Create:
      return "  +";
    case Fate::Update:
      return "  ~";
    case Fate::Replace:
      return "-/+";
    case Fate::Delete:
      return "  -";
    case Fate::Run:
      return "  !";
    case Fate::Adopt:
      return "  =";
    case Fate::Unknown:
      return "  ?";
    case Fate::Refused:
      return "  x";
    case Fate::Check:
    case Fate::Unchanged:
    case Fate::LeftOut:
      break;
  }
  return "   ";
}

std::string inked(const Ink& ink, Fate fate, const std::string& text) {
  switch (fate) {
    case Fate::Create:
      return ink.green(text);
    case Fate::Update:
    case Fate::Run:
      return ink.yellow(text);
    case Fate::Replace:
    case Fate::Unknown:
      return ink.magenta(text);
    case Fate::Delete:
    case Fate::Refused:
      return ink.red(text);
    case Fate::Adopt:
      return ink.cyan(text);
    case Fate::Check:
    case Fate::Unchanged:
    case Fate::LeftOut:
      break;
  }
  return ink.dim(text);
}

std::string inked(const Ink& ink, const DiffLine& line, const std::string& text) {
  switch (line.mark) {
    case '+':
      return ink.green(text);
    case '-':
      return ink.red(text);
    case '@':
      return ink.cyan(text);
    case '\\':
      return ink.dim(text);
    default:
      return text;
  }
}

/// A row's text, put together piece by piece.
class RowText {
 public:
  RowText(const RowView& view, const Ink& ink, const PlanTextOptions& options)
      : view_(view), ink_(ink), options_(options) {}

  std::string text() {
    head();
    const bool acts = view_.fate == Fate::Run || view_.fate == Fate::Check;
    if (view_.fate == Fate::Unknown) {
      detail(ink_.magenta("not known yet: " + printable(view_.unknown)));
    } else if (view_.refused) {
      out_ += indented(error_text(*view_.refused, ink_.colour()), std::string_view(kDetail).size());
    } else if (!view_.because.empty() && !acts) {
      detail(ink_.dim(printable(view_.because)));
    }
    if (acts || options_.steps) steps(view_.fate == Fate::Check ? "asks: " : "runs: ");
    if (view_.fate != Fate::Unknown && !acts) attributes();
    effects();
    return out_;
  }

 private:
  void detail(const std::string& text) { out_ += kDetail + text + "\n"; }

  void head() {
    std::string word(fate_word(view_.fate));
    word.resize(std::max<std::size_t>(word.size(), 7), ' ');
    out_ +=
        inked(ink_, view_.fate,
              " " + std::string(symbol(view_.fate)) + " " + word + " " + printable(view_.address));
    const std::string tags = join(notes(), "; ");
    if (!tags.empty()) out_ += "  " + ink_.bold("[" + tags + "]");
    out_ += "\n";
  }

  std::vector<std::string> notes() const {
    std::vector<std::string> out;
    if (view_.audit) out.emplace_back("audit: shown, never applied");
    if (view_.orphan) out.emplace_back("orphan");
    if (view_.fate == Fate::Adopt) out.emplace_back("as wanted already; goes into the record");
    const std::string standing = standing_note(view_.standing, options_.drift);
    const bool lost = view_.fate == Fate::Refused && view_.standing == Standing::Drift;
    if ((is_change(view_.fate) || lost) && !standing.empty()) out.push_back(standing);
    if (view_.effects.privileged) out.emplace_back("privileged");
    if (view_.effects.one_way) out.emplace_back("one way");
    if (view_.early && is_change(view_.fate)) {
      out.emplace_back("before hosts that rest on it, though its host comes after them");
    }
    return out;
  }

  void attributes() {
    const bool brief = view_.fate == Fate::Create && !options_.steps;
    std::size_t told = 0;
    for (const ShownAttribute& attribute : view_.attributes) {
      const std::size_t left = view_.attributes.size() - told;
      if (brief && told++ >= kMostOfNew && left > 1) {
        detail(ink_.dim("… and " + std::to_string(left) + " more: -vv shows them"));
        break;
      }
      const ShownText* text = text_of(attribute.name);
      if (text == nullptr) {
        detail(attribute.name + ": " + change_of(attribute));
      } else {
        add_text(attribute, *text);
      }
    }
    for (const ShownText& text : view_.texts) {
      if (attribute_of(text.attribute) == nullptr) add_text({.name = text.attribute}, text);
    }
  }

  const ShownText* text_of(const std::string& name) const {
    for (const ShownText& text : view_.texts) {
      if (text.attribute == name) return &text;
    }
    return nullptr;
  }

  const ShownAttribute* attribute_of(const std::string& name) const {
    for (const ShownAttribute& attribute : view_.attributes) {
      if (attribute.name == name) return &attribute;
    }
    return nullptr;
  }

  std::string change_of(const ShownAttribute& attribute) const {
    if (attribute.before.is_null() && view_.fate == Fate::Create)
      return shown_value(attribute.after);
    std::string out = attribute.before.is_null() ? "not set" : shown_value(attribute.before);
    out +=
        ink_.dim(" -> ") + (attribute.after.is_null() ? "not set" : shown_value(attribute.after));
    return attribute.secret && !attribute.before.is_null() ? out + ", changed" : out;
  }

  void add_text(const ShownAttribute& attribute, const ShownText& text) {
    std::string line = attribute.name + ": ";
    if (!text.diff) {
      line += change_of(attribute);
      if (text.size) line += " (" + shown_size(*text.size) + ")";
      return detail(line + ink_.dim("  not shown: " + text.not_shown));
    }
    line += counted(text.diff->added, "line") + " added, " + std::to_string(text.diff->removed) +
            " removed";
    detail(line);
    const auto& all = text.diff->lines;
    const std::size_t shown = options_.diff_lines == 0 ? all.size() : options_.diff_lines;
    for (std::size_t i = 0; i < std::min(shown, all.size()); ++i) {
      const std::string mark = all[i].mark == '@' ? "" : std::string(1, all[i].mark);
      out_ += kDetail + std::string("  ") +
              inked(ink_, all[i], mark + printable_lines(all[i].text)) + "\n";
    }
    if (shown < all.size()) {
      detail(ink_.dim("  … " + counted(all.size() - shown, "more line") + ": -v shows all"));
    }
  }

  void effects() {
    for (const std::string& brings : view_.effects.brings) {
      detail(ink_.cyan("brings: ") + printable(brings));
    }
    if (!view_.later.empty()) {
      detail(ink_.cyan("later:  ") + printable(join(view_.later, "; ")) +
             ", once this run's job is over");
    }
    for (const std::string& reason : view_.effects.irreversible) {
      detail(ink_.red("! cannot be taken back: ") + printable(reason));
    }
    way_in();
    if (view_.effects.privileged) detail(ink_.red("! gives access or power"));
    if (view_.effects.one_way) {
      detail(ink_.yellow(
          "! one way: a rollback leaves it, unless it may open again what this closes"));
    }
  }

  void way_in() {
    if (!view_.effects.way_in) return;
    const std::string text = printable(way_in_text(*view_.effects.way_in));
    switch (view_.effects.way_in->verdict) {
      case WayIn::Verdict::Open:
        return detail(ink_.dim(text));
      case WayIn::Verdict::Unclear:
        return detail(ink_.yellow("? " + text));
      case WayIn::Verdict::Shut:
        return detail(ink_.red("! " + text));
    }
  }

  void steps(const char* verb) {
    for (const std::string& step : view_.steps) detail(ink_.dim(verb) + printable(step));
  }

  const RowView& view_;
  const Ink& ink_;
  const PlanTextOptions& options_;
  std::string out_;
};

}  // namespace

std::string shown_value(const Value& value) {
  const std::string text = printable(value.display());
  return text.empty() ? "\"\"" : text;
}

std::string way_in_text(const WayIn& way_in) {
  const std::string login = way_in.login.empty() ? "your login" : "your login, " + way_in.login;
  switch (way_in.verdict) {
    case WayIn::Verdict::Open:
      return "lets through " + login + ": " + way_in.why;
    case WayIn::Verdict::Shut:
      return "would drop " + login + ": " + way_in.why;
    case WayIn::Verdict::Unclear:
      break;
  }
  return "can't tell whether it lets through " + login + ": " + way_in.why;
}

std::string shown_size(std::size_t bytes) {
  if (bytes < 1024) return counted(bytes, "byte");
  static constexpr std::array<const char*, 3> kUnits = {" KiB", " MiB", " GiB"};
  std::size_t tenths = bytes * 10 / 1024;
  std::size_t unit = 0;
  while (tenths >= 10240 && unit + 1 < kUnits.size()) {
    tenths /= 1024;
    ++unit;
  }
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + kUnits.at(unit);
}

std::string standing_note(Standing standing, bool drift) {
  switch (standing) {
    case Standing::Drift:
      return "drift: somebody else changed this";
    case Standing::Both:
      return "drift and pending: somebody else changed this, and so did the manifest";
    case Standing::Stranger:
      return drift ? "no record: nobody can tell whose difference this is"
                   : "not in our record so far";
    case Standing::Pending:
      return drift ? "pending: the manifest changed" : "";
    case Standing::New:
      return drift ? "pending: never applied here" : "";
    case Standing::Same:
      break;
  }
  return {};
}

std::string row_text(const RowView& view, const Ink& ink, const PlanTextOptions& options) {
  return RowText(view, ink, options).text();
}

}  // namespace holdfast
