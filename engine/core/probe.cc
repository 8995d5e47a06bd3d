#include "engine/core/probe.h"

#include "engine/core/shell_quote.h"

namespace holdfast {
namespace {

/// What a Prometheus server is asked for.
struct About {
  std::string operator()(const std::monostate&) const { return "whether it has read its files"; }
  std::string operator()(const PrometheusQuestion::Query& query) const {
    return query.text + " (" + query.is + ")";
  }
  std::string operator()(const PrometheusQuestion::Job& job) const {
    return job.targets.empty() ? "whether job " + job.name + " is gone"
                               : "the targets of job " + job.name;
  }
  std::string operator()(const PrometheusQuestion::RuleFile& file) const {
    return file.groups.empty() ? "whether the rules of " + file.path + " are gone"
                               : "the rules of " + file.path;
  }
};

struct DescribeProbe {
  std::string operator()(const Probe::Http& s) const { return "ask " + s.url; }
  std::string operator()(const Probe::Tcp& s) const {
    return "connect to " + s.host + ":" + std::to_string(s.port);
  }
  std::string operator()(const Probe::Command& s) const { return "check " + shell_quote(s.argv); }
  std::string operator()(const Probe::Unit& s) const {
    return "check that " + s.name + " is " + s.state;
  }
  std::string operator()(const Probe::DiskFree& s) const {
    return "ask for room on the disk of " + shell_quote(s.path);
  }
  std::string operator()(const Probe::TlsExpiry& s) const {
    return "ask " + s.host + ":" + std::to_string(s.port) + ": certificates" +
           (s.name.empty() ? "" : " of " + s.name);
  }
  std::string operator()(const Probe::SecretExpiry& s) const {
    return s.path.empty() ? "look at the date " + s.date
                          : "look at " + s.field + " of " + shell_quote(s.path);
  }
  std::string operator()(const PrometheusQuestion& s) const {
    return "ask " + s.url + ": " + std::visit(About{}, s.about);
  }
  std::string operator()(const Probe::Remote& s) const {
    return "ask " + s.server.address + ": " + s.note;
  }
};

}  // namespace

std::string describe(const Probe& probe) { return std::visit(DescribeProbe{}, probe.ask); }

}  // namespace holdfast
