#include "cli/client.h"

#include <curl/curl.h>

#include <chrono>
#include <cstdio>
#include <cstring>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "config/load.h"

namespace isochrone::cli {

using nlohmann::json;

namespace {

constexpr Duration kQuiet = 3s;  // until it is told what is waited for
constexpr Duration kMore = 10s;  // the node is to say itself that it takes too long

size_t append(char* octets, size_t, size_t count, void* to) {
  static_cast<std::string*>(to)->append(octets, count);
  return count;
}

// A person at a terminal is told, once, what takes so long. curl calls it about every second.
struct Notice {
  const char* what;  // null: nothing
  std::chrono::steady_clock::time_point due;
};

int notice(void* given, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  Notice& notice = *static_cast<Notice*>(given);
  if (notice.what != nullptr && std::chrono::steady_clock::now() >= notice.due) fmt::print(stderr, "waiting for {}\n", std::exchange(notice.what, nullptr));
  return 0;
}

}  // namespace

Result<Client> Client::open(const std::string& config_file) {
  Problems problems;
  const auto config = config::load_node_config(config_file, problems);
  if (!config) return fail(problems.ok() ? config.error().text : problems.to_text());
  return Client(config->state_dir + "/admin.sock");
}

Result<Reply> Client::get(const std::string& path) const { return ask(path, nullptr, {}); }

Result<Reply> Client::post(const std::string& path, const json& body, Patience patience) const {
  const std::string text = body.dump(-1, ' ', false, json::error_handler_t::replace);  // what was typed may be no UTF-8
  return ask(path, &text, patience);
}

Result<Reply> Client::ask(const std::string& path, const std::string* body, Patience patience) const {
  const std::unique_ptr<CURL, void (*)(CURL*)> curl(curl_easy_init(), curl_easy_cleanup);
  std::string answer;
  char fault[CURL_ERROR_SIZE] = "";
  const std::string url = "http://localhost" + path;
  curl_easy_setopt(curl.get(), CURLOPT_UNIX_SOCKET_PATH, socket_.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT_MS, static_cast<long>((patience.longest + kMore) / 1ms));
  Notice due{patience.what, std::chrono::steady_clock::now() + kQuiet};
  curl_easy_setopt(curl.get(), CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl.get(), CURLOPT_XFERINFOFUNCTION, notice);
  curl_easy_setopt(curl.get(), CURLOPT_XFERINFODATA, &due);
  curl_easy_setopt(curl.get(), CURLOPT_ERRORBUFFER, fault);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, append);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &answer);
  if (body) {
    curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDS, body->c_str());
    curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDSIZE, static_cast<long>(body->size()));
  }
  const CURLcode code = curl_easy_perform(curl.get());
  if (code == CURLE_OPERATION_TIMEDOUT) return fail(fmt::format("{}: no answer within {}: the node runs, and is busy or hangs", socket_, to_text(patience.longest + kMore)));
  if (code != CURLE_OK) {
    long cause = 0;  // of a connection that failed; curl's own words are of the URL
    curl_easy_getinfo(curl.get(), CURLINFO_OS_ERRNO, &cause);
    return fail(fmt::format("{}: {}; is the node running, and may you use its socket?", socket_, cause != 0 ? std::strerror(static_cast<int>(cause)) : fault));
  }
  long status = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  json parsed = json::parse(answer, nullptr, false);
  if (parsed.is_discarded()) return fail(fmt::format("{}: an answer that is not JSON (HTTP {})", socket_, status));
  return Reply{static_cast<int>(status), std::move(parsed)};
}

}  // namespace isochrone::cli
