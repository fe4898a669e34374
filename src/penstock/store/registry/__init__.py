"""The registry: what is defined, under immutable versions, with who changed what and when."""
