#pragma once
// Files that hold a secret: tokens of the admin interface and cookie secrets. Read here by `check` and by those who
// use them, so that what a start refuses `check` refuses too.

#include <string>
#include <string_view>
#include <vector>

#include "answer/snapshot.h"
#include "config/yaml.h"
#include "util/result.h"

namespace isochrone::config {

// The token in a file, without blanks and line ends behind it. An Error names the file and what was expected: at least
// 16 octets, no blank within (it travels as RFC 6750 §2.1 has it).
Result<std::string> read_token(const std::string& path);

// The same for a password of etcd's, which travels as JSON: UTF-8, or an Error.
Result<std::string> read_password(const std::string& path);

// RFC 9018 §5: a secret of 32 hexadecimal digits a line, at least one; the first signs, all verify. An Error names
// `path` and the line.
Result<std::vector<answer::CookieSecret>> parse_cookie_secrets(const std::string& path, std::string_view text);

// What a file with a secret must be: there, regular, not empty, closed to others (DESIGN §9). Faults are reported at
// `where`. Returns whether it may be read.
bool check_secret_file(const Node& where, const std::string& path);
// The same, and a token is in it, which is returned; "" where a fault was reported.
std::string check_token_file(const Node& where, const std::string& path);
// The same, with cookie secrets; one that is absent is fine: the node makes it.
void check_cookie_file(const Node& where, const std::string& path);

}  // namespace isochrone::config
