#pragma once
// The CLI's side of the admin interface: HTTP over the node's state/admin.sock.

#include <string>

#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "util/duration.h"
#include "util/result.h"

namespace isochrone::cli {

struct Reply {
  int status = 0;          // HTTP
  nlohmann::json body;

  bool ok() const { return status == 200; }
  std::string error() const { return body.is_object() ? body.value("error", "") : ""; }
  // Of one that is not ok: 1 where the node understood what was asked and refused it (422), 2 where it did not or could not.
  int exit_status() const { return status == 422 ? kProblem : kCouldNotRun; }
};

// What a node may take long for, and how long.
struct Patience {
  Duration longest = 1min;
  const char* what = nullptr;  // told on stderr after some seconds: "waiting for " ...
};

class Client {
 public:
  // Finds the socket through the node's file. An Error says what is wrong with that file.
  static Result<Client> open(const std::string& config_file);

  // `path` with its query, escaped. An Error: the node cannot be reached or does not answer, and what to look at.
  Result<Reply> get(const std::string& path) const;
  Result<Reply> post(const std::string& path, const nlohmann::json& body, Patience patience = {}) const;

 private:
  explicit Client(std::string socket) : socket_(std::move(socket)) {}
  Result<Reply> ask(const std::string& path, const std::string* body, Patience patience) const;
  std::string socket_;
};

}  // namespace isochrone::cli
