#include "tests/property/maker.h"

namespace holdfast::property {
namespace {

constexpr std::array<const char*, 5> kTexts{"one\n", "two\nlines\n", "no end of line",
                                            "it's \"$HOME\" `id` \\ %s\n", "\n\n"};
const std::vector<std::string> kFiles{"/srv/p/plain",          "/etc/hf-p-file",  "/srv/p/a b'c",
                                      "/srv/p/$HOME",          "/srv/p/\xc3\xbc", "/srv/p/in/deep",
                                      "/home/plain/hf-p-file", "/srv/p/-x"};
const std::vector<std::string> kFolders{"/srv/p/in", "/srv/p/folder", "/etc/hf-p-folder",
                                        "/home/plain/hf-p-folder"};
const std::vector<std::string> kLinks{"/srv/p/link", "/etc/hf-p-link", "/srv/p/in/link",
                                      "/home/plain/hf-p-link"};

}  // namespace

void Maker::directory(const Item& item) {
  const std::string& path = kFolders[static_cast<std::size_t>(item.slot)];
  switch (item.start % 6) {
    case 1:
      shell(4, "mkdir " + path);
      break;
    case 2:
      shell(4, "mkdir -p " + path + "/sub/deeper; echo x >" + path + "/sub/deeper/x; echo y >" +
                   path + "/'a name'; echo z >" + path + "/z.keep");
      break;
    case 3:
      shell(4, "mkdir -m 700 " + path + "; chown plain " + path);
      break;
    case 4:
      shell(4, "mkdir " + path + "; chown root:adm " + path + "; chmod 2775 " + path);
      break;
    case 5:
      shell(4, "mkdir " + path + "; touch " + path + "/.hidden; ln -s /etc " + path +
                   "/to-etc; setfacl -m u:plain:rwx " + path);
      break;
    default:
      break;
  }
  Json wanted{{"directory", path}};
  switch (item.wish % 6) {
    case 1:
      wanted["mode"] = one_of(kModes, item.detail);
      break;
    case 2:
      wanted["owner"] = owner_of(item.detail);
      wanted["group"] = group_of(item.other);
      break;
    case 3:
      wanted["purge"] = true;
      break;
    case 4:
      wanted["purge"] = true;
      wanted["keep"] = Json::array({"*.keep", "s*"});
      break;
    case 5:
      wanted["ensure"] = "absent";
      break;
    default:
      break;
  }
  add(wanted);
}

void Maker::file(const Item& item) {
  std::string path = kFiles[static_cast<std::size_t>(item.slot)];
  if (item.slot == 5 && !inside_) path = "/srv/p/deep";
  // A file that is there before needs its folder before.
  const Item* folder = item.slot == 5 && inside_ ? find("directory", 0) : nullptr;
  const int start = folder != nullptr && folder->start % 6 == 0 ? 0 : item.start % 10;
  const std::string at = q(path);
  const std::string text = one_of(kTexts, item.other);
  switch (start) {
    case 1:
      shell(5, "echo old >" + at);
      break;
    case 2:
      shell(5, "echo old >" + at + "; chown plain:adm " + at + "; chmod 600 " + at);
      break;
    case 3:
      shell(5, "seq 40000 >" + at);
      break;
    case 4:
      shell(5, "printf 'a\\0b\\377' >" + at);
      break;
    case 5:
      shell(5, "echo old >" + at + "; setfacl -m u:plain:r " + at +
                   "; setfattr -n user.note -v kept " + at);
      break;
    case 6:
      shell(5, "ln -s /etc/hostname " + at);
      break;
    case 7:
      shell(5, "echo old >" + at + "; chmod 6755 " + at);
      break;
    case 8:
      shell(5, "echo old >" + at + "; ln " + at + " " + q(path + "-too"));
      break;
    case 9:
      shell(5, ": >" + at);
      break;
    default:
      break;
  }
  Json wanted{{"file", path}};
  const int wish = item.wish % 10;
  if (wish <= 2 || wish == 8 || (start == 6 && wish != 5)) wanted["content"] = text;
  if (wish == 1 || wish == 3) wanted["mode"] = one_of(kModes, item.detail);
  if (wish == 2 || wish == 4) wanted["owner"] = owner_of(item.detail);
  if (wish == 2) wanted["group"] = group_of(item.other);
  if (wish == 5) wanted["ensure"] = "absent";
  if (wish == 6) wanted["content"] = "";
  if (wish == 7) wanted["content"] = std::string(100000, 'x') + text;
  if (wish == 8) wanted["validate"] = Json::array({"test", "-f", "%s"});
  add(wanted);
}

void Maker::symlink(const Item& item) {
  if (item.slot == 2 && !inside_) return;
  const std::string& path = kLinks[static_cast<std::size_t>(item.slot)];
  const Item* folder = item.slot == 2 ? find("directory", 0) : nullptr;
  const int start = folder != nullptr && folder->start % 6 == 0 ? 0 : item.start % 4;
  if (start == 1) shell(5, "ln -s /etc/hostname " + path);
  if (start == 2) shell(5, "ln -s '../some where' " + path + "; chown -h plain:adm " + path);
  if (start == 3) shell(5, "echo a file >" + path);
  Json wanted{{"symlink", path}, {"target", "/etc/hostname"}};
  switch (item.wish % 5) {
    case 1:
      wanted["target"] = "../relative";
      break;
    case 2:
      wanted["target"] = "/no where/it's";
      break;
    case 3:
      wanted["owner"] = owner_of(item.detail);
      break;
    case 4:
      if (start != 3) wanted = {{"symlink", path}, {"ensure", "absent"}};
      break;
    default:
      break;
  }
  add(wanted);
}

void Maker::json_file(const Item& item) {
  const std::string path = "/etc/hf-p-" + std::to_string(item.slot) + ".json";
  switch (item.start % 4) {
    case 1:
      shell(5, "echo '{\"a\": {\"b\": 1, \"c\": [1, 2]}, \"gone\": true}' >" + path);
      break;
    case 2:
      shell(5, "printf '{\\n\\t\"a\": 1.50,\\n\\t\"z\": \"it is\"\\n}' >" + path + "; chmod 640 " +
                   path);
      break;
    case 3:
      shell(5, ": >" + path + "; chown plain " + path);
      break;
    default:
      break;
  }
  Json wanted{{"json_file", path}, {"set", {{"a", {{"b", item.detail % 3}}}, {"new", "it's"}}}};
  if (item.wish % 5 == 1) wanted["remove"] = Json::array({"/gone", "/a/c"});
  if (item.wish % 5 == 2) wanted["mode"] = one_of(kModes, item.detail);
  if (item.wish % 5 == 3) wanted["owner"] = owner_of(item.detail);
  if (item.wish % 5 == 4) wanted = {{"json_file", path}, {"ensure", "absent"}};
  add(wanted);
}

void Maker::command(const Item& item) {
  const std::string made = "/srv/p/made-" + std::to_string(item.slot);
  if (item.start % 2 == 1) shell(5, "echo made >" + made);
  Json wanted{{"command", "make " + std::to_string(item.slot)},
              {"undo", Json::array({"rm", "-f", made})}};
  if (item.wish % 2 == 0) {
    wanted["argv"] = Json::array({"touch", made});
    wanted["creates"] = made;
  } else {
    wanted["shell"] = "echo \"$TEXT\" >" + made;
    wanted["environment"] = {{"TEXT", "it's $HOME"}};
    wanted["unless"] = Json::array({"test", "-e", made});
  }
  add(wanted);
}

}  // namespace holdfast::property
