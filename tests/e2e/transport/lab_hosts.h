#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "engine/transport/shell.h"

namespace holdfast::lab {

/// A variable that test_transport.py sets; without it there is nothing to test against.
inline std::string variable(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr) {
    ADD_FAILURE() << name << " is not set: run tests/e2e/test_transport.py";
    return "";
  }
  return value;
}

inline std::string first_host() { return variable("HOLDFAST_LAB_H1"); }
inline std::string second_host() { return variable("HOLDFAST_LAB_H2"); }

inline Endpoint endpoint(const std::string& user, const std::string& address = first_host()) {
  return {.name = address,
          .address = address,
          .user = user,
          .identity_file = variable("HOLDFAST_LAB_KEY")};
}

inline ConnectPolicy policy() {
  return {.ssh_config = "none", .known_hosts = {variable("HOLDFAST_LAB_KNOWN_HOSTS")}};
}

inline Deadline within(int milliseconds) {
  return Clock::now() + std::chrono::milliseconds(milliseconds);
}

/// One answer of a fresh login: "id -un" as it came, or "HF4003 message".
inline std::string who(Dialer& dialer, const Endpoint& to, const Escalation& escalation = {}) {
  const auto said = [](const Error& error) { return code_text(error.code) + " " + error.message; };
  auto connection = dialer.dial(to);
  if (!connection) return said(connection.error());
  auto shell = Shell::start(**connection, escalation, within(20'000));
  if (!shell) return said(shell.error());
  auto answer = (*shell)->ask("hf_record who 0 \"$(id -un)\"", "", within(20'000));
  return answer ? answer->payload : said(answer.error());
}

/// A folder that goes with the test.
class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "holdfast-lab-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { std::filesystem::remove_all(path_); }
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(path_ / name) << text;
    return path_ / name;
  }
  std::string operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

inline std::string read_file(const std::string& path) {
  std::ostringstream out;
  out << std::ifstream(path).rdbuf();
  return out.str();
}

/// The lines of the lab's known_hosts that name `address`, as "TYPE KEY".
inline std::vector<std::string> keys_of(const std::string& address) {
  std::vector<std::string> out;
  std::istringstream lines(read_file(variable("HOLDFAST_LAB_KNOWN_HOSTS")));
  for (std::string names, type, key; lines >> names >> type >> key;) {
    if (("," + names + ",").find("," + address + ",") != std::string::npos)
      out.push_back(type + " " + key);
    std::getline(lines, names);
  }
  EXPECT_FALSE(out.empty()) << "no key of " << address;
  return out;
}

/// Runs a program of this machine that must work.
inline void run(const std::string& command) {
  ASSERT_EQ(std::system(command.c_str()), 0) << command;
}

}  // namespace holdfast::lab
