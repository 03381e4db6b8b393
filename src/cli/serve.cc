// isochrone serve: the node, in the foreground.

#include <malloc.h>

#include <cstdio>
#include <cstdlib>
#include <iostream>

#include "cli/command.h"
#include "config/load.h"
#include "node/node.h"
#include "util/log.h"

namespace isochrone::cli {

namespace {

struct ServeOptions {
  std::string level = "info";
  bool json = false;
};

// What a reload needs and frees is to go back to the system: left to itself, glibc raises this threshold with each large
// block that is freed, keeps later ones in its heaps, and these grow with every reload of a large table.
void give_large_blocks_back() { mallopt(M_MMAP_THRESHOLD, 1 << 20); }

log::Level level_of(const std::string& name) {
  if (name == "debug") return log::Level::Debug;
  if (name == "warning") return log::Level::Warning;
  return name == "error" ? log::Level::Error : log::Level::Info;
}

int serve(const Program& program, const ServeOptions& options) {
  log::setup(level_of(options.level), options.json ? log::Format::Json : log::Format::Text);
  Problems problems;
  auto config = config::load_node_config(program.config_file(), problems);
  std::cerr << problems.to_text();
  if (!config) return kCouldNotRun;
  if (config->listen.empty()) {
    std::cerr << config->file << ": no `listen`: this machine only measures; use isochrone probe\n";
    return kCouldNotRun;
  }
  give_large_blocks_back();
  node::Node node(std::move(*config));
  if (const Status started = node.start(); !started) {
    std::cerr << started.error().text << "\n";
    return kCouldNotRun;
  }
  if (node.run()) return kFine;
  // A load goes on, and all that is to be kept is written: neither the node nor libuv's threads are waited for.
  std::fflush(nullptr);
  std::_Exit(kFine);
}

}  // namespace

void add_serve(Program& program) {
  CLI::App* command = add_command(program, "serve", "answer queries and probe; stays in the foreground, logs to stderr");
  auto options = std::make_shared<ServeOptions>();
  command->add_option("--log-level", options->level, "least that is logged")
      ->check(CLI::IsMember({"debug", "info", "warning", "error"}))
      ->capture_default_str();
  command->add_flag("--log-json", options->json, "log as JSON, a line an event");
  command->callback([&program, options] { program.run = [&program, options] { return serve(program, *options); }; });
}

}  // namespace isochrone::cli
