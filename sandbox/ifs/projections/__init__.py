"""What each projection offers: entity sets, keys, types and lengths, one TOML file each."""
