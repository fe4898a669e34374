"""Errors, units, time, schema, maths and the kernel mark."""
