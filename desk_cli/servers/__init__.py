"""Private servers, each started as a child of ours on loopback."""
