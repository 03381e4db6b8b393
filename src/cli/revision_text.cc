#include "cli/revision_text.h"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <set>
#include <thread>

#include <fmt/format.h>

#include "cli/command.h"
#include "cli/impact_text.h"
#include "cli/say.h"
#include "cli/table.h"
#include "config/load.h"
#include "loop/clock.h"

namespace isochrone::cli {

namespace {

constexpr size_t kServicesShown = 20;
constexpr Duration kPatience = 10s;  // for nodes to load it; a million rows take three
constexpr Duration kLook = 50ms;
constexpr int kMostCommits = 3;

// diff of the two folders, straight to stdout; links are followed, so what stays on the nodes is compared by what is here.
void print_diff(const std::string& before, const std::string& after) {
  std::cout.flush();
  std::fflush(stdout);
  const pid_t child = fork();
  if (child == 0) {
    execlp("diff", "diff", "-ruN", "--", before.c_str(), after.c_str(), nullptr);
    _exit(2);
  }
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) < 0 || !WIFEXITED(status) || WEXITSTATUS(status) > 1) std::cerr << "the files could not be compared\n";
}

void print_services(const std::vector<cluster::ServiceChange>& changes) {
  if (!changes.empty()) say("{} service{} changed:\n", changes.size(), changes.size() == 1 ? " is" : "s are");
  for (size_t i = 0; i < changes.size() && i < kServicesShown; ++i)
    std::cout << "  " << changes[i].service << (changes[i].breaks.empty() ? "" : paint(" " + changes[i].breaks, Colour::Bad)) << "\n";
  if (changes.size() > kServicesShown) say("  … and {} more\n", changes.size() - kServicesShown);
}

// What nodes say of a revision. kFine: every node that is there serves it. kProblem: some node refuses it, or has not said so
// in time, or is `ahead` of it.
struct Heard {
  int status = kFine;
  std::optional<sync::NodeKey> ahead;
};

Heard wait_for_nodes(cluster::Pushing& pushing, const sync::RevisionHead& head) {
  const Time start = loop::now();
  std::set<std::string> told;
  for (;;) {
    const auto nodes = pushing.nodes();
    const auto took = loop::now() - start;
    size_t missing = 0, refused = 0;
    if (nodes)
      for (const sync::NodeKey& node : *nodes) {
        // Else somebody pushed meanwhile, and the node has that already.
        if (cluster::is_ahead(node, head) && pushing.is_in_force(head).value_or(false)) return {kProblem, node};
        const bool serves = node.revision >= head.number, refuses = !serves && node.refused >= head.number;
        missing += !serves && !refuses;
        refused += refuses;
        if (!(serves || refuses) || !told.insert(node.node).second) continue;
        if (serves) say("  {} serves it after {:.2f} s\n", node.node, to_seconds(took));
        else std::cout << "  " << node.node << paint(" refuses it: " + node.fault, Colour::Bad) << "\n";
      }
    if (nodes && missing == 0) return {refused == 0 ? kFine : kProblem, std::nullopt};
    if (took > kPatience) return std::cerr << fmt::format("{} nodes have not said that they serve it\n", missing), Heard{kProblem, std::nullopt};
    std::this_thread::sleep_for(kLook);
  }
}

// A node serves what this etcd does not have.
std::optional<sync::NodeKey> node_ahead(cluster::Pushing& pushing, const sync::RevisionHead& head) {
  const auto nodes = pushing.nodes();
  if (!nodes) return std::nullopt;
  const auto found = std::ranges::find_if(*nodes, [&](const sync::NodeKey& node) { return cluster::is_ahead(node, head); });
  return found == nodes->end() ? std::nullopt : std::optional(*found);
}

}  // namespace

std::optional<config::NodeConfig> open_cluster(const std::string& file) {
  Problems problems;
  auto config = config::load_node_config(file, problems);
  std::cerr << problems.to_text();
  if (!config) return std::nullopt;
  if (config->cluster) return std::move(*config);
  std::cerr << config->file << ": no `cluster`: this node is alone, and serves its own files; isochrone reload loads them\n";
  return std::nullopt;
}

std::string ago(int64_t at) {
  return span(nlohmann::json(std::max<int64_t>(0, loop::unix_now() - at))) + " ago";
}

void print_change(const std::optional<cluster::Staged>& before, const cluster::Staged& next, const std::vector<cluster::ServiceChange>& changes,
                  const config::NodeConfig& config) {
  if (!before) return say("{} files, the first revision of this cluster\n", next.revision.manifest.files.size());
  print_diff(before->revision.folder, next.revision.folder);
  print_services(changes);
  Problems problems;
  const auto effect = node::what_if_between(before->world, next.world, config.state_dir, {}, problems);
  if (!effect) return void(std::cerr << "its effect on clients is not known: " << effect.error().text << "\n");
  std::cout << "\nclients:\n";
  print_impact(*effect, false, false);
}

int publish(cluster::Pushing& pushing, const config::NodeConfig& config, const std::optional<cluster::Staged>& before, const cluster::Staged& next,
            uint64_t copy_of, const PushOptions& options) {
  std::vector<cluster::ServiceChange> changes;
  if (before) changes = cluster::changed_services(*before->world, *next.world);
  if (options.dry_run) print_change(before, next, changes, config);
  const bool is_same = before && before->revision.manifest.files == next.revision.manifest.files;
  if (is_same && !node_ahead(pushing, before->revision.head)) {
    say("nothing has changed since revision {}\n", before->revision.head.number);
    return kFine;
  }
  bool breaks = false;
  for (const cluster::ServiceChange& change : changes)
    if (!change.breaks.empty() && !options.force) {
      breaks = true;
      std::cerr << change.service << " " << change.breaks << "\n";
    }
  if (breaks) return std::cerr << "this would break services that are live; --force does it all the same\n", kProblem;
  const auto needed = pushing.needed_nodes(changes);
  if (!needed) return std::cerr << needed.error().text << "\n", kProblem;
  if (options.dry_run) return kFine;
  for (int tries = 1;; ++tries) {
    const auto head = pushing.commit(next, before, operator_name(), options.why, copy_of, *needed);
    if (!head) return std::cerr << head.error().text << "\n", kProblem;
    say("revision {}: {} files, {} service{} changed\n", head->number, next.revision.manifest.files.size(), changes.size(), changes.size() == 1 ? "" : "s");
    const Heard heard = options.no_wait ? Heard() : wait_for_nodes(pushing, *head);
    if (heard.ahead && tries < kMostCommits) {
      say("  {} serves a revision {} that etcd does not have: it was put back to an older state; pushing again, behind that\n", heard.ahead->node,
          heard.ahead->revision);
      continue;
    }
    if (heard.ahead) std::cerr << heard.ahead->node << " serves a later revision; push again\n";
    pushing.tidy_up();
    return heard.status;
  }
}

}  // namespace isochrone::cli
