#include "zone/staging.h"

#include <algorithm>
#include <bit>
#include <cassert>

namespace isochrone::zone {

namespace {

// Small zones are many, so they begin small; large ones go on in steps of a huge page. Both hold the largest record.
constexpr uint32_t kFirstChunk = 128 << 10;
constexpr uint32_t kChunk = 2 << 20;
constexpr uint32_t kRefsPerChunk = kChunk / 4;

bool same(std::span<const uint8_t> a, std::span<const uint8_t> b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size()) == 0);
}

uint8_t count_labels(std::span<const uint8_t> relative) {
  uint8_t labels = 0;
  for (size_t at = 0; at < relative.size(); at += relative[at] + size_t{1}) ++labels;
  return labels;
}

uint8_t flags_of(wire::Type type, size_t rdata_size) {
  if (type == kMark) return rdata_size == 0 ? 0 : NameFlags::kService | (rdata_size > sizeof(PoolId) ? NameFlags::kAlias : 0);
  switch (type) {
    case wire::Type::NS: return NameFlags::kNs;
    case wire::Type::DNAME: return NameFlags::kDname;
    case wire::Type::CNAME: return NameFlags::kCname;
    case wire::Type::A:
    case wire::Type::AAAA: return NameFlags::kAddress;
    default: return 0;
  }
}

}  // namespace

StagedRef Staging::make_ref(size_t chunk, uint32_t at) {
  return static_cast<StagedRef>(chunk * kRefsPerChunk + at / 4 + 1);
}

uint32_t Staging::size_of(const StagedHeader& header) {
  return static_cast<uint32_t>(rounded_to_four(sizeof(StagedHeader) + header.owner_size + header.rdata_size));
}

const uint8_t* Staging::at(StagedRef ref) const {
  return chunks_[(ref - 1) / kRefsPerChunk].memory.data() + size_t{(ref - 1) % kRefsPerChunk} * 4;
}

void Staging::set_header(StagedRef ref, const StagedHeader& header) {
  store_as(chunks_[(ref - 1) / kRefsPerChunk].memory.data() + size_t{(ref - 1) % kRefsPerChunk} * 4, header);
}

std::span<const uint8_t> Staging::owner(StagedRef ref) const {
  return {at(ref) + sizeof(StagedHeader), header(ref).owner_size};
}

void Staging::append(std::span<const uint8_t> owner, wire::Type type, wire::Ttl ttl, std::span<const uint8_t> rdata,
                     const Where& where) {
  StagedHeader header{};
  header.hash = hash_octets(owner.data(), owner.size(), seed_);
  header.line = where.line;
  header.ttl = ttl;
  header.file = file_number(where.file);
  header.column = static_cast<uint16_t>(std::min<uint32_t>(where.column, UINT16_MAX));
  header.type = static_cast<uint16_t>(type);
  header.rdata_size = static_cast<uint16_t>(rdata.size());
  header.owner_size = static_cast<uint8_t>(owner.size());
  header.depth = count_labels(owner);
  header.flags = flags_of(type, rdata.size());
  const uint32_t size = size_of(header);
  if (chunks_.empty() || chunks_.back().used + size > chunks_.back().memory.size())
    chunks_.push_back({Pages(chunks_.empty() ? kFirstChunk : kChunk)});
  Chunk& chunk = chunks_.back();
  last_ = make_ref(chunks_.size() - 1, chunk.used);
  uint8_t* to = chunk.memory.data() + chunk.used;
  store_as(to, header);
  std::copy(owner.begin(), owner.end(), to + sizeof header);
  std::copy(rdata.begin(), rdata.end(), to + sizeof header + owner.size());
  chunk.used += size;
  ++chunk.records;
  ++records_;
}

uint16_t Staging::file_number(std::string_view file) {
  if (!files_.empty() && files_.back() == file) return static_cast<uint16_t>(files_.size() - 1);
  const auto known = std::ranges::find(files_, file);
  if (known != files_.end()) return static_cast<uint16_t>(known - files_.begin());
  if (files_.size() == UINT16_MAX) return UINT16_MAX - 1;
  files_.emplace_back(file);
  return static_cast<uint16_t>(files_.size() - 1);
}

