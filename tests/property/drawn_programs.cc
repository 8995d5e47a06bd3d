#include "tests/property/maker.h"

namespace holdfast::property {

// What other programs read: on these hosts they don't run, but for logrotate, which judges.

void Maker::found(int start, const std::string& path, const std::string& text) {
  const std::string at = q(path);
  if (start % 4 == 0) return;
  shell(5, "printf %s " + q(text) + " >" + at);
  if (start % 4 == 2) shell(5, "chown plain:adm " + at + "; chmod 600 " + at);
  if (start % 4 == 3)
    shell(5, "setfacl -m u:plain:r " + at + "; setfattr -n user.note -v kept " + at);
}

void Maker::logrotate(const Item& item) {
  const std::string name = "hf-p" + std::to_string(item.slot);
  found(item.start, "/etc/logrotate.d/" + name, "/var/log/" + name + ".log {\n  weekly\n}\n");
  Json wanted{{"logrotate", name},
              {"paths", Json::array({"/var/log/" + name + "/*.log", "/var/log/" + name + "/a b"})},
              {"missingok", true},  // Else it refuses what isn't there.
              {"rotate", item.detail % 4}};
  switch (item.wish % 6) {
    case 1:
      wanted["frequency"] = one_of(std::array{"daily", "weekly", "monthly"}, item.detail);
      wanted["maxsize"] = "50MiB";
      break;
    case 2:
      wanted["size"] = "1MiB";
      wanted["compress"] = item.other % 2 == 0;
      break;
    case 3:
      wanted["create"] = {
          {"mode", "0640"}, {"owner", owner_of(item.detail)}, {"group", group_of(item.other)}};
      break;
    case 4:
      wanted["su"] = {{"user", "root"}, {"group", group_of(item.other)}};
      wanted["postrotate"] = "echo \"it's $1\" >/dev/null\n";
      wanted["options"] = Json::array({"shred", "start 0"});
      break;
    case 5:
      wanted = {{"logrotate", name}, {"ensure", "absent"}};
      break;
    default:
      break;
  }
  add(wanted);
}

void Maker::docker_daemon(const Item& item) {
  const bool stands_in = item.slot == 1;  // A service in the daemon's place; else there is none.
  const std::string folder = stands_in ? "/etc/hf-p-docker" : "/etc/docker";
  const std::string file = folder + "/daemon.json";
  if (item.start % 5 != 0) shell(4, "mkdir " + folder);
  if (item.start % 5 == 4) {
    shell(5, ": >" + file);
  } else {
    found(item.start % 5, file,
          "{\n    \"debug\": true,\n    \"log-opts\": {\"tag\": \"x\", \"max-size\": \"5m\"}\n}\n");
  }
  if (stands_in) {
    reload_ = true;
    shell(6,
          "printf '[Service]\\nExecStart=/bin/sleep infinity\\nExecReload=/bin/true\\n' "
          ">/etc/systemd/system/hf-pd.service");
    if (item.other % 3 != 0) shell(10, "systemctl -q start hf-pd.service");
  }
  Json wanted{{"docker_daemon", stands_in ? "hf-pd" : "docker"}};
  if (stands_in) wanted["config"] = file;
  switch (item.wish % 5) {
    case 0:
      wanted["log_driver"] = "json-file";
      wanted["log_opts"] = {{"max-size", item.detail % 2 == 0 ? "5m" : "10m"}, {"max-file", "3"}};
      break;
    case 1:  // What a reload is enough for.
      wanted["debug"] = item.detail % 2 == 0;
      wanted["labels"] = Json::array({"a=it's"});
      break;
    case 2:
      wanted["default_ulimits"] = {{"nofile", {{"soft", 64000}, {"hard", 64000}}}};
      wanted["max_concurrent_downloads"] = 1 + item.detail % 3;
      break;
    case 3:
      wanted["settings"] = {
          {"default-address-pools",
           Json::array({Json{{"base", "10.200.0.0/16"}, {"size", 20 + item.detail % 5}}})}};
      wanted["remove"] = Json::array({"/debug", "/log-opts/tag"});
      break;
    default:
      wanted["remove"] = Json::array({"/log-opts"});
      wanted["live_restore"] = true;
      break;
  }
  add(wanted);
}

void Maker::grafana_provider(const Item& item) {
  const std::string name = "hf-p" + std::to_string(item.slot);
  const std::string folder = "/etc/grafana/provisioning/dashboards";
  shell(4, "mkdir -p " + folder);
  found(item.start, folder + "/" + name + ".yaml", "apiVersion: 1\nproviders: []\n");
  Json wanted{{"grafana_provider", name}, {"path", "/srv/p/dashboards"}};
  if (item.wish % 5 == 1) wanted["folder"] = "it's \"one\" \\ of them";
  if (item.wish % 5 == 2) {
    wanted["folder"] = "Own";
    wanted["folder_uid"] = "own";
  }
  if (item.wish % 5 == 3) wanted["allow_ui_updates"] = item.other % 2 == 0;
  if (item.detail % 2 == 1) wanted["interval"] = "30s";
  if (item.wish % 5 == 4) wanted = {{"grafana_provider", name}, {"ensure", "absent"}};
  add(wanted);
}

void Maker::grafana_dashboard(const Item& item) {
  const std::string name = "hf-p" + std::to_string(item.slot), folder = "/srv/p/dashboards";
  shell(4, "mkdir -p " + folder);
  found(item.start, folder + "/" + name + ".json", "{\"title\": \"old\"}\n");
  const Json model{{"title", one_of(std::array{"One", "it's \"$HOME\""}, item.detail)},
                   {"panels", Json::array({Json{{"type", "text"}, {"title", "Note"}}})}};
  Json wanted{{"grafana_dashboard", name}, {"path", folder}};
  if (item.wish % 4 == 3) {
    wanted["ensure"] = "absent";
  } else {
    wanted["content"] = model.dump(item.wish % 4 == 1 ? 2 : -1) + "\n";
  }
  add(wanted);
}

}  // namespace holdfast::property
