"""The phone network in a box: what a carrier does, on this machine alone.

Only the URL map and the `simulate_call` command import this package. The product
meets it as it meets any carrier: signed webhooks in, REST requests out.
"""
