#include "engine/report/quoted_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "engine/inventory/inventory.h"
#include "engine/report/error_text.h"
#include "tests/support/temp_folder.h"

namespace holdfast {
namespace {

using testing::HasSubstr;
using testing::Not;

/// The line whose mark is between ⟨ and ⟩, as it is shown, with its mark.
std::string shown(std::string text) {
  const std::size_t begin = text.find("⟨");
  text.erase(begin, std::string_view("⟨").size());
  const std::size_t end = text.find("⟩");
  text.erase(end, std::string_view("⟩").size());
  const std::size_t line = text.substr(0, begin).rfind('\n') + 1;  // npos + 1 is 0.
  const auto number = std::count(text.begin(), text.begin() + static_cast<long>(begin), '\n') + 1;
  const Position where{std::make_shared<const Source>(Source{"a.yaml", text}),
                       static_cast<int>(number), static_cast<int>(begin - line) + 1,
                       static_cast<int>(end - begin)};
  QuotedLine out = quoted_line(where);
  out.text.insert(std::min(out.column + out.length, out.text.size()), "⟩");
  out.text.insert(out.column, "⟨");
  return out.text;
}

TEST(QuotedLine, ShowsWhatIsMeant) {
  EXPECT_EQ(shown("    ⟨contnet⟩: \"hi there\"  # why"), "    ⟨contnet⟩: \"hi there\"  # why");
  EXPECT_EQ(shown("- run: cp a=b c=d ⟨/x⟩"), "- run: cp a=b c=d ⟨/x⟩");
  EXPECT_EQ(shown("  port: ⟨{{ http }}⟩"), "  port: ⟨{{ http }}⟩");
  EXPECT_EQ(shown("⟨key⟩: ssh-ed25519 AAAA"), "⟨key⟩: ssh-ed25519 AAAA");
}

TEST(QuotedLine, HidesWhatANameCallsASecret) {
  EXPECT_EQ(shown("    password: ⟨\"hunter2\"⟩"), "    password: ⟨(secret)⟩");
  EXPECT_EQ(shown("    ⟨pasword⟩: hunter2"), "    ⟨pasword⟩: (secret)");
  EXPECT_EQ(shown("⟨db_pass⟩: hun # ter: 2"), "⟨db_pass⟩: (secret)");
  EXPECT_EQ(shown("'api_key' : ⟨'hun''ter2'⟩"), "'api_key' : ⟨(secret)⟩");
  EXPECT_EQ(shown("password: hun⟨ter⟩: 2"), "password: ⟨(secret)⟩");
  EXPECT_EQ(shown("password: ⟨\"⟩hunter2"), "password: ⟨(secret)⟩");
  EXPECT_EQ(shown("password: \"hun\" ⟨ter2⟩"), "password: ⟨(secret)⟩");
  EXPECT_EQ(shown("⟨dsn⟩: \"host=db password=hunter2\""), "⟨dsn⟩: \"host=db password=(secret)\"");
  EXPECT_EQ(shown("⟨history⟩: postgres://ann:hun:ter2@db/x"),
            "⟨history⟩: postgres://ann:(secret)@db/x");
  EXPECT_EQ(shown("secrets: {⟨hedaer⟩: hunter2, x: \"hunter2\"}"),
            "secrets: {⟨hedaer⟩: (secret), x: (secret)}");
  EXPECT_EQ(shown("password: ⟨{hunter2⟩"), "password: ⟨(secret)⟩");
  EXPECT_EQ(shown("password: ⟨\"{{ nope }}\"⟩"), "password: ⟨\"{{ nope }}\"⟩");
  EXPECT_EQ(shown("⟨password⟩: {{ nope }}"), "⟨password⟩: {{ nope }}");
  EXPECT_EQ(shown("password: ⟨\"{{ 'hunter2' ~ }}\"⟩"), "password: ⟨(secret)⟩");
  EXPECT_EQ(shown("  proxy_pass http://⟨{{ nope }}⟩;"), "  proxy_pass http://⟨{{ nope }}⟩;");
  EXPECT_EQ(shown("⟨a⟩: 1  # the password is hunter2"), "⟨a⟩: 1  #…");
}

TEST(QuotedLine, OfSeveralValuesShowsTheOneThatIsMeant) {
  EXPECT_EQ(shown("- {user: bob, password: \"hunter2\", ⟨shel⟩: /bin/sh}"),
            "- {user: …, password: (secret), ⟨shel⟩: /bin/sh}");
  EXPECT_EQ(shown("with: {door: hunter2, ⟨prt⟩: 1}"), "with: {door: …, ⟨prt⟩: 1}");
  EXPECT_EQ(shown("allow: ⟨{⟩port: 22/tcp, log: true, from: \"{{ mon }}\", to: 10.0.0.1}"),
            "allow: ⟨{⟩port: …, log: true, from: \"{{ mon }}\", to: 10.0.0.1}");
  EXPECT_EQ(shown("{\"h1\":{\"door\":\"hunter2\",\"⟨port⟩\":\"x\"}}"),
            "{\"h1\":{\"door\":…,\"⟨port⟩\":\"x\"}}");
  EXPECT_EQ(shown("h1 ansible_host=10.0.0.1 door=hunter2 ⟨ansible_become_method⟩=su"),
            "h1 ansible_host=10.0.0.1 door=… ⟨ansible_become_method⟩=su");
  EXPECT_EQ(shown("h1 ansible_password=hunter2 ⟨port⟩=x"), "h1 ansible_password=(secret) ⟨port⟩=x");
  EXPECT_EQ(shown("h1 ansible_password= hun ⟨ter2⟩"), "h1 ansible_password= ⟨(secret)⟩");
}

TEST(QuotedLine, LooksAroundTheLine) {
  EXPECT_EQ(shown("- user: bob\n  password: |\n    hunter2⟨{{⟩"), "    ⟨(secret)⟩");
  EXPECT_EQ(shown("secrets:\n  header: ⟨hunter2⟩\n"), "  header: ⟨(secret)⟩");
  EXPECT_EQ(shown("tokens:\n- ⟨hunter2⟩\n"), "- ⟨(secret)⟩");
  EXPECT_EQ(shown("- token: x\n  ⟨prt⟩: 1\n"), "  ⟨prt⟩: 1");
  EXPECT_EQ(shown("inputs:\n  door:\n    type: secret\n    default: ⟨hunter2⟩\n"),
            "    default: ⟨(secret)⟩");
  EXPECT_EQ(shown("inputs:\n  door:\n    default: ⟨hunter2⟩\n  other:\n    type: secret\n"),
            "    default: ⟨hunter2⟩");
  EXPECT_EQ(shown("door: {type: secret, ⟨chek⟩: x, default: \"hunter2\"}"),
            "door: {type: secret, ⟨chek⟩: x, default: (secret)}");
}

TEST(QuotedLine, NoErrorOfAnInventoryShowsASecret) {
  const std::vector<std::string> wrong{
      "h1 ansible_host=h ansible_password=hunter2 ansible_become_method=su",
      "h1 ansible_password=hunter2 foo",
      "h1 ansible_password= hunter2",
      "h1 ansible_password='hunter2",
      "h1 ansible_password=\"[b'hunter2']\"",
      "h1 door=hunter2 ansible_port=x",
      "h1\n[all:vars]\nansible_password: hunter2",
      "h1\n[all:vars]\nansible_password=[b'hunter2']",
      "[web:children]\nansible_password hunter2",
      "h1 ansible_password hunter2",
  };
  const TempFolder folder;
  for (const std::string& text : wrong) {
    Diagnostics diagnostics;
    const Inventory inventory = load_inventory(folder.write("hosts", text + "\n"), diagnostics);
    if (const InventoryHost* host = inventory.host("h1"); !diagnostics.failed() && host) {
      auto settings = connection_settings(*host);
      ASSERT_FALSE(settings) << text;
      diagnostics.error(settings.error());
    }
    EXPECT_TRUE(diagnostics.failed()) << text;
    EXPECT_THAT(errors_text(diagnostics, false), Not(HasSubstr("hunter2"))) << text;
  }
}

TEST(QuotedLine, AnInventorysErrorMarksTheVariable) {
  const TempFolder folder;
  Diagnostics diagnostics;
  const Inventory inventory = load_inventory(
      folder.write("hosts", "h1 ansible_host=h ansible_become_method=su\n"), diagnostics);
  const auto settings = connection_settings(*inventory.host("h1"));
  ASSERT_FALSE(settings);
  EXPECT_THAT(error_text(settings.error(), false),
              HasSubstr("    1 | h1 ansible_host=h ansible_become_method=su\n      | " +
                        std::string(18, ' ') + "^" + std::string(20, '~') + "\n"));
}

}  // namespace
}  // namespace holdfast
