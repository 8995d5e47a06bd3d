#include "engine/cli/heed.h"

#include <csignal>

namespace holdfast {
namespace {

std::atomic<int> signal_heard{0};

void on_signal(int number) { signal_heard = number; }

bool is_default(int number) {
  struct sigaction now {};
  return sigaction(number, nullptr, &now) == 0 && now.sa_handler == SIG_DFL;
}

}  // namespace

Heed::Heed() : watches_(is_default(SIGINT) && is_default(SIGTERM)) {
  if (!watches_) return;
  struct sigaction action {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESETHAND;
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

Heed::~Heed() {
  if (!watches_) return;
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
  if (const int number = signal_heard.load()) std::raise(number);
}

const std::atomic<int>& Heed::heard() { return signal_heard; }

}  // namespace holdfast
