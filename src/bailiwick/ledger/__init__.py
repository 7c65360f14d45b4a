"""The ground floor: canonical JSON, the Merkle log and its outside formats, bytes in and bytes out."""
