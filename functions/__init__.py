"""The edge: parse the request, call one use case, render the answer."""
