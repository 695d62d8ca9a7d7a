"""XML of others is read without a DTD, without entities, and without the network."""

import pytest

from connector.erp import xml

BOMB = '<!DOCTYPE a [<!ENTITY a "xxxxxxxxxx">' + "".join(
    f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 50}">' for n in range(8)
)


def test_what_is_sound_is_read_and_written():
    root = xml.parse("<a xmlns='urn:x'>Kött</a>".encode())
    assert (root.tag, root.text) == ("{urn:x}a", "Kött")
    assert xml.parse(xml.write(root)).text == "Kött"


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"not xml",
        b"<a>",
        b"\xff\xfe",
        b"<!DOCTYPE a><a/>",
        b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><a>&x;</a>',
        b'<!DOCTYPE a SYSTEM "http://127.0.0.1:1/a.dtd"><a/>',
        (BOMB + "]><a>&i;</a>").encode(),
    ],
)
def test_what_is_not_is_refused(document):
    with pytest.raises(xml.XmlError):
        xml.parse(document)


def test_a_schema_says_what_is_wrong():
    schema = xml.Schema(
        b'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">'
        b'<xs:element name="a" type="xs:decimal"/></xs:schema>'
    )
    assert schema.fault(xml.parse(b"<a>1.5</a>")) == ""
    assert "is not a valid value" in schema.fault(xml.parse(b"<a>1,5</a>"))


def test_text_that_xml_cannot_hold_is_refused():
    with pytest.raises(ValueError, match="XML compatible"):
        xml.maker("urn:x").a("a\x00b")
