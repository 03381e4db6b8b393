#include "admin/server.h"

#include <httplib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <thread>
#include <type_traits>

#include <fmt/format.h>

#include "admin/connection.h"
#include "admin/routes.h"
#include "admin/strangers.h"
#include "admin/threads.h"
#include "probe/wire_json.h"
#include "util/log.h"

namespace isochrone::admin {

namespace {

constexpr size_t kThreads = 32;
constexpr mode_t kSocketMode = 0660;  // its owner and group
constexpr size_t kMostBody = probe::kMaxReportSize + (1 << 20);  // as it travels, with the sizes of its chunks

// Of a path that fits: see claim().
sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.c_str(), std::min(path.size(), sizeof address.sun_path - 1));
  return address;
}

// The path can be a socket's, and nobody listens there.
Status claim(const std::string& path) {
  const sockaddr_un address = address_of(path);
  if (path.size() >= sizeof address.sun_path)
    return fail(fmt::format("{}: too long for a socket's path ({} octets, {} at most); choose a shorter `state`", path,
                            path.size(), sizeof address.sun_path - 1));
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const bool taken = connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  close(fd);
  return taken ? fail(fmt::format("{}: another isochrone is running with this `state`", path)) : Status();
}

// RFC 9112 §6.3: a request that tells no length has no body. httplib would read until its sender hangs up.
void end_without_length(httplib::Request& request) {
  if (!request.has_header("Content-Length") && !request.has_header("Transfer-Encoding")) request.set_header("Content-Length", "0");
}

// A server whose connections and threads are bounded. One has a thread to itself until it ends, so it ends with its answer: seven probe
// workers that kept theirs open between two reports left no thread for anybody else. A handshake every five seconds costs less.
template <typename Base>
class Bounded : public Base {
 public:
  template <typename... Arguments>
  explicit Bounded(Arguments... arguments) : Base(arguments...) {
    this->new_task_queue = [this] { return new Threads(kThreads, [this] { strangers_.end_one(); }); };
  }

 private:
  SSL_CTX* tls() const {
    if constexpr (std::is_same_v<Base, httplib::SSLServer>) return this->ssl_context();
    else return nullptr;
  }
  bool process_and_close_socket(socket_t socket) override {
    Connection connection(socket, tls(), kMostBody, strangers_);
    bool closed = false;
    if (!connection.open() || !this->process_request(connection, true, closed, end_without_length)) return false;
    connection.finish();
    return true;
  }

  Strangers strangers_;
};

// httplib knows no Unix sockets, but takes a listening descriptor that is already there.
class UnixServer : public Bounded<httplib::Server> {
 public:
  Status bind(const std::string& path) {
    const sockaddr_un address = address_of(path);
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return fail(fmt::format("{}: {}", path, std::strerror(errno)));
    if (unlink(path.c_str()) != 0 && errno != ENOENT) {
      const int why = errno;
      close(fd);
      return fail(fmt::format("{}: what is there from before cannot be removed: {}", path, std::strerror(why)));
    }
    // Linux gives the file the socket's own mode, less the umask, which is every thread's: nobody slips in between bind and chmod.
    fchmod(fd, kSocketMode);
    const bool bound = ::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    if (!bound || chmod(path.c_str(), kSocketMode) != 0 || ::listen(fd, 64) != 0) {
      const int cause = errno;
      close(fd);
      return fail(fmt::format("{}: {}", path, std::strerror(cause)));
    }
    svr_sock_ = fd;
    return {};
  }
};

void limit(httplib::Server& server) {
  server.set_payload_max_length(probe::kMaxReportSize);
  server.set_tcp_nodelay(true);
  server.set_exception_handler([](const httplib::Request& request, httplib::Response& response, std::exception_ptr) {
    log::error("admin request failed", {{"path", request.path}});
    response.status = 500;
    response.set_content("{\"error\": \"internal error\"}\n", "application/json");
  });
}

}  // namespace

struct Server::Listener {
  std::unique_ptr<httplib::Server> http;  // bound
  int port;
  std::thread thread;

  Listener(std::unique_ptr<httplib::Server> bound, int bound_port) : http(std::move(bound)), port(bound_port) {}
  void run() {
    thread = std::thread([this] { http->listen_after_bind(); });
  }
  ~Listener() {
    // httplib closes its socket in stop(), and there only once it listens.
    if (!thread.joinable()) run();
    for (int i = 0; i < 1000 && !http->is_running(); ++i) std::this_thread::sleep_for(1ms);
    http->stop();
    thread.join();
  }
};

Server::Server(const config::AdminConfig& config, std::string socket_path, Backend& backend)
    : config_(config), socket_path_(std::move(socket_path)), backend_(backend) {}

Server::~Server() { stop(); }

Status Server::open_socket() {
  if (socket_) return {};
  auto http = std::make_unique<UnixServer>();
  limit(*http);
  add_routes(*http, backend_, auth_, {.local_socket = true, .loopback = true});
  socket_status_ = http->bind(socket_path_);
  if (!socket_status_) return socket_status_;
  socket_ = std::make_unique<Listener>(std::move(http), 0);
  socket_->run();
  return {};
}

Result<std::unique_ptr<Server::Listener>> Server::listen_on_address() {
  const Endpoint& at = *config_.listen;
  std::unique_ptr<httplib::Server> http;
  if (config_.tls_cert.empty()) {
    http = std::make_unique<Bounded<httplib::Server>>();
  } else {
    http = std::make_unique<Bounded<httplib::SSLServer>>(config_.tls_cert.c_str(), config_.tls_key.c_str());
    if (!http->is_valid())
      return fail(fmt::format("admin.tls: {} and {} are not a certificate and its key", config_.tls_cert, config_.tls_key));
  }
  limit(*http);
  add_routes(*http, backend_, auth_, {.local_socket = false, .loopback = is_loopback(at.address)});
  // httplib's own default is SO_REUSEPORT, with which two nodes would share a port silently.
  http->set_socket_options([](int fd) {
    const int on = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  });
  const std::string host = at.address.to_text();
  const int port = at.port == 0 ? http->bind_to_any_port(host) : http->bind_to_port(host, at.port) ? at.port : -1;
  if (port <= 0) return fail(fmt::format("admin: cannot listen on {}: {}", at.to_text(), std::strerror(errno)));
  return std::make_unique<Listener>(std::move(http), port);
}

Status Server::start() {
  auto auth = Auth::load(config_);
  if (!auth) return tl::unexpected(auth.error());
  auth_ = std::move(*auth);
  if (const Status claimed = claim(socket_path_); !claimed) return claimed;
  if (config_.listen) {
    auto on_address = listen_on_address();
    if (!on_address) return tl::unexpected(on_address.error());
    address_ = std::move(*on_address);
    address_->run();
  }
  open_socket();
  return {};
}

int Server::port() const { return address_ ? address_->port : 0; }

void Server::stop() {
  if (socket_) unlink(socket_path_.c_str());
  socket_.reset();
  address_.reset();
}

}  // namespace isochrone::admin
