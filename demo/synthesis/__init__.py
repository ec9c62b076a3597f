"""How the shipped boundaries and reports were made; every file can be made again, byte for byte."""
