#include "cli/command.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>

#include "util/problem.h"
#include "util/utf8.h"

namespace isochrone::cli {

namespace {

constexpr const char* kHere = "isochrone.yaml";
constexpr const char* kSystem = "/etc/isochrone/isochrone.yaml";

}  // namespace

std::string Program::config_file() const {
  if (!config.empty()) return config;
  if (access(kHere, F_OK) == 0 || access(kSystem, F_OK) != 0) return kHere;
  return kSystem;
}

std::string Program::unknown_command(const std::string& word) const {
  if (word.empty() || word.front() == '-') return {};
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) names.push_back(command->get_name());
  if (std::find(names.begin(), names.end(), word) != names.end()) return {};
  const std::string fault = with_suggestion("there is no command '" + on_one_line(word) + "'", word, {names.begin(), names.end()});
  return fault + "\nRun with --help for the list of them.";
}

bool is_written_out() {
  errno = 0;
  if (std::cout.flush() && std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return true;
  // What failed before, in the midst of it, left a mark but no reason: the next octet fails for the same one.
  const bool is_known = errno != 0 || ::write(STDOUT_FILENO, "\n", 1) < 0;
  if (is_known && errno == EPIPE) return true;
  std::cerr << "the output cannot be written: " << (is_known ? std::strerror(errno) : "a part of it is lost") << "\n";
  return false;
}

std::string operator_name() {
  const char* user = std::getenv("SUDO_USER");
  if (!user) user = std::getenv("USER");
  return user ? user : "uid " + std::to_string(getuid());
}

CLI::App* add_command(Program& program, const char* name, const char* help) {
  CLI::App* command = program.app.add_subcommand(name, help);
  command->add_option("-c,--config", program.config,
                      "the node's file (default: ./isochrone.yaml, then /etc/isochrone/isochrone.yaml)");
  return command;
}

}  // namespace isochrone::cli
