"""Projects and what is in them: characters, universes, scenes, moodboards."""
