#pragma once

#include <string>

#include "engine/core/kind.h"

namespace holdfast {

/// A file whose text follows from what a resource states.
struct RenderedFile {
  std::string path{};
  std::string text{};
  std::string mode = "0644";  ///< It is root's.
  Argv validate{};            ///< As of WriteFile.
};

/// What the kinds share that write one such file of root's: it is compared by its text, owner and
/// mode, and judged by a program before it takes its place. What is stated is shown when it is new,
/// its text line by line when it changes.
class RenderedFileKind : public Kind {
 public:
  Links links(const Resource& resource) const override;
  std::vector<Query> queries(const Resource& resource) const override;
  State desired(const Resource& resource) const override;
  Result<std::optional<State>> read(const Resource& resource,
                                    const Answers& answers) const override;
  std::vector<PhasedStep> steps(const Resource& resource, const Change& change) const override;
  std::vector<std::string> missing(const Resource& resource, const Answers& answers) const override;
  std::map<std::string, std::string> text_paths(const Resource& resource) const override;
  Value text(const Resource& resource, std::string_view attribute) const override;

  /// The attributes `content`, `owner`, `group` and `mode`, which follow from the others.
  static std::vector<Attribute> with_file_attributes(std::vector<Attribute> own);

 protected:
  /// All that is stated is known.
  virtual RenderedFile file(const Resource& resource) const = 0;
  /// Where it lies, whatever else is known.
  virtual std::string path(const Resource& resource) const = 0;
};

}  // namespace holdfast
