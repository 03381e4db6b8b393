#include "probe/link.h"

#include <fmt/format.h>

#include <algorithm>

#include "probe/reason.h"
#include "util/log.h"

namespace isochrone::probe {

Duration BackOff::take() {
  const Duration wait = std::exchange(next_, std::min(next_ * 2, longest_));
  return std::chrono::duration_cast<Duration>(wait * std::uniform_real_distribution<double>(0.5, 1)(random_));
}

void Trouble::set(std::string text) {
  if (text == text_) return;
  text_ = std::move(text);
  log::warning(what_ + " failed", {{"node", node_}, {"reason", text_}});
}

void Trouble::clear() {
  if (!text_.empty()) log::info(what_ + " works again", {{"node", node_}});
  text_.clear();
}

std::string explain(const ApiAnswer& answer, const char* act, const char* what, const std::string& name) {
  switch (answer.status) {
    case 0:
      return answer.error;
    case 401:
      return "401: the node does not know this token";
    case 403:
      return fmt::format("403: this token may not {0} as \"{1}\"; the node's admin.tokens must say {0}:{1}", act, name);
    case 404:
      return fmt::format("404: the node knows no {} \"{}\", or is no isochrone", what, name);
    default:
      return fmt::format("{}: {}", answer.status, printable(answer.body, 120));
  }
}

}  // namespace isochrone::probe
