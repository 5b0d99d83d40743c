"""Installers trust what this machine trusts: a company's proxy has its own authority."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",  # Debian, Alpine, Arch
    "/etc/pki/tls/certs/ca-bundle.crt",  # Fedora, Red Hat
    "/etc/ssl/ca-bundle.pem",  # openSUSE
)


def trusting_the_system(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment with uv, pip and Node told to use the system's certificates.

    pip does so by itself from 24.2 on; what the caller has set stays.
    """
    bundle = next((path for path in BUNDLES if Path(path).exists()), None)
    ours = {"UV_SYSTEM_CERTS": "true"}
    if bundle:
        ours |= {"NODE_EXTRA_CA_CERTS": bundle, "PIP_CERT": bundle}
    return ours | dict(environment)
