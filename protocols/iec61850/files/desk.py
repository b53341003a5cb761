"""The file services of one association: each call is one request on the link's worker, so that a command waits for one
answer of a file at most.
"""

from __future__ import annotations

from functools import partial

from open61850.mms import MmsClient, MmsReject, MmsTimeout, ServiceError

from models.errors import LinkError, RemoteProtocolError, words_of
from protocols.iec61850.association import LIBRARY_ERRORS
from protocols.iec61850.files import units
from protocols.iec61850.files.listing import Listing
from protocols.iec61850.files.units import Opened, Piece
from protocols.iec61850.worker import BusyError, Worker

_FILE_CLASS = 11
FILE_ERRORS = {
    0: "other", 1: "filename ambiguous", 2: "file busy", 3: "filename syntax error", 4: "content type invalid",
    5: "position invalid", 6: "file access denied", 7: "file non-existent", 8: "duplicate filename",
    9: "insufficient space in filestore",
}  # fmt: skip
"""Codes of the error class 'file' (ISO 9506-2)."""


class FileRefusedError(RemoteProtocolError):
    """The device answers that it does not do this; in its words."""


class NoFileServiceError(RemoteProtocolError):
    """The device does not know the file service."""


class SilentFileServiceError(NoFileServiceError):
    """The device does not answer it in time."""


class FileDesk:
    """Every call raises FileRefusedError, RemoteProtocolError for an answer that is none, NoFileServiceError where the
    device rejects the service, SilentFileServiceError without an answer, LinkError when the association has ended.
    """

    def __init__(self, client: MmsClient, worker: Worker, timeout_s: float) -> None:
        self._client, self._worker, self._timeout_s = client, worker, timeout_s

    async def list(self, listing: Listing) -> None:
        """All pages."""
        while listing.take(units.page(await self._ask(units.DIRECTORY, listing.request))):
            pass

    async def open(self, request: bytes) -> Opened:
        return units.opened(await self._ask(units.OPEN, request))

    async def read(self, handle: int) -> Piece:
        return units.piece(await self._ask(units.READ, units.read_request(handle)))

    async def close(self, handle: int) -> None:
        await self._ask(units.CLOSE, units.close_request(handle))

    async def delete(self, name: str) -> None:
        await self._ask(units.DELETE, units.delete_request(name))

    async def _ask(self, service: int, request: bytes) -> bytes:
        try:
            # The worker may be busy with something else first, which has its own time.
            response = await self._worker.call(partial(self._client.request, request), 4 * self._timeout_s)
        except ServiceError as error:
            raise FileRefusedError(_words(error)) from error
        except MmsReject as error:
            raise NoFileServiceError(str(error)) from error
        except (MmsTimeout, TimeoutError, BusyError) as error:
            raise SilentFileServiceError(str(error) or "no answer") from error
        except LIBRARY_ERRORS as error:
            raise LinkError(words_of(error)) from error
        if response.service != service:
            raise RemoteProtocolError(f"service {response.service} was answered, service {service} was asked")
        return response.content


def _words(error: ServiceError) -> str:
    if error.error_class == _FILE_CLASS:
        return f"file: {FILE_ERRORS.get(error.code, str(error.code))}"
    return str(error)
