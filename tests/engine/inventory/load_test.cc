#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/inventory/inventory.h"
#include "tests/support/temp_folder.h"

namespace holdfast {
namespace {

using Names = std::vector<std::string>;
using testing::HasSubstr;

struct Loaded {
  Inventory inventory;
  Diagnostics diagnostics;
};

Loaded load(const std::string& path, bool trusted = false) {
  Loaded out;
  out.inventory = load_inventory(path, out.diagnostics, trusted);
  return out;
}

std::string shown(const Inventory& inventory, const std::string& host, const std::string& name) {
  const InventoryHost* found = inventory.host(host);
  if (found == nullptr) return "(no host)";
  const auto variable = found->variables.find(name);
  return variable == found->variables.end() ? "(none)" : variable->second.value.display();
}

TEST(LoadInventory, ReadsIniWithPlaces) {
  const TempFolder folder;
  const std::string path = folder.write("hosts",
                                        "# fleet\n"
                                        "[web]\n"
                                        "  w[1:2] port=80\n"
                                        "[web:vars]\n"
                                        "level=info\n");
  const Loaded got = load(path);
  ASSERT_FALSE(got.diagnostics.failed());
  ASSERT_EQ(got.inventory.hosts().size(), 2U);
  EXPECT_EQ(got.inventory.group("web")->hosts, (Names{"w1", "w2"}));
  EXPECT_EQ(got.inventory.host("w1")->where.text(), path + ":3:3");
  EXPECT_EQ(got.inventory.host("w2")->variables.at("level").where.text(), path + ":5:1");
  EXPECT_EQ(got.inventory.host("w2")->groups, Names{"web"});
  EXPECT_TRUE(got.inventory.host("w2")->variables.at("port").value.is_int());
}

TEST(LoadInventory, EveryWrongLineIsAnError) {
  const TempFolder folder;
  const std::string path = folder.write("hosts.prod",
                                        "[web:chidlren]\n"
                                        "h[1:] x=1\n"
                                        "h1 novalue\n"
                                        "[a b]\n"
                                        "[db:children]\n"
                                        "cache\n"
                                        "[lost:vars]\n"
                                        "x\n");
  const Loaded got = load(path);
  std::vector<std::string> places;
  for (const Error& error : got.diagnostics.errors()) {
    places.push_back(error.where.text().substr(path.size()) + " " + code_text(error.code));
  }
  EXPECT_THAT(places,
              testing::ElementsAre(":1:1 HF1101", ":2:1 HF1102", ":3:4 HF1101", ":4:1 HF1101",
                                   ":8:1 HF1101", ":6:1 HF1104", ":7:1 HF1104"));
  EXPECT_EQ(got.diagnostics.errors()[0].hint, "did you mean 'children'?");
}

TEST(LoadInventory, AGroupLoopIsShownWhole) {
  const TempFolder folder;
  const Loaded got =
      load(folder.write("hosts", "[a:children]\nb\n[b:children]\nc\n[c:children]\na\n"));
  ASSERT_EQ(got.diagnostics.errors().size(), 1U);
  const Error& error = got.diagnostics.errors()[0];
  EXPECT_EQ(error.code, Code::GroupLoop);
  EXPECT_THAT(error.message, HasSubstr(" > "));
  EXPECT_EQ(error.where.line, 6);
}

TEST(LoadInventory, PrecedenceIsAnsibles) {
  const TempFolder folder;
  folder.write("group_vars/all.yml", "b: all file\nc: all file\nd: all file\n");
  folder.write("group_vars/web.yaml", "c: web file\nd: web file\n");
  folder.write("host_vars/w1", "d: host file\n");
  const std::string path = folder.write("hosts.yml",
                                        "all:\n"
                                        "  vars: {a: all, b: all, c: all, d: all}\n"
                                        "web:\n"
                                        "  hosts: {w1: {d: host}}\n"
                                        "  vars: {a: web, b: web, c: web, d: web}\n");
  const Loaded got = load(path);
  ASSERT_FALSE(got.diagnostics.failed());
  EXPECT_EQ(shown(got.inventory, "w1", "a"), "web");
  EXPECT_EQ(shown(got.inventory, "w1", "b"), "all file");
  EXPECT_EQ(shown(got.inventory, "w1", "c"), "web file");
  EXPECT_EQ(shown(got.inventory, "w1", "d"), "host file");
  const Position& where = got.inventory.host("w1")->variables.at("d").where;
  EXPECT_THAT(where.text(), HasSubstr("host_vars/w1:1:1"));
  EXPECT_EQ(got.inventory.group("web")->variables.at("c").value, Value("web file"));
}

TEST(LoadInventory, PriorityAndDepthDecideBetweenGroups) {
  const TempFolder folder;
  const Loaded got = load(folder.write("hosts",
                                       "[a]\nh\n[b]\nh\n[c]\nh\n[top:children]\nc\n"
                                       "[a:vars]\nv=a\nansible_group_priority=9\n"
                                       "[b:vars]\nv=b\n[c:vars]\nw=c\n[top:vars]\nw=top\n"));
  ASSERT_FALSE(got.diagnostics.failed());
  EXPECT_EQ(got.inventory.host("h")->groups, (Names{"b", "top", "a", "c"}));
  EXPECT_EQ(shown(got.inventory, "h", "v"), "a");
  EXPECT_EQ(shown(got.inventory, "h", "w"), "c");
  EXPECT_EQ(got.inventory.group("c")->depth, 2);
  EXPECT_EQ(got.inventory.group("a")->priority, 9);
}

TEST(LoadInventory, AFolderIsReadInOrderWithoutItsOtherFiles) {
  const TempFolder folder;
  folder.write("inv/20", "[web]\nw1 v=20\n");
  folder.write("inv/10.yml", "web: {hosts: {w1: {v: 10, w: 10}}}\n");
  for (const char* name :
       {"old.ini", "README.md", "x~", ".git", "y.bak", "z.cfg", "vars_plugins"}) {
    folder.write(std::string("inv/") + name, "[[[\n");
  }
  folder.write("inv/group_vars/web", "from: beside\n");
  folder.write("inv/sub/hosts", "deep1\n");
  const Loaded got = load(folder.path() + "/inv");
  ASSERT_FALSE(got.diagnostics.failed()) << got.diagnostics.errors()[0].message;
  EXPECT_EQ(shown(got.inventory, "w1", "v"), "20");
  EXPECT_EQ(shown(got.inventory, "w1", "w"), "10");
  EXPECT_EQ(shown(got.inventory, "w1", "from"), "beside");
  EXPECT_EQ(got.inventory.members("ungrouped"), Names{"deep1"});
}

TEST(LoadInventory, RefusesWhatItCannotReadByName) {
  const TempFolder folder;
  const std::vector<std::tuple<std::string, std::string, Code>> cases{
      {"vault", "$ANSIBLE_VAULT;1.1;AES256\n31\n", Code::VaultUnsupported},
      {"value.yml", "all: {vars: {x: !vault 'abc'}}\n", Code::VaultUnsupported},
      {"value.json", R"({"all": {"vars": {"x": {"__ansible_vault": "abc"}}}})",
       Code::VaultUnsupported},
      {"plugin.yml", "plugin: amazon.aws.aws_ec2\n", Code::InventoryPluginUnsupported},
      {"tag.yml", "all: {vars: {x: !env HOME}}\n", Code::InventoryVariableInvalid},
      {"twice.yml", "web: {hosts: {a: }}\nweb: {hosts: {b: }}\n", Code::DuplicateKey},
      {"bytes", "h1 a=\xff\n", Code::NotUtf8},
      {"inv.toml", "[web.hosts]\nh1 = {}\n", Code::InventoryInvalid},
      {"unsafe.yml", "all: {vars: {x: !unsafe '{{ y }}'}}\n", Code::InventoryVariableInvalid},
  };
  for (const auto& [name, text, code] : cases) {
    const Loaded got = load(folder.write(name, text));
    ASSERT_EQ(got.diagnostics.errors().size(), 1U) << name;
    EXPECT_EQ(got.diagnostics.errors()[0].code, code) << got.diagnostics.errors()[0].message;
  }
  const Loaded missing = load(folder.path() + "/none");
  ASSERT_TRUE(missing.diagnostics.failed());
  EXPECT_EQ(missing.diagnostics.errors()[0].code, Code::FileUnreadable);
}

TEST(LoadInventory, YamlWarnsOfWhatItSkips) {
  const TempFolder folder;
  const Loaded got = load(folder.write("hosts.yml", "web:\n  host: {h1: }\ndb: text\n"));
  EXPECT_FALSE(got.diagnostics.failed());
  ASSERT_EQ(got.inventory.warnings().size(), 2U);
  EXPECT_EQ(got.inventory.warnings()[0].hint, "did you mean 'hosts'?");
  EXPECT_EQ(got.inventory.warnings()[1].where.line, 3);
}

TEST(LoadInventory, NamesMayStandForAFile) {
  const Loaded got = load("h1,[::1]:2222, h3");
  ASSERT_FALSE(got.diagnostics.failed());
  EXPECT_EQ(got.inventory.members("all"), (Names{"h1", "::1", "h3"}));
  EXPECT_EQ(shown(got.inventory, "::1", "ansible_port"), "2222");
}

TEST(LoadInventory, PasswordsBecomeSecrets) {
  const TempFolder folder;
  folder.write("group_vars/all", "ansible_become_pass: 1234\n");
  const Loaded got = load(
      folder.write("hosts", "h1 ansible_password=hunter2\nh2 ansible_password=\"{{ asked }}\"\n"));
  EXPECT_EQ(shown(got.inventory, "h1", "ansible_password"), "(secret)");
  EXPECT_EQ(shown(got.inventory, "h1", "ansible_become_pass"), "(secret)");
  EXPECT_EQ(shown(got.inventory, "h2", "ansible_password"), "{{ asked }}");
  EXPECT_EQ(inventory_list_json(got.inventory).find("hunter2"), std::string::npos);
}

TEST(LoadInventory, HostVariablesOfAHostNamedLikeAPathAreNotLookedFor) {
  const TempFolder folder;
  folder.write("secret.yml", "leaked: yes\n");
  const Loaded got = load(folder.write("inv/hosts", "../../secret x=1\n/etc/passwd\n"));
  ASSERT_FALSE(got.diagnostics.failed());
  EXPECT_EQ(shown(got.inventory, "../../secret", "leaked"), "(none)");
}

TEST(LoadInventory, WarnsOnceThatGroupVarsIsNoFolder) {
  const TempFolder folder;
  folder.write("group_vars", "x\n");
  const Loaded got = load(folder.write("hosts", "[web]\nh1\nh2\n"));
  ASSERT_EQ(got.inventory.warnings().size(), 1U);
  EXPECT_THAT(got.inventory.warnings()[0].message, HasSubstr("group_vars"));
}

TEST(LoadInventory, ErrorsOfAllVariableFilesComeAtOnce) {
  const TempFolder folder;
  folder.write("group_vars/web.yml", "a: [1\n");
  folder.write("group_vars/db.yml", "- list\n");
  folder.write("host_vars/h1.yml", "a: 1\n---\nb: 1\n");
  const Loaded got = load(folder.write("hosts", "[web]\nh1\n[db]\nh1\n"));
  EXPECT_EQ(got.diagnostics.errors().size(), 3U);
}

}  // namespace
}  // namespace holdfast
