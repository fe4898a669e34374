"""Named pure expressions that features share."""
