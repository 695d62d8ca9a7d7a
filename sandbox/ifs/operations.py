"""What one OData request does: read, create, change, remove, act."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.ifs import errors, listing, literals, proposals, resources, vouchers
from sandbox.ifs.edm import Entity, Projection
from sandbox.ifs.errors import OdpError
from sandbox.ifs.ifs import Ifs
from sandbox.ifs.requests import Reply, Request
from sandbox.ifs.resources import Resource
from sandbox.ifs.settings import IfsSettings
from sandbox.ifs.tables import Row

Create = Callable[[Ifs, IfsSettings, dict[str, Any]], Row]
_CREATE: dict[str, Create] = {
    "proposals": proposals.create_head,
    "proposal_lines": proposals.create_line,
    "vouchers": vouchers.create_voucher,
    "voucher_rows": vouchers.create_row,
}
_DELETE: dict[str, Callable[[Ifs, Row], None]] = {
    "proposals": proposals.delete_head,
    "proposal_lines": proposals.delete_line,
    "vouchers": vouchers.delete_voucher,
    "voucher_rows": vouchers.delete_row,
}


@dataclass(frozen=True, slots=True)
class Operations:
    """Requests to one projection. Everything runs within a transaction of the caller's."""

    ifs: Ifs
    projection: Projection
    settings: IfsSettings

    def run(self, request: Request) -> Reply:
        """The answer; raises OdpError."""
        resource = resources.resolve(request.path, self.projection)
        method = "POST" if resource.action else request.method
        if request.method not in ("GET", "POST", "PATCH", "DELETE") or (
            method not in resource.entity.allows and not resource.action
        ):
            raise OdpError(405, "ODP_METHOD_NOT_ALLOWED", f"{request.method} is not allowed.")
        self._take_time(request)
        match request.method, resource.key:
            case "GET", None:
                return listing.list_rows(
                    request, resource, self.ifs, self.projection, self.settings
                )
            case "GET", _:
                return self._shown(request, resource.entity, self._row(request, resource), 200)
            case "POST", None:
                return self._create(request, resource)
            case "POST", _ if resource.action:
                return self._act(request, resource)
            case "PATCH", key if key is not None:
                return self._update(request, resource)
            case "DELETE", key if key is not None:
                self._delete(request, resource)
                return Reply(204)
            case _:
                raise OdpError(405, "ODP_METHOD_NOT_ALLOWED", f"{request.method} is not allowed.")

    def _create(self, request: Request, resource: Resource) -> Reply:
        entity = resource.entity
        given = self._given(request, entity)
        if resource.parent is not None:
            given |= dict(zip(resource.parent.keys, resource.parent_key, strict=True))
        lacking = [name for name in entity.required if given.get(name) is None]
        if lacking:
            text = f"Field [{lacking[0]}] in {entity.name} is mandatory and requires a value."
            raise errors.refused(entity.name, "NULLVALUE", text)
        self._check_company(given, entity)
        if self.settings.if_match_on_create == "account":
            self._check_account(request, given)
        row = _CREATE[entity.table](self.ifs, self.settings, given)
        return self._shown(request, entity, row, 201)

    def _update(self, request: Request, resource: Resource) -> Reply:
        row, entity = self._matched(request, resource), resource.entity
        given = self._given(request, entity)
        changes = {name: value for name, value in given.items() if name not in entity.keys}
        if entity.table == "proposals":
            row = proposals.update_head(self.ifs, row, changes)
        else:
            row = self.ifs.tables[entity.table].update(row.key, **changes)
        return self._shown(request, entity, row, 200)

    def _delete(self, request: Request, resource: Resource) -> None:
        row = self._matched(request, resource)
        _DELETE[resource.entity.table](self.ifs, row)

    def _act(self, request: Request, resource: Resource) -> Reply:
        proposals.cancel(self.ifs, self._matched(request, resource))
        return Reply(204)

    def _row(self, request: Request, resource: Resource) -> Row:
        assert resource.key is not None, "a single row has a key"
        table = self.ifs.tables[resource.entity.table]
        row = table.get(resource.key, request.as_of_s)
        if row is None or not listing.visible(row, resource.entity, self.settings):
            raise errors.not_found()
        return row

    def _matched(self, request: Request, resource: Resource) -> Row:
        """The row that is to change; its ETag must be the one that If-Match names, or any."""
        row = self._row(request, resource)
        given = request.headers.get("if-match", "")
        if not given:
            raise errors.precondition_missing()
        if given not in {"*", row.etag}:
            raise errors.stale(resource.entity.name, self.settings)
        return row

    def _check_account(self, request: Request, given: dict[str, Any]) -> None:
        """What a gateway may insist on: a new row names the ETag of its GL account.

        A head, which has no account, names that of any account of the company.
        """
        etag = request.headers.get("if-match", "")
        if not etag:
            raise errors.precondition_missing()
        accounts, company = self.ifs.tables["accounts"], given["Company"]
        if "Account" in given:
            row = accounts.get((company, given["Account"]))
            current = {row.etag} if row else {etag}
        else:
            current = {row.etag for row in accounts.everything() if row.key[0] == company}
        if etag != "*" and etag not in current:
            raise errors.stale("Account", self.settings)

    def _check_company(self, given: dict[str, Any], entity: Entity) -> None:
        if given["Company"] not in self.settings.companies:
            text = f"The Company {given['Company']} does not exist."
            raise errors.unknown("CompanyFinance", text)
        if given["Company"] not in self.settings.allowed_companies:
            text = f"You are not allowed to use company {given['Company']}."
            raise errors.database(20119, entity.name, "NOTALLOWED", text)

    def _given(self, request: Request, entity: Entity) -> dict[str, Any]:
        if "application/json" not in request.headers.get("content-type", ""):
            raise errors.deserialization("The content type is not application/json.")
        body = literals.loads(request.body)
        given = literals.from_json(body, entity, self.projection, strings=request.sends_strings)
        return {name: value for name, value in given.items() if name not in entity.computed}

    def _shown(self, request: Request, entity: Entity, row: Row, status: int) -> Reply:
        shown = literals.to_json(row.values, entity, strings=request.wants_strings)
        if status == 200:
            shown = listing.selected(request, shown, entity)
        body = {"@odata.context": "$metadata#entity", "@odata.etag": row.etag, **shown}
        created = resources.path_of(self.projection, entity, row) if status == 201 else ""
        return Reply(status, body, {"ETag": row.etag}, created)

    def _take_time(self, request: Request) -> None:
        """As long as the settings say that a statement takes, but not longer than it may."""
        needed_s = self.settings.statement_s
        time.sleep(min(needed_s, request.wait_s))
        if needed_s > request.wait_s:
            raise errors.timed_out(request.wait_s)


def touch(ifs: Ifs, company: str, account: str) -> Row:
    """Another client changes a GL account: its ETag is another one from now on."""
    with ifs.database.transaction():
        return ifs.tables["accounts"].update((company, account), later=True)


def overtake(ifs: Ifs, request: Request) -> None:
    """Another client gets in ahead of a request: it changes the account that If-Match names."""
    etag = request.headers.get("if-match", "")
    for row in ifs.tables["accounts"].everything():
        if row.etag == etag:
            touch(ifs, *row.key)
            return
