"""Configuration of the name servers around ours: NSD as root and parent, unbound as a place's resolver."""

PARENT_ZONE = "example"


def write_parent(directory, addresses, zone, servers):
    """NSD serving the root, which delegates example, which delegates `zone` to its name servers with glue. Returns its configuration.

    `servers`: {first label: addresses}, as {"ns1": ["192.0.2.53"]}.
    """
    directory.mkdir(parents=True, exist_ok=True)
    delegation = "".join(f"{zone}. 3600 IN NS {name}.{zone}.\n" for name in servers)
    glue = "".join(f"{name}.{zone}. 3600 IN {'AAAA' if ':' in a else 'A'} {a}\n" for name, mine in servers.items() for a in mine)
    parent = "".join(f"a.nic.{PARENT_ZONE}. 3600 IN {'AAAA' if ':' in a else 'A'} {a}\n" for a in addresses)
    soa = "3600 IN SOA a.nic.example. hostmaster.nic.example. 1 7200 3600 604800 300\n"
    (directory / "root.zone").write_text(
        f". {soa}. 3600 IN NS a.nic.{PARENT_ZONE}.\n{PARENT_ZONE}. 3600 IN NS a.nic.{PARENT_ZONE}.\n{parent}")
    (directory / "example.zone").write_text(
        f"{PARENT_ZONE}. {soa}{PARENT_ZONE}. 3600 IN NS a.nic.{PARENT_ZONE}.\n{parent}"
        f"; the delegation: this is what a parent has to hold\n{delegation}{glue}")
    listen = "".join(f"  ip-address: {a}\n" for a in addresses)
    config = directory / "nsd.conf"
    config.write_text(
        f'server:\n{listen}  port: 53\n  username: ""\n  chroot: ""\n  zonesdir: "{directory}"\n  database: ""\n'
        f'  pidfile: "{directory}/nsd.pid"\n  xfrdfile: "{directory}/xfrd.state"\n  xfrdir: "{directory}"\n'
        f'  zonelistfile: "{directory}/zone.list"\n  logfile: "{directory}/nsd.log"\n  server-count: 1\n'
        "remote-control:\n  control-enable: no\n"
        f"zone:\n  name: .\n  zonefile: root.zone\nzone:\n  name: {PARENT_ZONE}\n  zonefile: example.zone\n")
    return config


def write_resolver(directory, addresses, root_addresses, subnet_to=()):
    """unbound that starts at the given root, and tells its client's subnet to the servers in `subnet_to`."""
    directory.mkdir(parents=True, exist_ok=True)
    hints = directory / "root.hints"
    hints.write_text(f". 3600000 NS a.nic.{PARENT_ZONE}.\n" + "".join(
        f"a.nic.{PARENT_ZONE}. 3600000 {'AAAA' if ':' in a else 'A'} {a}\n" for a in root_addresses))
    (directory / "resolv.conf").write_text(f"nameserver {addresses[0]}\n")
    interfaces = "".join(f"  interface: {a}\n" for a in [*addresses, "127.0.0.1"])
    subnets = "".join(f"  send-client-subnet: {a}\n" for a in subnet_to)
    config = directory / "unbound.conf"
    config.write_text(
        f'server:\n{interfaces}{subnets}  username: ""\n  chroot: ""\n  directory: "{directory}"\n'
        f'  module-config: "{"subnetcache " if subnet_to else ""}iterator"\n  root-hints: "{hints}"\n  pidfile: ""\n'
        '  use-syslog: no\n  logfile: ""\n  do-daemonize: no\n  num-threads: 1\n  access-control: 0.0.0.0/0 allow\n'
        "  access-control: ::/0 allow\n  max-client-subnet-ipv4: 24\n  max-client-subnet-ipv6: 48\n"
        "  msg-cache-size: 1m\n  rrset-cache-size: 1m\n"
        "remote-control:\n  control-enable: no\n")
    return config
