#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "engine/wiring/proof.h"

namespace holdfast {

/// What a running server is shown: series beside those of its own targets, that say what they are.
struct ProofStage {
  std::string mark;  ///< Of all of them.
  std::vector<ProofSeries> series{};
  int port = 0;      ///< Of the host's loopback, where they are to be had.
  int interval = 1;  ///< Seconds between two looks.
};

/// The label that every series of a proof has.
inline constexpr const char* kProofLabel = "holdfast_prove";

/// The mark of one try of an alert. @param mark  Of the whole proof.
std::string mark_of(const std::string& mark, std::size_t alert, std::size_t nth);

/// The series of a try as a running server may be shown them, best first: with the mark in their
/// own label and in every other one that neither the expression nor a route asks for, so that
/// people see it and nothing is put together with series of real targets; then with more and more
/// of what targets say.
std::vector<ProofTry> marked_tries(const Wiring& wiring, const ProofTry& made,
                                   const std::string& mark);

/// Whether an alert fires that shows its mark, as an expression.
std::string marked_firing(const Alert& alert, const ProofTry& marked, const std::string& mark);
/// Whether any alert fires that shows no mark, but for those that always do.
std::string unmarked_firing(const std::vector<ProofSeries>& series, const std::string& mark,
                            const std::set<std::string>& always);
/// Whether any of an alert's labels shows a mark.
bool shows_mark(const std::map<std::string, std::string>& labels, const std::string& mark);

/// Whether a route takes an alert of these labels, as far as its matchers can be read.
bool takes(const Route& route, const std::map<std::string, std::string>& labels);

}  // namespace holdfast
