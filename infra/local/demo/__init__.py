"""The main job, shown: a writer signs in, connects Drive, and two pictures are made."""
