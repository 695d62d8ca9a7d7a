"""The map of merchants: which supplier each is, who said so, and the word of a person."""

from __future__ import annotations

from flask import Flask, abort, render_template, request

from connector.domain.people import Right
from connector.store.merchant_listing import MerchantListing, Standing
from connector.store.merchants import PostgresMerchants
from console import mends
from console.desk import Desk
from console.queue import chosen_by
from console.signing_in import needs

_PAGE = 50


def add(app: Flask, desk: Desk) -> None:
    """Add the list of merchants, and the page of each."""

    @app.get("/suppliers")
    @needs(Right.SEE)
    def suppliers() -> str:
        connections = desk.connections.all()
        wanted = request.args.get("connection", "")
        stored = next((one for one in connections if wanted in {"", one.name}), None)
        if stored is None:
            return render_template("suppliers.html", page=None, connections=[])
        only, search = request.args.get("only", ""), request.args.get("search", "")
        page = MerchantListing(desk.database, stored.id).page(
            Standing(only) if only in list(Standing) else None,
            limit=_PAGE,
            after=request.args.get("after", ""),
            search=search.strip()[:100],
        )
        return render_template(
            "suppliers.html",
            page=page,
            connection=stored.name,
            connections=[one.name for one in connections],
            only=only,
            search=search,
            standings=list(Standing),
        )

    @app.get("/suppliers/<connection>/<merchant_id>")
    @needs(Right.SEE)
    def merchant(connection: str, merchant_id: str) -> str:
        stored = mends.known(desk, connection)
        known = PostgresMerchants(desk.database, stored.id).known([merchant_id]).get(merchant_id)
        if known is None:
            abort(404, f"{connection} has no merchant {merchant_id} in its map.")
        choose = chosen_by(request.args)
        wanted = mends.supplier_of(known)
        return render_template(
            "merchant.html",
            merchant=known,
            connection=connection,
            history=MerchantListing(desk.database, stored.id).history(merchant_id),
            offer=mends.offer(desk, connection, wanted, choose),
            choose=choose,
            of_merchant=True,
        )
