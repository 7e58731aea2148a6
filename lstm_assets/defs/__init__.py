"""The studies that ship: one folder and one YAML file each."""
