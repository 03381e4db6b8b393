#include "util/published.h"

#include <memory>
#include <thread>

#include <gtest/gtest.h>

namespace isochrone {
namespace {

// Says when it dies, and spoils itself then: a reader that holds it too long reads nonsense, and under TSan a race.
struct Value {
  Value(int number, int* deaths) : number(number), twin(number), deaths(deaths) {}
  ~Value() {
    number = -1;
    twin = -2;
    if (deaths) ++*deaths;
  }
  int number, twin;
  int* deaths;
};

std::unique_ptr<const Value> value(int number, int* deaths = nullptr) {
  return std::make_unique<const Value>(number, deaths);
}

TEST(Published, ReadersSeeTheNewest) {
  Published<Value> published(value(1));
  Published<Value>::Reader reader(published);
  EXPECT_EQ(reader.get().number, 1);
  published.publish(value(2));
  EXPECT_EQ(reader.get().number, 2);
  EXPECT_EQ(published.latest().number, 2);
  EXPECT_EQ(published.generation(), 2u);
}

TEST(Published, AnOldValueLivesAsLongAsAReaderMayUseIt) {
  int deaths = 0;
  Published<Value> published(value(1, &deaths));
  Published<Value>::Reader slow(published), quick(published);
  const Value& held = slow.get();
  quick.get();
  published.publish(value(2, &deaths));
  published.publish(value(3, &deaths));
  quick.get();
  EXPECT_EQ(published.collect(), 2u) << "what comes after the slow reader's is kept, too: freeing is in order";
  EXPECT_EQ(held.number, 1);
  EXPECT_EQ(deaths, 0);
  EXPECT_EQ(slow.get().number, 3);
  EXPECT_EQ(published.collect(), 0u);
  EXPECT_EQ(deaths, 2);
}

TEST(Published, AnIdleOrDepartedReaderHoldsNothing) {
  int deaths = 0;
  Published<Value> published(value(1, &deaths));
  Published<Value>::Reader idle(published);
  idle.get();
  idle.let_go();
  {
    Published<Value>::Reader departing(published);
    departing.get();
  }
  published.publish(value(2, &deaths));
  EXPECT_EQ(deaths, 1);
  EXPECT_EQ(idle.get().number, 2);
}

TEST(Published, WithoutReadersOnlyTheNewestIsKept) {
  int deaths = 0;
  Published<Value> published(value(1, &deaths));
  for (int i = 2; i <= 100; ++i) published.publish(value(i, &deaths));
  EXPECT_EQ(deaths, 99);
}

// Readers come, read, rest and go while values are published: no value is torn, freed under a reader, or older than
// one the same reader has seen. Meant for TSan, and good without it.
TEST(Published, HoldsUnderThreads) {
  constexpr int kPublications = 20'000;
  Published<Value> published(value(1));
  std::atomic<bool> done{false};
  std::atomic<int> faults{0}, reads{0};

  const auto read_in_stints = [&](unsigned seed) {
    int newest = 0;
    while (!done.load(std::memory_order_relaxed)) {
      Published<Value>::Reader reader(published);
      for (int i = 0; i < 200; ++i) {
        const Value& seen = reader.get();
        if (seen.number != seen.twin || seen.number < newest) ++faults;
        newest = seen.number;
        seed = seed * 1664525 + 1013904223;
        if (seed >> 28 == 0) reader.let_go();
        if (seed >> 27 == 5) std::this_thread::yield();  // with the value still in hand
        ++reads;
      }
    }
  };
  std::vector<std::thread> readers;
  for (unsigned i = 0; i < 3; ++i) readers.emplace_back(read_in_stints, i);
  for (int i = 2; i <= kPublications; ++i) {
    published.publish(value(i));
    if (i % 64 == 0) std::this_thread::yield();
  }
  while (reads.load() == 0) std::this_thread::yield();
  done = true;
  for (auto& reader : readers) reader.join();

  EXPECT_EQ(faults, 0);
  EXPECT_EQ(published.collect(), 0u);
  EXPECT_EQ(published.latest().number, kPublications);
}

}  // namespace
}  // namespace isochrone
