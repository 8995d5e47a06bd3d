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
  for (const std::string& name : names) cases += "    " + name + ") hf_c_" + name + " ;;\n";
  return functions + "hf_collect() {\n  case $1 in\n" + cases +
         "    *) cat >/dev/null; return 127 ;;\n  esac\n}\n"
         "hf_observe() {\n  while read -r hf_name hf_bytes; do\n    case $hf_name in\n      end) "
         "break ;;\n"
         "      state) hf_say_state ;;\n"
         "      mark) hf_mark \"$hf_bytes\" ;;\n"
         "      beside) hf_beside $hf_bytes ;;\n      " +
         join(names, " | ") +
         ") hf_out=$(hf_keys | hf_collect \"$hf_name\" 2>&1); hf_record \"$hf_name\" 0 "
         "\"$hf_out\" ;;\n"
         "      *) hf_out=$(hf_keys | hf_more \"$hf_name\" 2>&1); hf_record "
         "\"$hf_name\" $? \"$hf_out\" ;;\n"
         "    esac\n  done\n}\n"
         "hf_more() { cat >/dev/null; return 127; }\n";
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
    cases += "    " + name + ") hf_c_" + name + " ;;\n";
  }
  return functions + "hf_more() {\n  case $1 in\n" + cases +
         "    *) cat >/dev/null; return 127 ;;\n  esac\n}\n";
}

std::vector<Question> questions(std::vector<Query> queries) {
  std::sort(queries.begin(), queries.end());
  queries.erase(std::unique(queries.begin(), queries.end()), queries.end());
  std::vector<Question> out;
  for (Query& query : queries) {
    if (out.empty() || out.back().collector != query.collector)
      out.push_back({query.collector, {}});
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
  std::string waiting;  // keys of the one whose line is still being written
  for (const Question& question : questions) {
    const std::string head = question.collector + " " + std::to_string(question.bytes());
    for (const std::string& key : question.keys) {
      waiting += key;
      waiting += '\0';
    }
    if (question.beside_next) {
      out += "beside " + head + " ";
      continue;
    }
    out += head + "\n" + waiting;
    waiting.clear();
  }
  return out + "end 0\n";
}

}  // namespace holdfast
