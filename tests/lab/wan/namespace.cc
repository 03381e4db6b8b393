#include "namespace.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <charconv>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <thread>

namespace isochrone::lab {
namespace {

constexpr const char* kNamespaces = "/run/netns";
constexpr std::string_view kNamePrefix = "isowan-";
constexpr const char* kDevice = "wan0";

Error system_error(std::string_view what) {
  return {fmt::format("{}: {}", what, std::strerror(errno))};
}

// Runs `ip ARGUMENTS`, with `input` on its standard input. The arguments are ours or checked names: no shell surprises.
Status run_ip(const std::string& arguments, const std::string& input = {}) {
  FILE* pipe = popen(("ip " + arguments).c_str(), "w");
  if (pipe == nullptr) return tl::unexpected(system_error("ip"));
  std::fwrite(input.data(), 1, input.size(), pipe);
  if (pclose(pipe) != 0) return fail("'ip " + arguments + "' failed");
  return {};
}

void write_setting(const char* name, const char* value) {
  std::ofstream("/proc/sys/net/" + std::string(name)) << value;
}

// Of the namespace that the calling thread is in.
void settle_namespace() {
  write_setting("ipv6/conf/default/router_solicitations", "0");
  write_setting("ipv6/conf/default/accept_ra", "0");
  write_setting("ipv6/conf/default/addr_gen_mode",
                "1");                           // no link-local address, so nothing is sent that nobody asked for
  write_setting("ipv6/ip_nonlocal_bind", "1");  // any address of the place's network may be bound
  write_setting("ipv4/ping_group_range", "0 2147483647");
  write_setting("ipv4/ip_unprivileged_port_start", "0");
}

Result<int> open_tun() {
  const int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return tl::unexpected(system_error("/dev/net/tun"));
  ifreq request{};
  request.ifr_flags = IFF_TUN | IFF_NO_PI;
  std::strncpy(request.ifr_name, kDevice, IFNAMSIZ - 1);
  if (ioctl(fd, TUNSETIFF, &request) != 0) {
    const Error error = system_error("TUNSETIFF");
    close(fd);
    return tl::unexpected(error);
  }
  return fd;
}

// A device belongs to the namespace of the thread that makes it, and its descriptor works everywhere: so the thread
// goes there and the descriptor comes back.
Result<int> open_tun_in(const std::string& name) {
  Result<int> tun = fail("not opened");
  std::thread([&] {
    const int fd = open(fmt::format("{}/{}", kNamespaces, name).c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0 || setns(fd, CLONE_NEWNET) != 0) {
      tun = tl::unexpected(system_error(name));
    } else {
      settle_namespace();
      tun = open_tun();
    }
    if (fd >= 0) close(fd);
  }).join();
  return tun;
}

std::string setup_commands(const Place& place) {
  return fmt::format(
      "link set lo up\n"
      "link set {0} up\n"
      "addr add {1}/32 dev {0}\n"
      "addr add {2}/128 dev {0} nodad\n"
      "route add local {3} dev lo\n"
      "route add local {4} dev lo\n"
      "route add 0.0.0.0/0 dev {0}\n"
      "route add ::/0 dev {0}\n",
      kDevice, first_address(place.v4).to_text(), first_address(place.v6).to_text(), place.v4.to_text(),
      place.v6.to_text());
}

// The process id in "isowan-<pid>-<place>", or 0.
int owner(std::string_view name) {
  if (!name.starts_with(kNamePrefix)) return 0;
  name.remove_prefix(kNamePrefix.size());
  int pid = 0;
  std::from_chars(name.data(), name.data() + name.size(), pid);
  return pid;
}

bool is_wan(int pid) {
  std::string program;
  std::getline(std::ifstream(fmt::format("/proc/{}/comm", pid)), program);
  return program.starts_with("isochrone-wan");
}

}  // namespace

std::string namespace_name(int pid, std::string_view place) {
  return fmt::format("{}{}-{}", kNamePrefix, pid, place);
}

void remove_leftover_namespaces() {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(kNamespaces, error)) {
    const std::string name = entry.path().filename();
    const int pid = owner(name);
    if (pid != 0 && !is_wan(pid)) (void)run_ip("netns del " + name);
  }
}

Result<PlaceNamespace> PlaceNamespace::create(const Place& place) {
  const std::string name = namespace_name(getpid(), place.name);
  if (const auto made = run_ip("netns add " + name); !made) return tl::unexpected(made.error());
  PlaceNamespace result(name);
  const auto tun = open_tun_in(name);
  if (!tun) return tl::unexpected(tun.error());
  result.tun_ = *tun;
  if (const auto set = run_ip("-n " + name + " -batch -", setup_commands(place)); !set)
    return tl::unexpected(set.error());
  return result;
}

PlaceNamespace::PlaceNamespace(PlaceNamespace&& other) noexcept
    : name_(std::exchange(other.name_, {})), tun_(std::exchange(other.tun_, -1)) {}

PlaceNamespace::~PlaceNamespace() {
  if (tun_ >= 0) close(tun_);
  if (!name_.empty()) (void)run_ip("netns del " + name_);
}

}  // namespace isochrone::lab