void Staging::group() {
  const size_t slots = std::bit_ceil(records_ + records_ / 2 + 16);
  slots_ = Pages(slots * 8);
  slot_mask_ = slots - 1;
  if (!chunks_.empty()) for_each([&](StagedRef ref) { link(ref); });
  if (find({}) == 0) {
    append({}, kMark, 0, {}, {});
    link(last_);
  }
  // Marks are appended while we walk; they need no walk of their own, because each walk goes up to the apex.
  const size_t chunks = chunks_.size();
  const uint32_t used = chunks_.back().used;
  for (size_t i = 0; i < chunks; ++i) {
    const uint32_t end = i + 1 == chunks ? used : chunks_[i].used;
    for (uint32_t at = 0; at < end;) {
      const StagedRef ref = make_ref(i, at);
      const StagedHeader head = header(ref);
      at += size_of(head);
      if ((head.flags & NameFlags::kHead) && head.depth > 1) add_non_terminals(ref);
    }
  }
}

// Hangs a record on its owner's head, or makes it a head.
void Staging::link(StagedRef ref) {
  StagedHeader mine = header(ref);
  const auto name = owner(ref);
  StagedRef head = 0;
  if (last_head_ != 0 && header(last_head_).hash == mine.hash && same(owner(last_head_), name)) head = last_head_;
  if (head == 0) head = find(name, mine.hash);
  if (head == 0) {
    mine.flags |= NameFlags::kHead;
    set_header(ref, mine);
    insert(ref, mine.hash);
    last_head_ = ref;
    return;
  }
  StagedHeader first = header(head);
  mine.next = first.next;
  set_header(ref, mine);
  first.next = ref;
  first.flags |= mine.flags;
  set_header(head, first);
  last_head_ = head;
}

void Staging::insert(StagedRef head, uint32_t hash) {
  ++names_;
  if (names_ * 4 > (slot_mask_ + 1) * 3) grow_index();
  size_t i = hash & slot_mask_;
  while (load_as<uint64_t>(slots_.data() + i * 8) != 0) i = (i + 1) & slot_mask_;
  store_as(slots_.data() + i * 8, uint64_t{hash} << 32 | head);
}

void Staging::grow_index() {
  const Pages old = std::move(slots_);
  slots_ = Pages(old.size() * 2);
  slot_mask_ = slots_.size() / 8 - 1;
  for (size_t at = 0; at < old.size(); at += 8) {
    const auto slot = load_as<uint64_t>(old.data() + at);
    if (slot == 0) continue;
    size_t i = (slot >> 32) & slot_mask_;
    while (load_as<uint64_t>(slots_.data() + i * 8) != 0) i = (i + 1) & slot_mask_;
    store_as(slots_.data() + i * 8, slot);
  }
}

void Staging::add_non_terminals(StagedRef head) {
  auto name = owner(head);
  const Where where = this->where(head);
  for (;;) {
    name = name.subspan(name[0] + size_t{1});
    if (name.empty() || find(name) != 0) return;
    append(name, kMark, 0, {}, where);
    link(last_);
  }
}

StagedRef Staging::find(std::span<const uint8_t> owner) const {
  return find(owner, hash_octets(owner.data(), owner.size(), seed_));
}

StagedRef Staging::find(std::span<const uint8_t> owner, uint32_t hash) const {
  for (size_t i = hash & slot_mask_;; i = (i + 1) & slot_mask_) {
    const auto slot = load_as<uint64_t>(slots_.data() + i * 8);
    if (slot == 0) return 0;
    const auto ref = static_cast<StagedRef>(slot);
    if (slot >> 32 == hash && same(this->owner(ref), owner)) return ref;
  }
}

StagedRecord Staging::record(StagedRef ref) const {
  const uint8_t* from = at(ref);
  const auto header = load_as<StagedHeader>(from);
  from += sizeof header;
  return {header, {from, header.owner_size}, {from + header.owner_size, header.rdata_size}};
}

Where Staging::where(StagedRef ref) const {
  const StagedHeader head = header(ref);
  return {files_[head.file], head.line, head.column};
}

void Staging::collect(StagedRef head, std::vector<StagedRef>& records) const {
  records.assign(1, head);
  for (StagedRef ref = header(head).next; ref != 0; ref = header(ref).next) records.push_back(ref);
  std::reverse(records.begin() + 1, records.end());
}

void Staging::add_flag(StagedRef head, uint8_t flag) {
  StagedHeader changed = header(head);
  changed.flags |= flag;
  set_header(head, changed);
}

void Staging::release(StagedRef ref) {
  Chunk& chunk = chunks_[(ref - 1) / kRefsPerChunk];
  assert(chunk.records > 0);
  if (--chunk.records == 0) chunk.memory = Pages();
}

}  // namespace isochrone::zone
