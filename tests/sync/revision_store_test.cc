// Pieces that nobody needs go, and none that somebody relies on.

#include "sync/revision_store.h"

#include <gtest/gtest.h>

#include "gateway.h"
#include "sync/state_file.h"

namespace isochrone::sync {
namespace {

using testing::Gateway;

const Keys kKeys("prod");

struct Stored {
  Gateway gateway;
  EtcdSession etcd{gateway.access()};
  RevisionStore store{etcd, kKeys};

  // More revisions than are kept, each of a file of its own.
  explicit Stored(size_t revisions) {
    for (uint64_t i = 1; i <= revisions; ++i) {
      const std::string text = "revision " + std::to_string(i);
      Manifest manifest;
      manifest.serials = "{}";
      manifest.files = {{"zones/a.yaml", text.size(), digest(text), {digest(text)}, false}};
      const auto seen = store.head();
      EXPECT_TRUE(seen && store.upload(digest(text), text));
      RevisionHead next;
      next.number = i;
      const auto done = store.commit(next, manifest, *seen, {});
      EXPECT_TRUE(done && *done) << i;
    }
  }
};

TEST(RevisionStore, OldRevisionsGoWithTheirPieces) {
  Stored stored(kGatheredRevisions + 1);
  stored.store.tidy_up();
  EXPECT_EQ(stored.gateway.count(kKeys.revisions()), kMostRevisions);
  EXPECT_EQ(stored.gateway.count(kKeys.chunks()), 2 * kMostRevisions) << "a file's piece and a manifest's";
  EXPECT_FALSE(stored.gateway.has(kKeys.tidying()));
  EXPECT_TRUE(stored.gateway.has(kKeys.chunk(digest("revision " + std::to_string(kGatheredRevisions + 1)))));
}

// A machine that slept while it was tidying: somebody else has pushed meanwhile, and relies on what is there.
TEST(RevisionStore, NothingGoesOnceTheLeaseHasRunOut) {
  Stored stored(kGatheredRevisions + 1);
  size_t lists = 0;
  stored.gateway.before = [&](const std::string& path, const nlohmann::json& body) {
    const bool of_pieces = path == "/v3/kv/range" && body["key"] == to_base64(kKeys.chunks());
    if (of_pieces && ++lists == 2) stored.gateway.end_leases();  // the first only counts them
  };
  stored.store.tidy_up();
  EXPECT_EQ(lists, 2u);
  EXPECT_EQ(stored.gateway.count(kKeys.revisions()), kGatheredRevisions + 1);
  EXPECT_EQ(stored.gateway.count(kKeys.chunks()), 2 * (kGatheredRevisions + 1));
}

}  // namespace
}  // namespace isochrone::sync
