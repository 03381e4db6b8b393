#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>
#include <fstream>

#include "one_try.h"
#include "server.h"

namespace isochrone::probe::testing {
namespace {

using health::Failure;
using health::Kind;
using health::Outcome;

std::string script(const std::string& name, const std::string& text) {
  return write_file("exec/" + name, "#!/bin/sh\n" + text, 0755);
}

ProberConfig allowing(const std::string& program) {
  return {{std::filesystem::path(program).parent_path()}, 0, 0};
}

health::Target exec_target(std::vector<std::string> command) {
  health::Target target = target_on_loopback(Kind::Exec, 8443);
  target.spec.exec = std::move(command);
  target.spec.host = "gw.example";
  return target;
}

Outcome run(std::vector<std::string> command) {
  return one_try(exec_target(command), allowing(command.front()));
}

TEST(Exec, ExitStatusAndTheFirstLineSaid) {
  EXPECT_TRUE(run({script("ok", "exit 0")}).ok());
  const std::string program = script("bad", "echo; echo CRITICAL: disk full; echo more; exit 2");
  const Outcome outcome = run({program});
  EXPECT_EQ(outcome.failure, Failure::Exit);
  EXPECT_EQ(outcome.reason, program + " exited with 2: CRITICAL: disk full");
  EXPECT_EQ(outcome.code, 2);
  ASSERT_TRUE(outcome.evidence);
  EXPECT_EQ(outcome.evidence->first_octets, "\nCRITICAL: disk full\nmore\n");
}

TEST(Exec, ASignalIsSaid) {
  const std::string program = script("killed", "kill -TERM $$");
  EXPECT_EQ(run({program}).reason, program + " was ended by signal 15");
}

TEST(Exec, ArgumentsReachItWithoutAShellAndTheEnvironmentIsOurs) {
  ::setenv("SECRET_OF_THE_NODE", "x", 1);
  const std::string program = script("args", R"(
[ "$1" = '$(id); *' ] || { echo "argument $1"; exit 1; }
[ "$ISOCHRONE_ADDRESS/$ISOCHRONE_HOST/$ISOCHRONE_TIMEOUT_MS" = 127.0.0.1/gw.example/5000 ] || exit 2
[ -z "$SECRET_OF_THE_NODE" ] || exit 3
read line && exit 4
exit 0
)");
  const Outcome outcome = run({program, "$(id); *"});
  EXPECT_TRUE(outcome.ok()) << outcome.reason;
  ::unsetenv("SECRET_OF_THE_NODE");
}

TEST(Exec, OnlyFromTheFoldersAllowed) {
  const std::string inside = script("inside", "exit 0");
  const std::string outside = write_file("elsewhere/outside", "#!/bin/sh\nexit 0\n", 0755);
  const std::string link = std::filesystem::path(inside).parent_path() / "link";
  std::filesystem::create_symlink(outside, link);
  const std::string dots = std::filesystem::path(inside).parent_path() / "../elsewhere/outside";
  for (const std::string& program : {outside, link, dots, std::string("/bin/true")}) {
    const Outcome outcome = one_try(exec_target({program}), allowing(inside));
    EXPECT_EQ(outcome.failure, Failure::Local) << program;
    EXPECT_EQ(outcome.reason, fmt::format("exec: {} is in no folder that this machine's exec: allows", program));
  }
  EXPECT_EQ(one_try(exec_target({inside})).failure, Failure::Local);  // none allowed
  const std::string missing = inside + "-missing";
  EXPECT_EQ(run({missing}).reason, "exec: " + missing + ": No such file or directory");
}

TEST(Exec, AProgramThatCannotBeRunIsOurs) {
  const std::string program = write_file("exec/text", "no program\n", 0644);
  const Outcome outcome = run({program});
  EXPECT_EQ(outcome.failure, Failure::Local);
  EXPECT_EQ(outcome.reason, fmt::format("exec: cannot run {}: permission denied", program));
}

TEST(Exec, KilledWithItsChildrenAtTheTimeOut) {
  const std::string note = write_file("exec/pid", "");
  const std::string program = script("hangs", fmt::format("sleep 60 & echo $! > {}; wait", note));
  health::Target target = exec_target({program});
  target.spec.timeout = 500ms;
  const Outcome outcome = one_try(target, allowing(program));
  EXPECT_EQ(outcome.failure, Failure::Timeout);
  EXPECT_EQ(outcome.reason, program + " was killed: not finished within 500ms");
  pid_t child = 0;
  std::ifstream(note) >> child;
  ASSERT_GT(child, 0);
  // Its new parent may take a moment to bury it.
  std::string state = "?";
  for (int i = 0; i < 200 && ::kill(child, 0) == 0 && state != "Z"; ++i) {
    std::ifstream stat(fmt::format("/proc/{}/stat", child));
    std::string skipped;
    stat >> skipped >> skipped >> state;
    std::this_thread::sleep_for(10ms);
  }
  EXPECT_TRUE(::kill(child, 0) != 0 || state == "Z");
}

TEST(Exec, OutputWithoutEndHurtsNobody) {
  const std::string program = script("chatty", "yes | head -c 1000000; exit 1");
  EXPECT_EQ(run({program}).reason, program + " exited with 1: y");
}

}  // namespace
}  // namespace isochrone::probe::testing
