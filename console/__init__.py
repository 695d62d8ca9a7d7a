"""The exceptions desk: a web page on which people see to held records. Never on the public port."""
