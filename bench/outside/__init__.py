"""The record as it is seen from outside: verifiers and a witness that others wrote, on a log of our own store."""
