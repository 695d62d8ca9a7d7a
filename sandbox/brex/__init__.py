"""The Brex accounting, webhooks and team APIs, and the events that Brex sends."""
