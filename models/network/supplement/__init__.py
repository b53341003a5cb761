"""What a network file lacks and a small TOML file beside it says (docs/study.md)."""
