"""`python -m connector.cli` is `ml-connector`."""

from connector.cli.group import main

main(prog_name="ml-connector")
