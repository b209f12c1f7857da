"""Three made-up businesses to try everything on.

Their numbers are those kept for fiction (555-0100 to 555-0199), their addresses end
in .example (RFC 2606). They are made through the product's own use cases.
"""
