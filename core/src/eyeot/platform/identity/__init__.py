"""Identity: people, how they prove who they are, and what they let agents do in their name."""
