"""One module per kind of model: the library does the work, these say what is kept and compared."""
