#include "cli/command.h"

#include <unistd.h>

#include <cstdlib>

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
