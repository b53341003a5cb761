"""What a password must be (IEC 62443-4-2 CR 1.7): long, not the name, not one of those that everybody tries."""

from __future__ import annotations

import unicodedata

MAX_OCTETS = 256
LEAST_DIFFERENT = 5
"""Different characters."""

TRIED_FIRST = (
    "password", "passwort", "motdepasse", "wachtwoord", "contrasena", "administrator", "letmein", "welcome",
    "willkommen", "changeme", "changeit", "default", "qwertyuiop", "qwertzuiop", "azertyuiop", "asdfghjkl", "yxcvbnm",
    "zxcvbnm", "1q2w3e4r", "1qaz2wsx", "qazwsxedc", "abcdefgh", "iloveyou", "superman", "trustno1", "substation",
    "ringmain", "operator", "engineer", "scada", "0123456789", "1234567890", "9876543210", "0987654321",
)  # fmt: skip
"""Words that default passwords of the field, and lists of guessers, are made of."""


def normal(password: str) -> str:
    """One form for what looks alike on different keyboards (RFC 8265 4.2: NFC)."""
    return unicodedata.normalize("NFC", password)


def fault_of(password: str, name: str, least_length: int) -> str:
    """Why it is refused; empty when it will do. The text never tells the password."""
    password = normal(password)
    plain, own = password.casefold(), name.casefold()
    if len(password) < least_length:
        return f"a password has at least {least_length} characters"
    if len(password.encode(errors="replace")) > MAX_OCTETS:
        return f"a password has at most {MAX_OCTETS} octets"
    if len(set(plain)) < LEAST_DIFFERENT:
        return f"a password has at least {LEAST_DIFFERENT} different characters"
    if len(own) > 2 and (own in plain or own[::-1] in plain):
        return "the password holds the name of its holder"
    if len(_without_tried(plain)) < least_length // 2:
        return "the password is one that everybody tries first, with little around it"
    return ""


def _without_tried(plain: str) -> str:
    for word in TRIED_FIRST:
        plain = plain.replace(word, "")
    return plain
