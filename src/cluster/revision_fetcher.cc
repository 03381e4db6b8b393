#include "cluster/revision_fetcher.h"

#include <utility>

#include "sync/etcd_session.h"

namespace isochrone::cluster {

namespace {

constexpr Duration kFetchAgain = 1s;

}  // namespace

RevisionFetcher::RevisionFetcher(uv_loop_t* loop, const config::NodeConfig& config, std::function<void(const Revision&)> fetched,
                                 std::function<void(const sync::RevisionHead&, const std::string&)> failed)
    : config_(config),
      fetched_(std::move(fetched)),
      failed_(std::move(failed)),
      work_(loop, fetch, [this](Work& work) { ended(work); }),
      again_(loop, [this] { start(); }) {}

void RevisionFetcher::want(const sync::RevisionHead& head, const std::string& known_folder) {
  wanted_ = head;
  known_folder_ = known_folder;
  if (!work_.busy()) start();
}

void RevisionFetcher::want_nothing() {
  wanted_.reset();
  again_.stop();
}

void RevisionFetcher::start() {
  if (wanted_ && !work_.busy()) work_.start({config_, *wanted_, known_folder_, fail("")});
}

void RevisionFetcher::fetch(Work& work) {
  sync::EtcdSession etcd(work.config.cluster->etcd);
  sync::RevisionStore store(etcd, sync::Keys(work.config.cluster->name));
  work.result = fetch_revision(store, work.head, work.config, work.known_folder);
}

void RevisionFetcher::ended(Work& work) {
  const bool is_wanted = wanted_ && *wanted_ == work.head;
  if (!is_wanted) return start();
  if (!work.result) {
    failed_(work.head, work.result.error().text);
    return again_.once(kFetchAgain);
  }
  wanted_.reset();
  fetched_(*work.result);
}

}  // namespace isochrone::cluster
