"""The desk's own tooling: set-up, private servers, run, test. Needs the standard library only."""
