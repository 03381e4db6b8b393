#include "zone/arrange.h"

#include <algorithm>
#include <compare>
#include <utility>

#include "zone/rdata_order.h"

namespace isochrone::zone {

namespace {

PoolId pool_of(const StagedRecord& mark) {
  return mark.rdata.empty() ? kNoPool : load_as<PoolId>(mark.rdata.data());
}

// Moves what repeats an earlier record of the same type from `records` to `duplicates`.
void drop_duplicates(const Staging& staging, Arranged& arranged) {
  const auto compare = [&](StagedRef a, StagedRef b) {
    const StagedRecord left = staging.record(a), right = staging.record(b);
    if (left.header.type != right.header.type) return left.header.type <=> right.header.type;
    return compare_rdata(left.type(), left.rdata, right.rdata);
  };
  std::vector<StagedRef> sorted = arranged.records;
  std::ranges::sort(sorted, [&](StagedRef a, StagedRef b) {
    const auto order = compare(a, b);
    return order != 0 ? order < 0 : a < b;
  });
  for (size_t i = 1; i < sorted.size(); ++i)
    if (compare(sorted[i - 1], sorted[i]) == 0) arranged.duplicates.push_back(sorted[i]);
  if (arranged.duplicates.empty()) return;
  std::ranges::sort(arranged.duplicates);
  std::erase_if(arranged.records, [&](StagedRef ref) { return std::ranges::binary_search(arranged.duplicates, ref); });
}

}  // namespace

void arrange(const Staging& staging, StagedRef head, Arranged& arranged) {
  arranged.duplicates.clear();
  arranged.pool = kNoPool;
  staging.collect(head, arranged.records);
  std::erase_if(arranged.records, [&](StagedRef ref) {
    const StagedRecord record = staging.record(ref);
    if (record.type() != kMark) return false;
    if (const PoolId pool = pool_of(record); pool != kNoPool) arranged.pool = pool;
    return true;
  });
  if (arranged.records.size() < 2) return;
  // References grow in the order read. (std::stable_sort would not need that, but clang 19 finds it deprecated inside.)
  std::ranges::sort(arranged.records, {}, [&](StagedRef ref) { return std::pair(staging.record(ref).header.type, ref); });
  drop_duplicates(staging, arranged);
}

std::span<const StagedRef> rrset_from(const Staging& staging, const Arranged& arranged, size_t begin) {
  size_t end = begin + 1;
  while (end < arranged.records.size() &&
         staging.record(arranged.records[end]).type() == staging.record(arranged.records[begin]).type())
    ++end;
  return std::span(arranged.records).subspan(begin, end - begin);
}

}  // namespace isochrone::zone
