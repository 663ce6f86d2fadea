"""Source recording; `plugin` has the class."""
