"""TLS after IEC 62351-3, for whoever speaks over TCP: certificates, revocation, sessions, the asyncio shell."""
