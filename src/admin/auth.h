#pragma once
// Who may do what over HTTP (DESIGN §9). The admin.sock needs no token: its file mode decides.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/model.h"
#include "util/result.h"

namespace isochrone::admin {

enum class Right { Read, Change };

class Auth {
 public:
  // Reads the token files. An Error names the file.
  static Result<Auth> load(const config::AdminConfig& admin);

  // `authorization` is the header's value ("Bearer TOKEN" or empty). Reading needs no token where `loopback`.
  bool allows(Right right, std::string_view authorization, bool loopback) const;
  bool knows(std::string_view authorization) const;  // whatever it may do
  // The vantage that this token may write for, and read the plan of.
  std::optional<std::string> vantage(std::string_view authorization) const;
  // The region whose column this token may write.
  std::optional<std::string> region(std::string_view authorization) const;
  // The token's name, for the audit log.
  std::string name(std::string_view authorization) const;

 private:
  struct Token {
    config::AdminToken spec;
    std::string secret;
  };
  const Token* find(std::string_view authorization) const;
  std::vector<Token> tokens_;
};

}  // namespace isochrone::admin
