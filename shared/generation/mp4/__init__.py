"""MP4 without a decoder: what is in a film, whether it is whole, and a shorter one of the same frames. Pure."""
