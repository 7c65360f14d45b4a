"""The upstream systems of the company Acme: somebody else's software, so nothing here imports the product."""
