"""Brex: its accounting records, its webhooks, its credentials.

Source: Brex's OpenAPI documents of July 2026, https://developer.brex.com/openapi/accounting_api,
https://developer.brex.com/openapi/webhooks_api and https://developer.brex.com/openapi/team_api.
"""
