#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "engine/core/text.h"
#include "engine/manifest/manifest_set.h"

namespace holdfast {
namespace {

constexpr std::size_t kMaxNamed = 3;

/// "h1", "h1, h2 and h3", "h1, h2 and 8 more".
std::string listed(const std::vector<std::string>& hosts) {
  if (hosts.size() == 1) return printable(hosts[0]);
  const bool all = hosts.size() <= kMaxNamed;
  const std::size_t named = all ? hosts.size() - 1 : kMaxNamed - 1;
  const std::string last =
      all ? hosts.back() : std::to_string(hosts.size() - kMaxNamed + 1) + " more";
  return printable(join({hosts.begin(), hosts.begin() + static_cast<std::ptrdiff_t>(named)}, ", ") +
                   " and " + last);
}

using Place = std::tuple<std::size_t, std::string, int, int>;
using Mistake = std::tuple<Code, Place, std::string, std::string>;

Place place_of(const Error& error, const ProjectFiles& files) {
  return {files.order(error.where), error.where.source ? error.where.source->path : "",
          error.where.line, error.where.column};
}

/// What makes it the same as another host's: all but the names of the hosts.
Mistake mistake_of(const Error& error, const ProjectFiles& files) {
  const std::string rest = error.message.substr(error.hosts_at + error.hosts_length);
  return {error.code, place_of(error, files), error.message.substr(0, error.hosts_at), rest};
}

void add_hosts(Error& to, const std::vector<std::string>& hosts) {
  // What a look at the files found already is everybody's.
  if (to.hosts.empty() || hosts.empty()) return to.hosts.clear();
  for (const std::string& host : hosts) {
    if (std::find(to.hosts.begin(), to.hosts.end(), host) == to.hosts.end()) {
      to.hosts.push_back(host);
    }
  }
  if (to.hosts_length == 0) return;
  const std::string names = listed(to.hosts);
  to.message.replace(to.hosts_at, to.hosts_length, names);
  to.hosts_length = names.size();
}

std::vector<Error> in_order(const std::vector<Error>& known, const std::vector<Error>& found,
                            const ProjectFiles& files, std::size_t all_hosts) {
  std::vector<Error> out;
  std::map<Mistake, std::size_t> said;
  for (const auto* errors : {&known, &found}) {
    for (const Error& error : *errors) {
      const auto [first, fresh] = said.emplace(mistake_of(error, files), out.size());
      if (fresh) {
        out.push_back(error);
      } else {
        add_hosts(out[first->second], error.hosts);
      }
    }
  }
  // What is no YAML was read as some text: what follows from that is told by it.
  std::set<std::pair<std::string, int>> unreadable;
  for (const Error& error : out) {
    if (error.code == Code::YamlInvalid && error.where.known()) {
      unreadable.insert({error.where.source->path, error.where.line});
    }
  }
  std::erase_if(out, [&](const Error& error) {
    return error.code != Code::YamlInvalid && error.where.known() &&
           unreadable.count({error.where.source->path, error.where.line}) > 0;
  });
  for (Error& error : out) {
    const bool some = !error.hosts.empty() && error.hosts.size() < all_hosts;
    if (some && error.hosts_length == 0) error.notes.push_back({{}, "on " + listed(error.hosts)});
  }
  std::stable_sort(out.begin(), out.end(), [&](const Error& a, const Error& b) {
    return place_of(a, files) < place_of(b, files);
  });
  return out;
}

}  // namespace

void report_in_order(const Diagnostics& found, const ProjectFiles& files, Diagnostics& to,
                     std::size_t all_hosts) {
  to.replace(in_order(to.errors(), found.errors(), files, all_hosts),
             in_order(to.warnings(), found.warnings(), files, all_hosts));
}

}  // namespace holdfast
