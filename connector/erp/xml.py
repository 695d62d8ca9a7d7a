"""The one place that reads and writes XML. What comes from outside may have no DTD.

No entity is resolved, nothing is fetched, nothing huge is built.
"""

from __future__ import annotations

from typing import TypeAlias

from lxml import etree
from lxml.builder import ElementMaker

Element: TypeAlias = etree._Element  # noqa: SLF001 - lxml has no public name for it


class XmlError(ValueError):
    """It is no XML, or none that is read here."""


def parse(document: bytes) -> Element:
    """The root of a document. Raises XmlError."""
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
    )
    try:
        root = etree.fromstring(document, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise XmlError(f"it is no well-formed XML: {error}") from None
    if root.getroottree().docinfo.doctype:
        raise XmlError("it has a DTD")
    return root


def write(root: Element) -> bytes:
    """The document in UTF-8."""
    written: bytes = etree.tostring(root, encoding="UTF-8", xml_declaration=True)
    return written


def maker(namespace: str) -> ElementMaker:
    """Makes elements of a namespace, which is the default one. Raises ValueError for bad text."""
    return ElementMaker(namespace=namespace, nsmap={None: namespace})


class Schema:
    """An XML Schema of our own."""

    def __init__(self, text: bytes) -> None:
        self._schema = etree.XMLSchema(parse(text))

    def fault(self, root: Element) -> str:
        """What is wrong with a document; "" where nothing is."""
        if self._schema.validate(root):
            return ""
        return str(self._schema.error_log[0].message)
