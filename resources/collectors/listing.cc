#include "engine/core/kind.h"
#include "engine/core/text.h"
#include "resources/collectors/output.h"

namespace holdfast {
namespace {

// Letters: d a folder, a absent, o something else, u not readable.
constexpr std::string_view kJudgeFolders = R"sh(
letters=
for p do
  if [ -L "$p" ]; then letter=o
  elif [ -d "$p" ]; then
    if [ -r "$p" ] && [ -x "$p" ]; then letter=d; printf '%s\0' "$p"; else letter=u; fi
  elif [ -e "$p" ]; then letter=o
  elif hidden "$p"; then letter=u
  else letter=a
  fi
  letters=$letters$letter
done
printf 's %s\n' "$letters" >&3
)sh";

// No more than 4 MiB of names: a folder with a million files must not fill the controller's memory.
constexpr std::string_view kListFolders =
    "sh -c 'find \"$@\" -mindepth 1 -maxdepth 1 -print0 2>/dev/null | QUOTING_STYLE=c xargs -0 -r "
    "stat -c \"%f %u %g %s %Y:%U:%G:%N\" -- 2>/dev/null | head -c 4194304; echo .' hf";

/// What lies directly in a folder: a list of {name, type}, by name. Null where there is no folder.
class ListingCollector final : public Collector {
 public:
  std::string name() const override { return "listing"; }
  std::string shell() const override {
    return judged(std::string(kHiddenFunction) + std::string(kJudgeFolders), kListFolders);
  }

  Result<std::vector<Value>> parse(const std::vector<std::string>& keys,
                                   std::string_view output) const override {
    HF_TRY(const Judged seen, read_judged("listing", keys.size(), output));
    std::map<std::string, std::map<std::string, std::string>> entries;
    bool cut = false;
    for (const std::string_view line : seen.found) {
      if (line.empty() || line == ".") continue;
      const auto read = read_stat_line(line);
      if (!read) {
        cut = true;
        continue;
      }
      const std::string parent = parent_path(read->name);
      const std::size_t skip = parent == "/" ? 1 : parent.size() + 1;
      entries[parent][read->name.substr(skip)] = read->attributes.find("type")->as_text();
    }
    std::vector<Value> out;
    for (std::size_t i = 0; i < keys.size(); ++i) {
      if (seen.letters[i] == 'u') {
        out.emplace_back(Unknown{kNeedsRoot});
      } else if (seen.letters[i] != 'd') {
        out.emplace_back();
      } else if (cut) {
        out.emplace_back(Unknown{"too many names to list, or names this host can't say"});
      } else {
        out.emplace_back(as_list(entries[keys[i]]));
      }
    }
    return out;
  }

 private:
  static Value as_list(const std::map<std::string, std::string>& entries) {
    ValueList list;
    for (const auto& [name, type] : entries) {
      ValueMap entry;
      entry.set("name", name);
      entry.set("type", type);
      list.emplace_back(std::move(entry));
    }
    return list;
  }
};

}  // namespace

std::unique_ptr<Collector> make_listing_collector() { return std::make_unique<ListingCollector>(); }

}  // namespace holdfast
