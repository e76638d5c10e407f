"""The project: settings, addresses, and the few words that every app shares."""
