#pragma once
// One file per command. Each adds its subcommand to the program; what it does is run after parsing.

#include <functional>
#include <string>

#include <CLI/CLI.hpp>

namespace isochrone::cli {

// Exit statuses of every command (DESIGN §9).
inline constexpr int kFine = 0;
inline constexpr int kProblem = 1;      // it ran, and found something wrong
inline constexpr int kCouldNotRun = 2;

struct Program {
  CLI::App app{"isochrone: an authoritative DNS server that answers with the nearest healthy gateway"};
  std::string config;                   // --config; empty: ./isochrone.yaml, then /etc/isochrone/isochrone.yaml
  std::function<int()> run;             // set by the subcommand that was chosen

  // The file to read: what --config says, else the first default that exists, else the first default.
  std::string config_file() const;
  // What is wrong with `word` as a command; "" where it is one, or an option, or nothing.
  std::string unknown_command(const std::string& word) const;
};

// Whether what was printed got out; where it did not, stderr says why. A reader that has seen enough (| head) is no fault.
bool is_written_out();

void add_serve(Program& program);
void add_check(Program& program);
void add_reload(Program& program);
void add_status(Program& program);
void add_explain(Program& program);
void add_drain(Program& program);
void add_undrain(Program& program);
void add_observe(Program& program);
void add_probe(Program& program);
void add_replay(Program& program);
void add_simulate(Program& program);
void add_push(Program& program);
void add_pull(Program& program);
void add_history(Program& program);
void add_rollback(Program& program);
void add_promote(Program& program);

// Who is at the terminal, for what is kept with a change: SUDO_USER, USER, else the uid.
std::string operator_name();

// A subcommand with the options all of them have.
CLI::App* add_command(Program& program, const char* name, const char* help);

}  // namespace isochrone::cli
