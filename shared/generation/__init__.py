"""The generation engine: catalogue, prompts, jobs."""
