#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/inventory/inventory.h"

namespace holdfast {
namespace {

InventoryHost host(const std::map<std::string, Value>& variables) {
  InventoryHost out{.name = "h1"};
  for (const auto& [name, value] : variables) out.variables[name] = Variable{value};
  return out;
}

TEST(Connection, TheNameIsTheAddress) {
  const auto got = connection_settings(host({}));
  ASSERT_TRUE(got);
  EXPECT_EQ(got->address, "h1");
  EXPECT_EQ(got->transport, "ssh");
  EXPECT_FALSE(got->port || got->user || got->proxy_jump || got->become || got->password);
  EXPECT_EQ(got->become_user, "root");
}

TEST(Connection, HonoursAnsiblesVariables) {
  const auto got = connection_settings(host({
      {"ansible_host", "10.0.0.9"},
      {"ansible_port", "2222"},
      {"ansible_user", "ann"},
      {"ansible_connection", "smart"},
      {"ansible_ssh_private_key_file", "~/.ssh/fleet"},
      {"ansible_ssh_common_args", "-o ProxyJump=jump -o User=ignored -o ServerAliveInterval=5"},
      {"ansible_become", "yes"},
      {"ansible_become_method", "sudo"},
      {"ansible_become_user", "admin"},
      {"ansible_become_flags", "-H -S -n"},
      {"ansible_become_pass", 1234},
      {"ansible_password", Secret("pw")},
      {"ansible_python_interpreter", "/usr/bin/python3"},
      {"ansible_ssh_pipelining", true},
      {"ansible_winrm_scheme", "http"},
      {"holdfast_host_key", "SHA256:" + std::string(43, 'a') + "="},
      {"environment", "production"},
  }));
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(got->address, "10.0.0.9");
  EXPECT_EQ(got->port, 2222);
  EXPECT_EQ(got->user, "ann");
  EXPECT_EQ(got->identity_file, "~/.ssh/fleet");
  EXPECT_EQ(got->proxy_jump, "jump");
  EXPECT_EQ(got->ssh_options, std::vector<std::string>{"ServerAliveInterval=5"});
  EXPECT_TRUE(got->become);
  EXPECT_EQ(got->become_user, "admin");
  ASSERT_TRUE(got->become_password && got->become_password->is_secret());
  EXPECT_EQ(got->become_password->bytes(), "1234");
  EXPECT_EQ(got->password->bytes(), "pw");
  EXPECT_EQ(got->host_key, "SHA256:" + std::string(43, 'a'));
}

TEST(Connection, FollowsAnsiblesOrder) {
  const auto got = connection_settings(host({{"ansible_host", "a"},
                                             {"ansible_ssh_host", "b"},
                                             {"ansible_user", "u"},
                                             {"ansible_ssh_user", Value{}},
                                             {"ansible_port", 1},
                                             {"ansible_ssh_args", "-p 2"},
                                             {"ansible_ssh_extra_args", "-p 3"}}));
  ASSERT_TRUE(got);
  EXPECT_EQ(got->address, "b");
  EXPECT_EQ(got->user, "u");
  EXPECT_EQ(got->port, 2);
}

TEST(Connection, LocalNeedsNoAddress) {
  InventoryHost machine = host({{"ansible_connection", "ansible.builtin.local"}});
  machine.name = "this machine";
  const auto got = connection_settings(machine);
  ASSERT_TRUE(got);
  EXPECT_EQ(got->transport, "local");
}

TEST(Connection, RefusesWhatWouldChangeTheWay) {
  const std::vector<std::pair<std::string, Value>> cases{
      {"ansible_connection", "docker"},
      {"ansible_connection", "winrm"},
      {"ansible_connection", "paramiko"},
      {"ansible_host_key_checking", false},
      {"ansible_ssh_host_key_checking", "no"},
      {"ansible_ssh_common_args", "-o StrictHostKeyChecking=no"},
      {"ansible_ssh_executable", "/opt/ssh"},
      {"ansible_shell_type", "powershell"},
      {"ansible_become_method", "su"},
      {"ansible_become_exe", "doas"},
      {"ansible_become_flags", "-i"},
      {"ansible_become_plugin", "x"},
      {"ansible_ssh_pkcs11_provider", "x"},
      {"ansible_ssh_usr", "typo"},
      {"ansible_sudo", true},
      {"holdfast_hostkey", "x"},
  };
  for (const auto& [name, value] : cases) {
    const auto got = connection_settings(host({{name, value}}));
    ASSERT_FALSE(got) << name;
    EXPECT_EQ(got.error().code, Code::ConnectionUnsupported) << name;
    EXPECT_NE(got.error().message.find(name), std::string::npos) << got.error().message;
  }
  EXPECT_THAT(connection_settings(host({{"ansible_ssh_usr", "x"}})).error().hint,
              testing::StartsWith("did you mean 'ansible_ssh_user'"));
}

TEST(Connection, RefusesWrongValues) {
  const std::vector<std::pair<std::string, Value>> cases{
      {"ansible_port", 0},
      {"ansible_port", 65536},
      {"ansible_port", "ssh"},
      {"ansible_host", "-oProxyCommand=x"},
      {"ansible_host", "a b"},
      {"ansible_host", "$(id)"},
      {"ansible_host", "{{ inventory_hostname }}"},
      {"ansible_host", ValueList{}},
      {"ansible_user", "-l"},
      {"ansible_user", "a;b"},
      {"ansible_become", "perhaps"},
      {"ansible_become_user", "a\nb"},
      {"ansible_ssh_extra_args", "-J 'a;b'"},
      {"ansible_ssh_extra_args", "-o 'x"},
      {"holdfast_host_key", "MD5:aa"},
      {"holdfast_host_key", "SHA256:short"},
  };
  for (const auto& [name, value] : cases) {
    const auto got = connection_settings(host({{name, value}}));
    ASSERT_FALSE(got) << name << " " << value.display();
    EXPECT_EQ(got.error().code, Code::ConnectionInvalid) << name;
  }
}

TEST(Connection, NoErrorShowsAPassword) {
  const auto got = connection_settings(
      host({{"ansible_password", Secret("hunter2")}, {"ansible_host", "bad host"}}));
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().message.find("hunter2"), std::string::npos);
}

}  // namespace
}  // namespace holdfast
