"""etcd behind TLS, client certificates, users and passwords."""

import shutil

import pytest
from certificates import Authority
from cluster import Cluster, status_of
from lab import wait_until

pytestmark = pytest.mark.skipif(shutil.which("etcd") is None, reason="etcd is not installed")

PASSWORD = "correct horse battery staple".replace(" ", "-")


def secret(path, text):
    path.write_text(text)
    path.chmod(0o600)
    return path


def test_certificates_and_users_decide_who_takes_part(tmp_path):
    authority, strangers = Authority(tmp_path / "ca"), Authority(tmp_path / "strangers")
    both = "serverAuth,clientAuth"  # etcd's gateway is a client of etcd
    certificate, key = authority.issue("etcd", ["127.0.0.1"], usage=both)
    # With users, etcd's gateway takes no client certificate that has a CN.
    client, client_key = authority.issue("client", ["ns1"], usage="clientAuth", subject="/O=isochrone")
    password = secret(tmp_path / "password", PASSWORD)
    tls = f"tls: {{ca: {authority.certificate}, cert: {client}, key: {client_key}}}"
    with Cluster(tmp_path / "c", ["ns1"], cluster=f", {tls}, user: {{name: ns1, password-file: {password}}}",
                 etcd_options=["--cert-file", certificate, "--key-file", key, "--trusted-ca-file", authority.certificate, "--client-cert-auth"],
                 etcd_trust=["--cacert", authority.certificate, "--cert", client, "--key", client_key]) as cluster:
        ask = cluster.etcd.ask
        for name, word in (("root", "root-password-long"), ("ns1", PASSWORD)):
            ask("/v3/auth/user/add", {"name": name, "password": word})
            ask("/v3/auth/user/grant", {"user": name, "role": "root"})
        ask("/v3/auth/enable", {})
        cluster.push("-m", "by a user")
        cluster.start()
        node = cluster.nodes[0]
        wait_until(lambda: status_of(node)["cluster"]["nodes"], 10, "the node's own account")
        assert status_of(node)["cluster"]["revision"] == 1

        def refused(old, new):
            config = cluster.files / "isochrone.yaml"
            text = config.read_text()
            assert old in text
            config.write_text(text.replace(old, new))
            done = cluster.isochrone("push")
            config.write_text(text)
            assert done.returncode != 0
            return done.stderr

        secret(tmp_path / "wrong", "not the password at all")
        assert "holds more than one word" in refused(str(password), str(tmp_path / "wrong"))
        secret(tmp_path / "wrong", "not-the-password-at-all")
        assert "authentication failed" in refused(str(password), str(tmp_path / "wrong"))
        assert "certificate" in refused(str(authority.certificate), str(strangers.certificate))
        other, other_key = strangers.issue("other", ["ns1"], usage="clientAuth")
        plain = f"https://127.0.0.1:{node.admin_port}"
        assert f"etcd at {plain}: TLS handshake failed: wrong version number (does the port speak TLS?)" in refused(cluster.etcd.url, plain)
        assert "etcd at https://127.0.0.1" in refused(f"cert: {client}, key: {client_key}", f"cert: {other}, key: {other_key}")
        assert status_of(node)["cluster"]["revision"] == 1
