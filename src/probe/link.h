#pragma once
// Keeping at a node that may be away: how long to wait before the next try, and what to say of it. Loop's thread.

#include <random>
#include <string>
#include <utility>

#include "probe/api_client.h"
#include "util/duration.h"

namespace isochrone::probe {

// Doubles from half a second to `longest`; jittered downwards, so that a fleet of workers does not come back as one.
class BackOff {
 public:
  BackOff(std::mt19937& random, Duration longest) : random_(random), longest_(longest) {}
  void reset() { next_ = kFirst; }
  Duration take();

 private:
  static constexpr Duration kFirst = 500ms;
  std::mt19937& random_;
  Duration longest_;
  Duration next_ = kFirst;
};

// Said once when it begins or becomes another, and once when it is over.
class Trouble {
 public:
  // "reporting", "fetching the plan"
  Trouble(std::string what, std::string node) : what_(std::move(what)), node_(std::move(node)) {}
  void set(std::string text);
  void clear();
  const std::string& text() const { return text_; }  // empty: none

 private:
  std::string what_, node_, text_;
};

// Why a request was not taken: of who may "probe" as the "vantage" "tokyo".
std::string explain(const ApiAnswer& answer, const char* act, const char* what, const std::string& name);

}  // namespace isochrone::probe
