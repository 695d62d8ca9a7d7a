"""Real PostgreSQL and Valkey servers of our own, for a laptop, a demo, a test or a small install.

They keep their data under a state folder, listen on loopback with a password, and end with the
process that started them, also when that process is killed.
"""

from connector.embedded.postgres import EmbeddedPostgres
from connector.embedded.redis import EmbeddedRedis
from connector.embedded.servers import Running, running_servers, servers

__all__ = ["EmbeddedPostgres", "EmbeddedRedis", "Running", "running_servers", "servers"]
