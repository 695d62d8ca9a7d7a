"""How a document gets into an ERP once: the next move, decided from the journal alone.

`next_move` is a pure function of what the journal says, what the ERP was seen to hold, and the
time. Whoever runs it may be killed, frozen or repeated at any point; the rules that make this safe:

1. Intent first: a write is in the journal before it leaves, and never twice in one draft.
2. A draft is disposable: once a write into it can be neither proved nor refuted, it is given up.
3. Content, not existence: head and all lines are compared before anything is decided.
4. Decide once: the chosen draft's number is write-once; from then on only that number is committed.
5. Commit by number, which may be repeated.

Without drafts (`PostingRules.has_drafts`) the write itself posts: then nothing doubtful is ever
sent again; what two looks cannot find is held for a person.
"""

from __future__ import annotations

from connector.domain.moves import Move
from connector.domain.protocol.building import begin, build
from connector.domain.protocol.committing import commit
from connector.domain.protocol.situation import Situation

__all__ = ["Situation", "next_move"]


def next_move(at: Situation) -> Move:
    """The one move that the protocol allows now."""
    if at.decided:
        return commit(at)
    draft = at.open_draft
    if draft is None:
        return begin(at)
    return build(at, draft)
