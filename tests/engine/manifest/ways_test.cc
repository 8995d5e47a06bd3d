#include "engine/manifest/ways.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/inventory/builder.h"
#include "tests/support/temp_folder.h"

namespace holdfast {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

class Ways : public testing::Test {
 protected:
  void load(const std::string& inventory) {
    Diagnostics diagnostics;
    inventory_ = load_inventory(folder_.write("hosts.yaml", inventory), diagnostics);
    ASSERT_FALSE(diagnostics.failed()) << diagnostics.errors().front().message;
    render_ways(inventory_, {{"admin", "root"}}, "staging");
  }
  Result<ConnectionSettings> to(const std::string& host) const {
    return connection_settings(*inventory_.host(host));
  }

  TempFolder folder_;
  Inventory inventory_;
};

TEST_F(Ways, AreRenderedByTheHostsVariables) {
  load(
      "all:\n"
      "  vars:\n"
      "    ansible_host: \"{{ inventory_hostname }}.{{ domain }}\"\n"
      "    ansible_user: \"{{ admin }}\"\n"
      "    ansible_port: \"{{ ports[environment] }}\"\n"
      "    ansible_ssh_common_args: \"-J {{ hostvars['h2'].ansible_host }}\"\n"
      "    ansible_become: \"{{ ansible_user != 'root' }}\"\n"
      "    domain: example.org\n"
      "    admin: ann\n"
      "    ports: {staging: 2222}\n"
      "  hosts: {h1: , h2: {domain: \"{{ inventory_hostname }}.org\"}}\n");
  const auto got = to("h1");
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(got->address, "h1.example.org");
  EXPECT_EQ(to("h2")->address, "h2.h2.org");
  EXPECT_EQ(got->user, "root");
  EXPECT_EQ(got->port, 2222);
  EXPECT_EQ(got->proxy_jump, "h2.h2.org");
  EXPECT_FALSE(got->become);
}

TEST_F(Ways, APasswordStaysASecret) {
  load(
      "all: {hosts: {h1: {ansible_become_password: \"{{ vault_sudo }}\", vault_sudo: hunter2,\n"
      "  ansible_password: \"{{ pin }}\", pin: 1234, ansible_user: \"{{ ansible_password "
      "}}\"}}}\n");
  EXPECT_THAT(inventory_list_json(inventory_), Not(HasSubstr("ansible_password\": 1234")));
  const auto shown = to("h1");
  ASSERT_FALSE(shown);
  EXPECT_THAT(shown.error().message, Not(HasSubstr("1234")));
  InventoryBuilder::replace(inventory_, "h1", "ansible_user", {});
  const auto got = to("h1");
  ASSERT_TRUE(got) << got.error().message;
  ASSERT_TRUE(got->become_password->is_secret() && got->password->is_secret());
  EXPECT_EQ(got->become_password->bytes(), "hunter2");
  EXPECT_EQ(got->password->bytes(), "1234");
}

TEST_F(Ways, WhatHasNoValueIsToldOfTheHostAlone) {
  load(
      "all:\n"
      "  hosts:\n"
      "    h1: {ansible_host: \"{{ nope }}\"}\n"
      "    h2: {ansible_host: \"{{ facts.fqdn }}\"}\n"
      "    h3: {ansible_password: \"{{ 'hunter2' ~ }}\"}\n"
      "    h4: {ansible_user: \"{{ ansible_user }}\"}\n"
      "    h5: {ansible_host: \"{{ 'a' ~ 'b' }}\"}\n");
  EXPECT_EQ(to("h1").error().message, "ansible_host has no value: 'nope' is not defined on h1");
  EXPECT_THAT(to("h1").error().where.text(), EndsWith("hosts.yaml:3:10"));
  EXPECT_EQ(to("h2").error().message,
            "ansible_host has no value: nobody knows facts before the host is reached on h2");
  EXPECT_NE(to("h2").error().hint, "");
  EXPECT_EQ(to("h3").error().message,
            "ansible_password has no value: the expression of a secret is wrong on h3");
  EXPECT_THAT(to("h4").error().message, HasSubstr("refers to itself"));
  ASSERT_TRUE(to("h5"));
  EXPECT_EQ(to("h5")->address, "ab");
}

}  // namespace
}  // namespace holdfast
