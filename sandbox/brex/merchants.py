"""Merchants, memos and people of the generated month."""

from __future__ import annotations

#: Merchant id and name, as a card network writes them: often, not always, near a supplier's name.
MERCHANTS: tuple[tuple[str, str], ...] = (
    ("pmch_sas", "Scandinavian Airlines System"),
    ("pmch_sj", "SJ AB"),
    ("pmch_scandic", "Scandic Hotels"),
    ("pmch_taxi", "Taxi Stockholm "),
    ("pmch_uber", "UBER *TRIP"),
    ("pmch_bolt", "Bolt.eu"),
    ("pmch_aws", "Amazon Web Services"),
    ("pmch_msft", "Microsoft*365"),
    ("pmch_google", "GOOGLE *CLOUD"),
    ("pmch_atlassian", "Atlassian"),
    ("pmch_github", "GitHub, Inc."),
    ("pmch_slack", "Slack Technologies"),
    ("pmch_zoom", "Zoom.us"),
    ("pmch_figma", "Figma"),
    ("pmch_notion", "Notion Labs"),
    ("pmch_adobe", "Adobe Systems"),
    ("pmch_clas", "Clas Ohlson"),
    ("pmch_ikea", "IKEA Kungens Kurva"),
    ("pmch_dustin", "Dustin AB"),
    ("pmch_elgiganten", "Elgiganten"),
    ("pmch_postnord", "PostNord"),
    ("pmch_dhl", "DHL Express"),
    ("pmch_telia", "Telia Företag"),
    ("pmch_circlek", "Circle K"),
    ("pmch_hertz", "Hertz Arlanda"),
    ("pmch_lufthansa", "Lufthansa"),
    ("pmch_booking", "Booking.com"),
    ("pmch_foodora", "foodora"),
    ("pmch_espresso", "Espresso House Södermalm"),
    ("pmch_kottfisk", "Restaurang Kött & Fisk"),
    ("pmch_linkedin", "LinkedIn"),
    ("pmch_hetzner", "Hetzner Online GmbH"),
)
MEMOS: tuple[str | None, ...] = (
    None,
    "Kundmöte Göteborg",
    "Lunch med kund \u2013 4 pers. 🍽️",
    "Team offsite Åre",
    "Licence renewal Q3",
    "Flyg ARN\u2013FRA t/r",
    "Kontorsmaterial",
    "Büromaterial für München",
    "Übernachtung Messe Köln",
    "Taxi från Arlanda, 素晴らしい運転",
    'Prenumeration (årsvis) "Pro"',
    "Onboarding gifts; see ticket #4711",
)
PEOPLE: tuple[tuple[str, str], ...] = (
    ("Åsa", "Öberg"),
    ("Björn ", "Lindqvist "),
    ("Zoë", "van der Berg"),
    ("José", "Núñez"),
    ("Anna", "Svensson"),
    ("Małgorzata", "Wiśniewska"),
    ("Kim", "Andersson"),
    ("李", "娜"),
)
GL_ACCOUNTS: tuple[tuple[str, str], ...] = (
    ("5410", "Equipment"),
    ("5420", "Software"),
    ("5800", "Travel"),
    ("5810", "Tickets"),
    ("5830", "Board and lodging"),
    ("5910", "Advertising"),
    ("6071", "Entertainment, deductible"),
    ("6110", "Office supplies"),
    ("6211", "Telephone"),
    ("6230", "Data communication"),
    ("6250", "Postage"),
    ("6540", "IT services"),
    ("7500", "Other G&A"),
    ("7610", "Training"),
    ("7690", "Other staff costs"),
)
COST_CENTERS = ("CC10", "CC20", "CC30", "CC40", "CC50", "CC60")
ENTITIES = ("AAA", "BBB")
#: Currencies, and how often each is drawn.
CURRENCIES = (("SEK", "EUR", "USD"), (7, 2, 1))
