"""The public Flask app: it verifies what Brex sends, stores it, and hints. It knows no ERP."""
