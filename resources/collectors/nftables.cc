#include "engine/core/kind.h"
#include "engine/core/shell_quote.h"
#include "engine/core/text.h"
#include "resources/collectors/output.h"

namespace holdfast {

std::string_view nftables_listing_sh();
std::string_view nftables_observe_sh();
std::string_view nftables_scratch_sh();

namespace {

/// A key is a line "LINES FILE FAMILY TABLE FAMILY TABLE …" and that many lines of text: what is
/// stated of these tables, and the file that keeps it on the host. Without tables: those that the
/// file states. The answer: {"tables": all that the kernel has, "files": all of ours on the host};
/// and where the kernel has just what is stated for all keys, {"same": true}, else {"now": a
/// listing of what the kernel has of the tables of all keys, "stated": the same form of the text,
/// and "json", or "errors": nft's words about the text; "kept": the same form of the file,
/// "states": its tables}. Null where there is no nft.
class NftablesCollector final : public Collector {
 public:
  std::string name() const override { return "nftables"; }

  std::string shell() const override {
    const std::string common(nftables_listing_sh());
    return common + "hf_nft_scratch=" + shell_quote(common + std::string(nftables_scratch_sh())) +
           "\n" + std::string(nftables_observe_sh());
  }

  Result<std::vector<Value>> parse(const std::vector<std::string>& keys,
                                   std::string_view output) const override {
    const std::string_view first = output.substr(0, output.find('\n'));
    if (first == "missing") return std::vector<Value>(keys.size());
    if (first == "hidden") return std::vector<Value>(keys.size(), Value(Unknown{kNeedsRoot}));
    Parts all;
    std::vector<Parts> parts;
    bool same = false;
    for (const std::string_view line : lines(output)) {
      same = same || line == "same";
      if (line == "includes") {
        return std::vector<Value>(keys.size(), Value(Unknown{"its text names files to include"}));
      }
      if (line == "key") parts.emplace_back();
      take(line, parts.empty() ? all : parts.back());
    }
    if (!same && parts.size() != keys.size()) {
      const std::vector<std::string_view> said = lines(output);
      return std::vector<Value>(keys.size(), no_network(said.empty() ? "" : said.back()));
    }
    std::vector<Value> out;
    for (std::size_t i = 0; i < keys.size(); ++i) {
      out.push_back(answer(all, same ? nullptr : &parts[i]));
    }
    return out;
  }

 private:
  struct Parts {
    ValueList tables, files, errors, states;
    std::string now, stated, kept, json;
    bool has_kept = false;
  };

  static void take(std::string_view line, Parts& parts) {
    const std::size_t space = line.find(' ');
    if (space == std::string_view::npos) return;
    const std::string_view word = line.substr(0, space);
    const std::string rest(line.substr(space + 1));
    if (word == "live") parts.tables.emplace_back(rest);
    if (word == "file") parts.files.emplace_back(rest);
    if (word == "error") parts.errors.emplace_back(rest);
    if (word == "states") parts.states.emplace_back(rest);
    if (word == "now") parts.now += rest + "\n";
    if (word == "stated") parts.stated += rest + "\n";
    if (word == "kept") parts.kept += rest + "\n";
    if (word == "json") parts.json += rest;
    parts.has_kept = parts.has_kept || word == "kept";
  }

  static Value no_network(std::string_view said) {
    ValueMap answer;
    answer.set("no_network", said);
    return answer;
  }

  static Value answer(const Parts& all, const Parts* own) {
    ValueMap out;
    out.set("tables", all.tables);
    out.set("files", all.files);
    out.set("same", own == nullptr);
    if (own == nullptr) return out;
    out.set("now", all.now);
    out.set("stated", own->stated);
    out.set("json", own->json);
    out.set("errors", own->errors);
    out.set("states", own->states);
    if (own->has_kept) out.set("kept", own->kept);
    return out;
  }
};

}  // namespace

std::unique_ptr<Collector> make_nftables_collector() {
  return std::make_unique<NftablesCollector>();
}

}  // namespace holdfast
