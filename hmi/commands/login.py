"""Options by which every window logs in: a key file, or a name and a password."""

from __future__ import annotations

import argparse
from dataclasses import dataclass, field
from pathlib import Path

from PyQt6.QtCore import QUrl
from PyQt6.QtNetwork import QSslConfiguration

from hmi import tls
from hmi.login_dialog import ask_password
from models.errors import ConfigError, RingmainError
from models.wire.keys import KeyTextError, SigningKey, VerifyKey
from models.wire.session import ClientSession

DEFAULT_URL = "ws://127.0.0.1:8104"


def add_login(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "url",
        nargs="?",
        type=_url,
        default=DEFAULT_URL,
        metavar="URL",
        help=f"the unit's data interface ({DEFAULT_URL})",
    )
    who = parser.add_mutually_exclusive_group(required=True)
    who.add_argument("--key", type=Path, metavar="FILE", help="your private key (see `ringmain enrol`)")
    who.add_argument("--user", metavar="NAME", help="log in with a password, which a dialog asks for")
    parser.add_argument("--password-file", type=Path, metavar="FILE", help="the password's first line, for --user")
    parser.add_argument(
        "--unit-key", metavar="HEX", help="public key that the unit must have; else the first one seen is kept"
    )
    parser.add_argument("--login-certificate", type=Path, metavar="FILE", help="certificate of --key (PEM)")
    secured = parser.add_argument_group("TLS, for addresses that begin with wss:")
    secured.add_argument("--authority", type=Path, metavar="FILE", help="certificate of the trusted authority (PEM)")
    secured.add_argument("--certificate", type=Path, metavar="FILE", help="this workstation's certificate (PEM)")
    secured.add_argument("--certificate-key", type=Path, metavar="FILE", help="its private key, P-256 or RSA (PEM)")


@dataclass(frozen=True, slots=True)
class Login:
    """What the options say, with the files read; the password is asked for when a window can be shown."""

    url: str
    unit_key: VerifyKey | None
    key: SigningKey | None
    user: str
    password: str = field(repr=False)
    chain: tuple[bytes, ...] = ()
    tls: QSslConfiguration | None = None

    def session(self, service: str, device: str) -> ClientSession:
        """RingmainError when no password is given."""
        if self.key is not None:
            return ClientSession(
                self.key, unit_key=self.unit_key, certificate_chain=self.chain, service=service, device=device
            )
        password = self.password or ask_password(self.user, self.url)
        if not password:
            raise RingmainError("no password was given: nothing is opened")
        return ClientSession(
            None, unit_key=self.unit_key, user=self.user, password=password, service=service, device=device
        )


def login_of(asked: argparse.Namespace) -> Login:
    """ConfigError when a file cannot be used."""
    key = None if asked.key is None else _signing_key(asked.key)
    password = "" if asked.password_file is None else _password(asked.password_file)
    unit_key = _unit_key(asked.unit_key) if asked.unit_key else None
    chain = () if asked.login_certificate is None else tls.chain(asked.login_certificate)
    return Login(asked.url, unit_key, key, asked.user or "", password, chain, _tls(asked))


def _tls(asked: argparse.Namespace) -> QSslConfiguration | None:
    given = [asked.authority, asked.certificate, asked.certificate_key]
    if asked.authority is None:
        if any(given):
            raise ConfigError("command line", None, "--certificate needs --authority", "say whom you trust as well")
        return None
    if not asked.url.startswith("wss:"):
        raise ConfigError(
            "command line", None, f"--authority is for TLS, and {asked.url} is plain", "begin it with wss:"
        )
    if (asked.certificate is None) != (asked.certificate_key is None):
        remedy = "give --certificate and --certificate-key, or neither"
        raise ConfigError("command line", None, "a certificate and its key belong together", remedy)
    return tls.configuration(*given)


def _url(text: str) -> str:
    """Qt takes any text for a URL and then tries for ever."""
    url = QUrl(text, QUrl.ParsingMode.StrictMode)
    if url.scheme() not in ("ws", "wss") or not url.host():
        raise argparse.ArgumentTypeError(f"ws://HOST:PORT is expected, not '{text}'")
    return text


def _password(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").partition("\n")[0]
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(str(file), None, f"cannot be read: {error}", "give the path of a password file") from error


def _signing_key(file: Path) -> SigningKey:
    try:
        return SigningKey.from_text(file.read_text(encoding="ascii"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(str(file), None, f"cannot be read: {error}", "give the path of a private key file") from error
    except KeyTextError as error:
        raise ConfigError(str(file), None, str(error), "give a private key file") from error


def _unit_key(text: str) -> VerifyKey:
    try:
        return VerifyKey.from_text(text)
    except KeyTextError as error:
        raise ConfigError("--unit-key", None, str(error), "give the unit's public key as 64 hex digits") from error
