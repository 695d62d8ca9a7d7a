"""ml-connector: coded Brex spend into an ERP, once."""
