#include "resources/promql/uses.h"

namespace holdfast {

void add_metric_uses(std::string_view text, PromqlFrom from, const std::string& what,
                     const Position& where, const PlaceInQuery& exactly, Ends& ends) {
  for (MetricSelector& selector : read_promql(text, from).selectors) {
    MetricUse use;
    use.where = where;
    if (exactly) {
      use.exactly = [exactly, offset = selector.offset, length = selector.length] {
        return exactly(offset, length);
      };
    }
    use.what = what;
    use.metric = std::move(selector.name);
    use.matchers = std::move(selector.matchers);
    ends.uses.push_back(std::move(use));
  }
}

}  // namespace holdfast
