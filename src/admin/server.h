#pragma once
// The HTTP side: one listener on state/admin.sock for the CLI, one on `admin:` for Prometheus, browsers and probe
// workers. Each has a small pool of threads of its own; bodies, headers and times are limited.

#include <memory>
#include <string>

#include "admin/auth.h"
#include "admin/backend.h"
#include "config/model.h"
#include "util/result.h"

namespace isochrone::admin {

class Server {
 public:
  // The backend outlives the server.
  Server(const config::AdminConfig& config, std::string socket_path, Backend& backend);
  ~Server();

  // Binds both listeners and starts their threads. An Error names the address and the cause. A disk that takes no
  // admin.sock is none: socket_status() says so, and open_socket() tries again.
  Status start();
  Status socket_status() const { return socket_status_; }
  Status open_socket();  // no harm where it is open
  // The port bound, where `admin` asked for port 0; 0 without a listener.
  int port() const;
  void stop();

 private:
  struct Listener;
  Result<std::unique_ptr<Listener>> listen_on_address();

  config::AdminConfig config_;
  std::string socket_path_;
  Backend& backend_;
  Auth auth_;
  std::unique_ptr<Listener> socket_, address_;
  Status socket_status_;
};

}  // namespace isochrone::admin
