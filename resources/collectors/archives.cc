#include "engine/core/kind.h"
#include "engine/core/text.h"
#include "resources/collectors/output.h"

namespace holdfast {
namespace {

constexpr std::string_view kMark = ".holdfast-archive";

// A mark that its folder's owner exchanges for a FIFO holds this up for ten seconds. Nothing else
// of what is in it gets out than lines of this form.
constexpr std::string_view kFindMarks = R"sh(
  hf_lf='
'
  find "$@" -mindepth 1 -maxdepth 2 ! -path "*$hf_lf*" -name .holdfast-archive -type f \
    -exec stat -c "at %Y %n" -- {} + \
    -exec timeout 10 grep -sHE '^(sha256|owner|group|strip) [A-Za-z0-9._@-]+$' -- {} +
  echo end
)sh";

/// The archives that were unpacked to a folder, or to folders directly in it: by the folder's name,
/// "." for itself, {time, sha256, owner, group, strip} of the mark that each got. Unknown where
/// this account may not look.
class ArchivesCollector final : public Collector {
 public:
  std::string name() const override { return "archives"; }
  std::string shell() const override { return std::string(kFindMarks); }

  Result<std::vector<Value>> parse(const std::vector<std::string>& keys,
                                   std::string_view output) const override {
    std::vector<ValueMap> found(keys.size());
    bool ended = false;
    bool denied = false;
    for (const std::string_view line : lines(output)) {
      ended = line == "end";
      denied = denied || ends_with(line, "Permission denied");
      take(line, keys, found);
    }
    if (!ended) return fail(unreadable_answer("archives", "(cut short)"));
    std::vector<Value> out;
    for (ValueMap& one : found) {
      out.push_back(denied ? Value(Unknown{kNeedsRoot}) : Value(std::move(one)));
    }
    return out;
  }

 private:
  static void take(std::string_view line, const std::vector<std::string>& keys,
                   std::vector<ValueMap>& found) {
    std::string_view mark = line;
    std::string attribute = "time";
    Value value;
    if (starts_with(line, "at ")) {
      const auto space = line.find(' ', 3);
      const auto time = read_number(line.substr(3, space - 3));
      if (!time || space == std::string_view::npos) return;
      value = *time;
      mark = line.substr(space + 1);
    } else {
      const auto colon = line.rfind(':');
      const auto space = line.rfind(' ');
      if (colon == std::string_view::npos || space == std::string_view::npos || space < colon)
        return;
      attribute = line.substr(colon + 1, space - colon - 1);
      value = line.substr(space + 1);
      mark = line.substr(0, colon);
    }
    if (!ends_with(mark, std::string("/") + std::string(kMark))) return;
    const std::string folder = parent_path(mark);
    for (std::size_t i = 0; i < keys.size(); ++i) {
      if (folder == keys[i]) add(found[i], ".", attribute, value);
      if (parent_path(folder) != keys[i] || folder == keys[i]) continue;
      add(found[i], folder.substr(keys[i] == "/" ? 1 : keys[i].size() + 1), attribute, value);
    }
  }

  static void add(ValueMap& folders, const std::string& name, const std::string& attribute,
                  const Value& value) {
    const Value* known = folders.find(name);
    ValueMap entry = known == nullptr ? ValueMap() : known->as_map();
    entry.set(attribute, value);
    folders.set(name, std::move(entry));
  }
};

}  // namespace

std::unique_ptr<Collector> make_archives_collector() {
  return std::make_unique<ArchivesCollector>();
}

}  // namespace holdfast
