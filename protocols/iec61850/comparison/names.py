"""All names of a device, asked for once per association (GetNameList of IEC 61850-8-1): a few requests per device."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b

from open61850.mms import OBJECT_CLASS_DOMAIN, OBJECT_CLASS_NAMED_VARIABLE, MmsClient, ObjectName


@dataclass(frozen=True, slots=True)
class Names:
    """Variables (`CSWI1$ST$Pos`) by logical device, everything from logical node to attribute."""

    variables: Mapping[str, frozenset[str]]

    @classmethod
    def read(cls, client: MmsClient) -> Names:
        """Blocks for the device; raises one of LIBRARY_ERRORS."""
        domains = client.get_name_list(OBJECT_CLASS_DOMAIN)
        return cls({each: frozenset(client.get_name_list(OBJECT_CLASS_NAMED_VARIABLE, each)) for each in domains})

    def __contains__(self, name: str) -> bool:
        domain, _, item = name.partition("/")
        return item in self.variables.get(domain, ())

    def objects(self) -> Iterator[ObjectName]:
        """In a settled order."""
        return (ObjectName(item, domain) for domain, items in self.variables.items() for item in sorted(items))

    def constraints(self, domain: str, node: str) -> list[str]:
        """Functional constraints of a logical node: `CSWI1$ST`, `CSWI1$CO`..."""
        head = f"{node}$"
        found = (each for each in self.variables.get(domain, ()) if each.startswith(head))
        return sorted(each for each in found if "$" not in each[len(head) :])

    def digest(self) -> bytes:
        """Another one means that the device has other variables than before."""
        made = blake2b(digest_size=16)
        for domain in sorted(self.variables):
            made.update("\n".join((domain, *sorted(self.variables[domain]))).encode())
        return made.digest()
