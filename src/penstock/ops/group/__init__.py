"""Members of a group: one wide column, a cell per member."""
