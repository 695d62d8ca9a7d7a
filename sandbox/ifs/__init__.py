"""A simulated IFS Cloud: OData v4 projections behind IFS IAM (Keycloak)."""
