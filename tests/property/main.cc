// Random manifests over all kinds that can be taken back, on one lab host with random beginnings:
// what the plan says is what changes, a second plan is empty, and a rollback leaves the host as it
// was. What fails is shrunk to the least that fails.
//
//   holdfast_property LAB HOST PROGRAM FOLDER COUNT    RC_PARAMS=seed=N repeats a run

#include <rapidcheck.h>

#include <cstdlib>
#include <iostream>
#include <map>
#include <stdexcept>

#include "tests/property/drawn.h"
#include "tests/property/judge.h"
#include "tests/property/lab_host.h"

namespace rc {

template <>
struct Arbitrary<holdfast::property::Item> {
  static Gen<holdfast::property::Item> arbitrary() {
    using holdfast::property::Item;
    // Kinds shrink to no other kind, slots to no other slot: an item that stays stays what it is.
    const auto kind = gen::noShrink(gen::elementOf(holdfast::property::kinds()));
    return gen::mapcat(kind, [](const std::string& name) {
      return gen::build<Item>(
          gen::set(&Item::kind, gen::just(name)),
          gen::set(&Item::slot, gen::noShrink(gen::inRange(0, holdfast::property::slots(name)))),
          gen::set(&Item::start, gen::inRange(0, 60)), gen::set(&Item::wish, gen::inRange(0, 840)),
          gen::set(&Item::detail, gen::inRange(0, 840)),
          gen::set(&Item::other, gen::inRange(0, 840)));
    });
  }
};

}  // namespace rc

namespace holdfast::property {

static void showValue(const Item& item, std::ostream& out) {
  out << item.kind << '-' << item.slot << " (" << item.start << ' ' << item.wish << ' '
      << item.detail << ' ' << item.other << ')';
}

namespace {

using Json = nlohmann::ordered_json;

/// As varied from the first case on as they ever get: a case costs seconds, so there is no time to
/// begin small.
rc::Gen<std::vector<Item>> items() {
  const auto whole = [](auto gen) { return rc::gen::resize(rc::kNominalSize, std::move(gen)); };
  return rc::gen::mapcat(whole(rc::gen::inRange(2, 13)), [whole](int most) {
    const auto unique = rc::gen::uniqueBy<std::vector<Item>>(
        whole(rc::gen::arbitrary<Item>()),
        [](const Item& item) { return item.kind + std::to_string(item.slot); });
    return rc::gen::nonEmpty(rc::gen::resize(most, unique));
  });
}

class Property {
 public:
  explicit Property(const LabHost& host) : host_(host) {}

  void check(const std::vector<Item>& items) {
    try {
      attempt(items);
    } catch (const std::exception& error) {
      tell(error.what());
      throw;
    }
  }

  const std::map<std::string, int>& counted() const { return counted_; }

 private:
  void attempt(const std::vector<Item>& items) {
    if (spoilt_) host_.reset();
    spoilt_ = true;
    const Case made = make_case(items);
    const std::string manifest =
        Json{{"manifest", "drawn"}, {"hosts", "lab"}, {"resources", made.resources}}.dump(1);
    RC_LOG() << "--- before\n" << made.prepare << "--- manifest\n" << manifest << "\n";
    host_.sh(clean_up() + made.prepare);
    host_.write_manifest(manifest);
    const std::string before = host_.snapshot();

    const Json plan = Json::parse(must({"plan", "--json"}).out);
    const Json& rows = plan.at("hosts").at(0).at("rows");
    must({"apply", "--yes", "--quiet"});
    const std::string after = host_.snapshot();
    std::string untrue;
    for (const std::string& lie : lies(rows, differences(before, after))) untrue += lie + "\n";
    expect("the plan and what changed differ", untrue);
    const Ended again =
        host_.holdfast({"plan", "--detailed-exitcode", "-i", "hosts.yaml", "site.yaml"});
    expect("the second plan is not empty", again.code == 0 ? "" : again.out + again.err);
    const bool changed = after != before;
    if (changed) must({"rollback", "--last", "--allow-reopen"});
    expect("the rollback left something", text_of(differences(before, host_.snapshot())));
    count(rows);
    spoilt_ = false;
  }

  Ended must(std::vector<std::string> arguments) {
    const bool rollback = arguments.front() == "rollback";
    arguments.insert(arguments.end(), {"-i", "hosts.yaml"});
    if (!rollback) arguments.emplace_back("site.yaml");
    Ended ended = host_.holdfast(arguments);
    expect(arguments.front() + " ended with " + std::to_string(ended.code),
           ended.code == 0 ? "" : ended.out + ended.err);
    return ended;
  }

  static void expect(const std::string& what, const std::string& wrong) {
    if (wrong.empty()) return;
    tell(what + ":\n" + wrong);
    RC_FAIL(what + ":\n" + wrong);
  }

  /// At once: of what fails now and then, the last attempt, which alone is shown, may go well.
  static void tell(const std::string& what) { std::cerr << "\n*** " << what << std::endl; }

  void count(const Json& rows) {
    if (++counted_["manifests"] % 25 == 0) {
      std::cerr << counted_["manifests"] << " manifests" << std::endl;
    }
    for (const Json& row : rows) {
      const std::string action = row.at("action");
      if (action != "unchanged") ++counted_[row.at("kind").get<std::string>() + " " + action];
    }
  }

  const LabHost& host_;
  bool spoilt_ = true;  ///< The host is not what clean_up() expects.
  std::map<std::string, int> counted_;
};

int run(int argc, char** argv) {
  if (argc != 6) {
    std::cerr << "usage: holdfast_property LAB HOST PROGRAM FOLDER COUNT\n";
    return 64;
  }
  const std::string params = std::getenv("RC_PARAMS") == nullptr ? "" : std::getenv("RC_PARAMS");
  setenv("RC_PARAMS", (params + " max_success=" + argv[5]).c_str(), 1);
  const LabHost host(argv[1], argv[2], argv[3], argv[4]);
  Property property(host);
  const bool holds = rc::check("a plan is what changes, and a rollback takes it back",
                               [&] { property.check(*items()); });
  for (const auto& [what, number] : property.counted()) std::cout << what << '\t' << number << '\n';
  return holds ? 0 : 1;
}

}  // namespace
}  // namespace holdfast::property

int main(int argc, char** argv) {
  try {
    return holdfast::property::run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
