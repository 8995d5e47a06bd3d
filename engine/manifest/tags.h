#pragma once

#include <map>
#include <string>

#include "engine/core/error.h"
#include "engine/core/yaml.h"
#include "engine/manifest/files.h"
#include "engine/manifest/manifest.h"

namespace holdfast {

/// The only doors from a manifest to the controller: `!env`, `!file`, `!command`. Each answer is
/// asked for once a run.
class Tags {
 public:
  Tags(ProjectFiles& files, Trust trust) : files_(files), trust_(trust) {}

  /// Whether the node has a tag that is for us; YAML's own (`!!str`) aren't.
  static bool tagged(const YamlNode& node);
  /// Whether name and arguments are right. @errors HF2015.
  static Result<void> check(const YamlNode& node);
  /// A Secret, or a text where `secret: false` was said; Unknown where nothing may be asked.
  /// @errors HF2015 wrong use, HF2016 it can't be had, HF2017 HF2018 it needs trust.
  Result<Value> resolve(const YamlNode& node);

 private:
  Result<Value> environment(const YamlNode& node) const;
  Result<Value> file(const YamlNode& node);
  Result<Value> command(const YamlNode& node) const;

  ProjectFiles& files_;
  Trust trust_;
  std::map<const YamlNode*, Value> known_;
};

}  // namespace holdfast
