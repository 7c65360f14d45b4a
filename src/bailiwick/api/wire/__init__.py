"""What goes over the wire, a module a noun: the promise to clients, apart from the values inside."""
