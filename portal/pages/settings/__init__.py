"""How this installation is entered, watched and, in a sandbox, moved through time."""
