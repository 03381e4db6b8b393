#include "steer/steer.h"

namespace isochrone::steer {

Client locate(const Steering& steering, const std::optional<Prefix>& subnet, const IpAddress& resolver,
              uint16_t query_id) {
  Client client;
  client.query_id = query_id;
  if (subnet) {
    client.has_subnet = true;
    client.source_prefix_len = subnet->len;
    client.subnet_family = subnet->family();
  }
  // RFC 7871 §7.1.2: SOURCE 0 asks us not to use the client's network. Any other length, however short, names its
  // first address: its block's length is told in the scope.
  if (subnet && subnet->len != 0) {
    const auto [address, bits_before] = fold(subnet->address);
    const Block block = steering.map->find(address);
    client.subnet_block_len = block.len;
    client.bits_before = static_cast<uint8_t>(bits_before);
    if (!block.use_resolver) {
      client.from = Client::From::Subnet;
      client.address = address;
      client.block = block;
      return client;
    }
    client.subnet_address = address;
  }
  client.address = fold(resolver).address;
  client.block = steering.map->find(client.address);
  return client;
}

}  // namespace isochrone::steer
