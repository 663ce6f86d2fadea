"""The venue itself: its books and its market, without HTTP."""
