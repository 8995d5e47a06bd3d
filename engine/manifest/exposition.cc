#include "engine/manifest/exposition.h"

#include <algorithm>
#include <cctype>
#include <map>

#include "engine/core/text.h"

namespace holdfast {
namespace {

bool begins_name(char c, bool metric) {
  return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_' || (metric && c == ':');
}

/// How many bytes of a text are a name: of a metric, or of a label.
std::size_t name_length(std::string_view text, bool metric, bool pattern = false) {
  std::size_t i = 0;
  while (i < text.size()) {
    const bool digit = i > 0 && std::isdigit(static_cast<unsigned char>(text[i])) != 0;
    if (!begins_name(text[i], metric) && !digit && !(pattern && text[i] == '*')) break;
    ++i;
  }
  return i;
}

struct Sample {
  std::string name;
  std::vector<std::string> labels;
};

/// "name{label="value",…} 1": nullopt where it isn't one.
std::optional<Sample> read_sample(std::string_view line) {
  Sample out;
  const std::size_t length = name_length(line, true);
  if (length == 0) return std::nullopt;
  out.name = line.substr(0, length);
  line.remove_prefix(length);
  line = trim(line);
  if (starts_with(line, "{")) {
    line = trim(line.substr(1));
    while (!starts_with(line, "}")) {
      const std::size_t label = name_length(line, false);
      if (label == 0) return std::nullopt;
      out.labels.emplace_back(line.substr(0, label));
      line = trim(line.substr(label));
      if (!starts_with(line, "=")) return std::nullopt;
      line = trim(line.substr(1));
      if (!starts_with(line, "\"")) return std::nullopt;
      std::size_t end = 1;
      while (end < line.size() && line[end] != '"') end += line[end] == '\\' ? 2 : 1;
      if (end >= line.size()) return std::nullopt;
      line = trim(line.substr(end + 1));
      if (starts_with(line, ",")) {
        line = trim(line.substr(1));
      } else if (!starts_with(line, "}")) {
        return std::nullopt;
      }
    }
    line = trim(line.substr(1));
  }
  const std::string value = to_lower(line.substr(0, line.find_first_of(" \t")));
  const std::string_view digits = starts_with(value, "+") || starts_with(value, "-")
                                      ? std::string_view(value).substr(1)
                                      : std::string_view(value);
  const bool number =
      !digits.empty() &&
      (std::isdigit(static_cast<unsigned char>(digits[0])) != 0 || digits[0] == '.' ||
       digits == "nan" || digits == "inf" || digits == "infinity");
  return number ? std::optional(std::move(out)) : std::nullopt;
}

std::vector<std::string> stored_names(const std::string& name, const std::string& type) {
  if (type == "histogram") return {name + "_bucket", name + "_sum", name + "_count"};
  if (type == "summary") return {name, name + "_sum", name + "_count"};
  return {name};
}

class Exposition {
 public:
  Exposition(const std::shared_ptr<const Source>& source, Diagnostics& diagnostics)
      : source_(source), diagnostics_(diagnostics) {}

  std::vector<ExportedMetric> read() {
    for (const std::string_view line : lines(source_->text)) {
      ++line_;
      const std::string_view text = trim(line);
      if (starts_with(text, "#")) {
        comment(text);
      } else if (!text.empty()) {
        sample(text);
      }
    }
    for (const auto& [name, type] : types_) declared(name, type);
    return std::move(metrics_);
  }

 private:
  void wrong(const std::string& message, const std::string& hint) {
    diagnostics_.error({.code = Code::MetricsUnreadable,
                        .message = message,
                        .where = {source_, line_, 1, 1},
                        .hint = hint});
  }

  void comment(std::string_view text) {
    std::vector<std::string_view> words;
    for (const std::string_view word : split(text, ' ')) {
      if (!word.empty()) words.push_back(word);
    }
    if (words.size() < 4 || words[0] != "#" || words[1] != "TYPE") return;
    types_[std::string(words[2])] = std::string(words[3]);
  }

  void sample(std::string_view text) {
    const auto read = read_sample(text);
    if (!read) {
      return wrong("'" + printable(text.substr(0, 60)) + "' is no sample of a metric",
                   "such a file is what an exporter answers: curl http://HOST:PORT/metrics");
    }
    const auto type = types_.find(read->name);
    const bool histogram = type != types_.end() && type->second == "histogram";
    if (histogram) {
      wrong("'" + printable(read->name) + "' is a histogram, and has a sample of its own name",
            "the samples of a histogram are " + read->name +
                "_bucket, _sum and _count; a single "
                "value is a gauge");
    }
    const auto found = std::find_if(metrics_.begin(), metrics_.end(),
                                    [&](const auto& m) { return m.name == read->name; });
    ExportedMetric& metric =
        found != metrics_.end() ? *found : metrics_.emplace_back(ExportedMetric{read->name, true});
    for (const std::string& label : read->labels) {
      if (std::find(metric.labels.begin(), metric.labels.end(), label) == metric.labels.end()) {
        metric.labels.push_back(label);
      }
    }
  }

  /// A TYPE without samples: a metric that had nothing to say when the file was made.
  void declared(const std::string& name, const std::string& type) {
    const bool sampled = std::any_of(metrics_.begin(), metrics_.end(), [&](const auto& m) {
      return m.name == name || (starts_with(m.name, name + "_") && m.labels_known);
    });
    if (sampled) return;
    for (std::string& stored : stored_names(name, type)) metrics_.push_back({std::move(stored)});
  }

  std::shared_ptr<const Source> source_;
  Diagnostics& diagnostics_;
  int line_ = 0;
  std::map<std::string, std::string> types_;
  std::vector<ExportedMetric> metrics_;
};

}  // namespace

std::optional<ExportedMetric> parse_metric(std::string_view text) {
  text = trim(text);
  const std::size_t length = name_length(text, true, true);
  if (length == 0) return std::nullopt;
  ExportedMetric out{std::string(text.substr(0, length))};
  text = trim(text.substr(length));
  if (text.empty()) return out;
  if (!starts_with(text, "{") || !ends_with(text, "}")) return std::nullopt;
  out.labels_known = true;
  text = trim(text.substr(1, text.size() - 2));
  if (text.empty()) return out;
  for (const std::string_view part : split(text, ',')) {
    const std::string_view label = trim(part);
    if (label.empty() || name_length(label, false) != label.size()) return std::nullopt;
    out.labels.emplace_back(label);
  }
  return out;
}

std::vector<ExportedMetric> read_exposition(const std::shared_ptr<const Source>& source,
                                            Diagnostics& diagnostics) {
  return Exposition(source, diagnostics).read();
}

}  // namespace holdfast
