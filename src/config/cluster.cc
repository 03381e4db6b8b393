#include "config/cluster.h"

#include <algorithm>

#include "config/names.h"
#include "config/secrets.h"
#include "config/tls_files.h"

namespace isochrone::config {

namespace {

constexpr const char* kUrl = "an address, as in https://10.0.0.1:2379";

// False: reported.
bool read_endpoint(const Node& item, std::vector<std::string>& endpoints) {
  const auto url = item.text(kUrl);
  if (!url) return false;
  if (!is_server_url(*url, "https://") && !is_server_url(*url, "http://"))
    return item.error("is " + item.describe(), std::string("expected ") + kUrl), false;
  if (std::find(endpoints.begin(), endpoints.end(), *url) != endpoints.end())
    return item.error(item.describe() + " is already in the list"), false;
  endpoints.push_back(*url);
  return true;
}

void read_user(const Node& node, EtcdAccess& access) {
  Map map(&node);
  if (const Node* name = map.require("name", "etcd's name of the user")) access.user = name->text("a name").value_or("");
  if (const Node* file = map.require("password-file", "the file that holds the password")) {
    access.password_file = file->file_path().value_or("");
    if (access.password_file.empty() || !check_secret_file(*file, access.password_file)) return;
    if (const auto password = read_password(access.password_file); !password) file->error(password.error().text);
  }
}

void read_tls(const Node& node, EtcdAccess& access) {
  Map map(&node);
  if (const Node* ca = map.find("ca")) {
    access.ca_file = ca->file_path().value_or("");
    if (!access.ca_file.empty()) check_authorities(*ca, access.ca_file);
  }
  const Node *cert = map.find("cert"), *key = map.find("key");
  if ((cert == nullptr) != (key == nullptr)) return node.error("has one of 'cert' and 'key'", "expected both, or neither");
  if (cert == nullptr) return;
  access.cert_file = cert->file_path().value_or("");
  access.key_file = key->file_path().value_or("");
  if (access.cert_file.empty() || access.key_file.empty() || !check_secret_file(*key, access.key_file)) return;
  check_server_identity(*cert, access.cert_file, *key, access.key_file);
}

}  // namespace

std::optional<ClusterConfig> read_cluster(const Node& node) {
  if (!node.expect(Node::Kind::Map)) return std::nullopt;
  ClusterConfig cluster;
  Map map(&node);
  if (const Node* name = map.require("name", "the cluster's name")) {
    cluster.name = name->text("the cluster's name").value_or("");
    if (!cluster.name.empty() && !is_plain_name(cluster.name))
      name->error("is " + name->describe(), "expected letters, digits, '-', '_' and '.'");
  }
  const Node* etcd = map.require("etcd", "etcd's addresses, as in [\"https://10.0.0.1:2379\"]");
  if (etcd != nullptr) {
    for (const Node* item : etcd->list_or_one("expected at least one address")) read_endpoint(*item, cluster.etcd.endpoints);
  }
  if (const Node* user = map.find("user"); user != nullptr && user->expect(Node::Kind::Map)) read_user(*user, cluster.etcd);
  if (const Node* tls = map.find("tls"); tls != nullptr && tls->expect(Node::Kind::Map)) read_tls(*tls, cluster.etcd);
  const bool in_the_clear = std::any_of(cluster.etcd.endpoints.begin(), cluster.etcd.endpoints.end(),
                                        [](const std::string& url) { return url.starts_with("http://"); });
  if (in_the_clear && !cluster.etcd.user.empty()) etcd->warn("a password travels over http://", "expected https:// where a user is named");
  return cluster;
}

}  // namespace isochrone::config
