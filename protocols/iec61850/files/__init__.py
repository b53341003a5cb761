"""File services of MMS (ISO 9506-2, IEC 61850-8-1) at the client, and disturbance records fetched with them."""
