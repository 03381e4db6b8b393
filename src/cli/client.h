#pragma once
// The CLI's side of the admin interface: HTTP over the node's state/admin.sock.

#include <string>

#include <nlohmann/json.hpp>

#include "util/result.h"

namespace isochrone::cli {

struct Reply {
  int status = 0;          // HTTP
  nlohmann::json body;

  bool ok() const { return status == 200; }
  std::string error() const { return body.is_object() ? body.value("error", "") : ""; }
};

class Client {
 public:
  // Finds the socket through the node's file. An Error says what is wrong with that file.
  static Result<Client> open(const std::string& config_file);

  // `path` with its query, escaped. An Error: the node cannot be reached, and what to look at.
  Result<Reply> get(const std::string& path) const;
  Result<Reply> post(const std::string& path, const nlohmann::json& body) const;

 private:
  explicit Client(std::string socket) : socket_(std::move(socket)) {}
  Result<Reply> ask(const std::string& path, const std::string* body) const;
  std::string socket_;
};

}  // namespace isochrone::cli
