#pragma once
// The one thread that carries packets between the TUN devices and answers commands.

#include <map>
#include <string>
#include <vector>

#include "namespace.h"
#include "network.h"

namespace isochrone::lab {

// Runs until SIGTERM, SIGINT or SIGHUP, or the end of standard input, which is also where commands come from; their
// answers go to standard output. More commands may come over the stream socket `socket_path`, where it is not empty.
class Loop {
 public:
  Loop(Network& network, const std::vector<PlaceNamespace>& places);
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  Status listen(const std::string& socket_path);
  Status run();

 private:
  // Descriptors of epoll events: a place's TUN, or one of these.
  struct Talker {
    int out;
    std::string unfinished;  // what came after the last newline
  };

  void watch(int fd);
  void take_packets(size_t place);
  void release_due();
  void set_timer();
  void accept_talker();
  void hear(int fd);
  bool answer_lines(Talker& talker);

  Network& network_;
  const std::vector<PlaceNamespace>& places_;
  std::map<int, size_t> place_of_;  // TUN → place
  std::map<int, Talker> talkers_;   // input → who
  std::string socket_path_;
  int epoll_ = -1, timer_ = -1, signals_ = -1, listener_ = -1;
  Time timer_set_for_{};
  bool stopping_ = false;
};

}  // namespace isochrone::lab
