"""The field tables of the MI programs, one TOML file per program.

Names, lengths and mandatory flags are those of a real tenant's m3api-rest v2 contracts (June 2020),
except `APS100MI.toml`, which has no public contract and says so.
"""
