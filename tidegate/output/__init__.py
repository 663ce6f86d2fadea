"""What commands print: public JSON shapes, and the same as text."""
