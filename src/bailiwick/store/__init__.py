"""Where rows and the log live."""
