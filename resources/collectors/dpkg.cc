#include <set>

#include "engine/core/kind.h"
#include "engine/core/text.h"

namespace holdfast {
namespace {

// Errors are held back and printed after: they would land in the middle of the lines otherwise. The
// last section names what came only because something else needed it.
constexpr std::string_view kShell = R"sh(
  if ! command -v dpkg-query >/dev/null 2>&1; then
    cat >/dev/null
    echo no-dpkg
  else
    { hf_err=$(xargs -0 -r dpkg-query -W -f='${Package}\t${Architecture}\t${Version}\t${db:Status-Abbrev}\n' -- 2>&1 >&3); } 3>&1
    printf 'errors\n%s\nauto\n' "$hf_err"
    [ ! -r /var/lib/apt/extended_states ] ||
      awk '/^Package: /{p=$2} /^Auto-Installed: 1/{print p}' /var/lib/apt/extended_states
  fi
)sh";

struct Row {
  std::string name, architecture, version, status;
};

/// What dpkg knows of packages: {version, status (three letters, "ii ", "hi ", "rc "), auto}. Null
/// for a package that it doesn't know; {missing: true} where the host has no dpkg.
class DpkgCollector final : public Collector {
 public:
  std::string name() const override { return "dpkg"; }
  std::string shell() const override { return std::string(kShell); }

  Result<std::vector<Value>> parse(const std::vector<std::string>& keys,
                                   std::string_view output) const override {
    if (trim(output) == "no-dpkg") {
      ValueMap missing;
      missing.set("missing", true);
      return std::vector<Value>(keys.size(), Value(std::move(missing)));
    }
    std::vector<Row> rows;
    std::set<std::string, std::less<>> automatic;
    enum class Section { Rows, Errors, Auto } section = Section::Rows;
    for (const std::string_view line : lines(output)) {
      if (line == "errors" || line == "auto") {
        section = line == "auto" ? Section::Auto : Section::Errors;
      } else if (section == Section::Auto) {
        automatic.emplace(line);
      } else if (section == Section::Errors) {
        HF_CHECK(take_error(line));
      } else {
        HF_TRY(Row row, take_row(line));
        rows.push_back(std::move(row));
      }
    }
    if (section != Section::Auto) return unreadable(output.substr(0, 200));
    std::vector<Value> out;
    out.reserve(keys.size());
    for (const std::string& key : keys) out.push_back(answer(key, rows, automatic));
    return out;
  }

 private:
  static tl::unexpected<Error> unreadable(std::string_view line) {
    return fail(Code::AnswerUnreadable, "dpkg-query: '" + printable(line) + "'");
  }

  static Result<void> take_error(std::string_view line) {
    if (line.empty() || starts_with(line, "dpkg-query: no packages found matching ")) return {};
    return unreadable(line);
  }

  static Result<Row> take_row(std::string_view line) {
    const auto fields = split(line, '\t');
    if (fields.size() != 4 || fields[3].size() < 2) return unreadable(line);
    return Row{std::string(fields[0]), std::string(fields[1]), std::string(fields[2]),
               std::string(fields[3])};
  }

  /// Of several architectures: the one that is asked for, else one that is installed.
  static Value answer(const std::string& key, const std::vector<Row>& rows,
                      const std::set<std::string, std::less<>>& automatic) {
    const std::size_t colon = key.find(':');
    const Row* best = nullptr;
    for (const Row& row : rows) {
      if (row.name != key.substr(0, colon)) continue;
      if (colon != std::string::npos && row.architecture != key.substr(colon + 1)) continue;
      if (best == nullptr || (best->status[1] != 'i' && row.status[1] == 'i')) best = &row;
    }
    if (best == nullptr || best->status[1] == 'n') return {};
    ValueMap out;
    out.set("version", best->version);
    out.set("status", best->status);
    out.set("auto", automatic.count(best->name) > 0);
    return out;
  }
};

}  // namespace

std::unique_ptr<Collector> make_dpkg_collector() { return std::make_unique<DpkgCollector>(); }

}  // namespace holdfast
