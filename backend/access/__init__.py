"""Who may come in, and what they may do: namespaces, API keys, people, sessions and the audit log."""
