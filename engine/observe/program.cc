#include "engine/observe/program.h"

#include <algorithm>
#include <set>

#include "engine/core/text.h"

namespace holdfast {

std::string_view observe_sh();
std::string_view facts_sh();
std::string_view footing_sh();

namespace {

std::string function(const Collector& collector) {
  return "hf_c_" + collector.name() + "() {\n" + collector.shell() + "\n}\n";
}

std::string case_of(const std::string& name) {
  return "    " + name + ") hf_c_" + name + " \"$@\" ;;\n";
}

/// What a kernel surely takes as one program's arguments, with room for its environment: xargs'
/// own measure.
constexpr std::size_t kMostBytes = std::size_t{96} << 10;

}  // namespace

std::string observe_program(const Registry& registry) {
  std::string functions =
      std::string(observe_sh()) + std::string(footing_sh()) + std::string(facts_sh());
  std::vector<std::string> names{"machine", "facts", "sees", "footing"};
  for (const Collector* collector : registry.collectors()) {
    if (collector->runs_code()) continue;
    functions += function(*collector);
    names.push_back(collector->name());
  }
  // The only place where a name chooses a function, among those that are there.
  std::string cases;
  for (const std::string& name : names) cases += case_of(name);
  return std::string("hf_us='") + kUnitSeparator + "' hf_rs='" + kRecordSeparator + "'\n" +
         functions + "hf_collect() {\n  case $hf_name in\n" + cases +
         "    *) hf_more \"$@\" ;;\n  esac\n}\n"
         "hf_answer() {\n  hf_name=${1%%\"$hf_us\"*}\n  case $hf_name in\n"
         "    state) hf_say_state ;;\n"
         "    mark) hf_word=${1#*\"$hf_us\"}; hf_mark \"${hf_word%\"$hf_us\"}\" ;;\n    " +
         join(names, " | ") +
         ") hf_out=$(hf_ask \"$1\" 2>&1 </dev/null); hf_record \"$hf_name\" 0 \"$hf_out\" ;;\n"
         "    *) hf_out=$(hf_ask \"$1\" 2>&1 </dev/null); hf_record \"$hf_name\" $? "
         "\"$hf_out\" ;;\n"
         "  esac\n}\nhf_more() { return 127; }\n";
}

std::string code_program(const Registry& registry, const std::vector<Query>& queries) {
  std::set<std::string> wanted;
  for (const Query& query : queries) {
    const Collector* collector = registry.collector(query.collector);
    if (collector != nullptr && collector->runs_code()) wanted.insert(query.collector);
  }
  if (wanted.empty()) return {};
  std::string functions;
  std::string cases;
  for (const std::string& name : wanted) {
    functions += function(*registry.collector(name));
    cases += case_of(name);
  }
  return functions + "hf_more() {\n  case $hf_name in\n" + cases +
         "    *) return 127 ;;\n  esac\n}\n";
}

std::vector<Question> questions(std::vector<Query> queries) {
  std::sort(queries.begin(), queries.end());
  queries.erase(std::unique(queries.begin(), queries.end()), queries.end());
  std::vector<Question> out;
  for (Query& query : queries) {
    const bool fits = !out.empty() && out.back().collector == query.collector &&
                      out.back().bytes() + query.key.size() < kMostBytes;
    if (!fits) out.push_back({query.collector, {}});
    out.back().keys.push_back(std::move(query.key));
  }
  return out;
}

std::size_t Question::bytes() const {
  std::size_t out = keys.size();
  for (const std::string& key : keys) out += key.size();
  return out;
}

std::string encode(const std::vector<Question>& questions) {
  std::string out;
  for (const Question& question : questions) {
    if (question.beside_next) out += '+';
    out += question.collector + kUnitSeparator;
    for (const std::string& key : question.keys) out += key + kUnitSeparator;
    out += kRecordSeparator;
  }
  return out;
}

bool can_be_asked(const std::string& key) {
  return key.find_first_of({kUnitSeparator, kRecordSeparator, '\0'}) == std::string::npos;
}

}  // namespace holdfast
