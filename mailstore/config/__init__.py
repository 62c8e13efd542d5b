"""The configuration file and the users file: YAML in, checked and frozen values out."""
