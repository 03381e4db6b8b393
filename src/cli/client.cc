#include "cli/client.h"

#include <curl/curl.h>

#include <cstring>
#include <memory>

#include <fmt/format.h>

#include "config/load.h"

namespace isochrone::cli {

using nlohmann::json;

namespace {

size_t append(char* octets, size_t, size_t count, void* to) {
  static_cast<std::string*>(to)->append(octets, count);
  return count;
}

}  // namespace

Result<Client> Client::open(const std::string& config_file) {
  Problems problems;
  const auto config = config::load_node_config(config_file, problems);
  if (!config) return fail(problems.ok() ? config.error().text : problems.to_text());
  return Client(config->state_dir + "/admin.sock");
}

Result<Reply> Client::get(const std::string& path) const { return ask(path, nullptr); }

Result<Reply> Client::post(const std::string& path, const json& body) const {
  const std::string text = body.dump(-1, ' ', false, json::error_handler_t::replace);  // what was typed may be no UTF-8
  return ask(path, &text);
}

Result<Reply> Client::ask(const std::string& path, const std::string* body) const {
  const std::unique_ptr<CURL, void (*)(CURL*)> curl(curl_easy_init(), curl_easy_cleanup);
  std::string answer;
  char fault[CURL_ERROR_SIZE] = "";
  const std::string url = "http://localhost" + path;
  curl_easy_setopt(curl.get(), CURLOPT_UNIX_SOCKET_PATH, socket_.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT, 60L);
  curl_easy_setopt(curl.get(), CURLOPT_ERRORBUFFER, fault);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, append);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &answer);
  if (body) {
    curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDS, body->c_str());
    curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDSIZE, static_cast<long>(body->size()));
  }
  if (curl_easy_perform(curl.get()) != CURLE_OK) {
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
