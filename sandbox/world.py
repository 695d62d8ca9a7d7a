"""Everything that one running sandbox holds."""

from __future__ import annotations

from sandbox.brex.peer import BrexPeer
from sandbox.door import Door
from sandbox.faults import FaultBook
from sandbox.ifs.peer import IfsPeer
from sandbox.infor.peer import InforPeer
from sandbox.journal import Journal
from sandbox.settings import Settings

Peer = BrexPeer | InforPeer | IfsPeer


class World:
    """The peers with their faults, journal and settings."""

    def __init__(self, settings: Settings, seed: int) -> None:
        self.settings = settings
        self.faults = FaultBook(seed)
        self.journal = Journal(settings.sandbox.log_kept)
        self.door = Door(self.faults, self.journal)
        self.brex = BrexPeer(settings, seed)
        self.infor = InforPeer(settings, seed)
        self.ifs = IfsPeer(settings)

    @property
    def peers(self) -> tuple[Peer, ...]:
        """Every simulated peer."""
        return self.brex, self.infor, self.ifs

    def reset(self) -> None:
        """Forgets all data, counts and faults; settings stay."""
        self.door.forget_late()
        self.faults.clear()
        for peer in self.peers:
            peer.reset()
        self.journal.clear()
