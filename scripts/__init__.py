"""Tools of the developers: rehearsals, the crash matrix, fuzzing, and what writes the bundled files."""
