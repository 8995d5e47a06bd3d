#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace holdfast {

/// A program of tests/fakes as a process of its own, for as long as this lives. It prints its
/// address when it is ready.
class StandInProcess {
 public:
  StandInProcess(const std::string& program, const std::vector<std::string>& arguments);
  ~StandInProcess();
  StandInProcess(const StandInProcess&) = delete;
  StandInProcess& operator=(const StandInProcess&) = delete;

  const std::string& url() const { return url_; }

 private:
  pid_t process_ = -1;
  std::string url_;
};

}  // namespace holdfast
