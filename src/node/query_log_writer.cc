#include "node/query_log_writer.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace isochrone::node {

QueryLogWriter::QueryLogWriter(std::string path, answer::CounterTable& counters)
    : path_(std::move(path)), counters_(counters) {}

Status QueryLogWriter::reopen() {
  // The loop never waits for who reads a pipe: without a reader there is no log, and what does not fit is lost.
  const int fd = open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0640);
  if (fd < 0) return fail(fmt::format("query-log: {}: {}", path_, errno == ENXIO ? "nobody reads this pipe" : std::strerror(errno)));
  file_.reset(fdopen(fd, "ae"));
  return {};
}

void QueryLogWriter::write() {
  if (!file_) return;
  counters_.take_queries([this](const answer::LoggedQuery& query) {
    const std::string line = to_text(query, counters_.name_of(query.decision.slot)) + "\n";
    std::fwrite(line.data(), 1, line.size(), file_.get());
  });
  std::fflush(file_.get());
  std::clearerr(file_.get());
}

std::string QueryLogWriter::to_text(const answer::LoggedQuery& query, const std::optional<answer::CounterTable::PoolRegion>& given) {
  nlohmann::ordered_json line{{"time", query.unix_seconds},
                              {"transport", query.transport == answer::Transport::Udp ? "udp" : "tcp"},
                              {"resolver", query.resolver.to_text()}};
  if (query.has_subnet) line["subnet"] = query.subnet.to_text();
  if (query.name_size != 0) {
    line["name"] = wire::to_text(wire::NameView(query.name.data(), query.name_size));
    line["type"] = wire::to_text(query.qtype);
  }
  line["rcode"] = wire::to_text(query.rcode);
  line["octets"] = query.answer_octets;
  if (given) {
    line["region"] = given->region.empty() ? nlohmann::ordered_json(nullptr) : nlohmann::ordered_json(given->region);
    if (query.has_subnet) line["scope"] = query.decision.scope_prefix_len;
  }
  return line.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
}

}  // namespace isochrone::node
